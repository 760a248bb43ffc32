"""The time between two requests that a site's robots.txt asks for is kept."""

import asyncio
import importlib.util
import shutil
import time
from pathlib import Path
from typing import Any

import loopback
import pages
import pytest
from loopback import Visit
from pages import COLUMNS, SITE, product, script
from scrapy import Request
from scrapy.robotstxt import ProtegoRobotParser

from makeweight.stages.ingest.crawl import ledger, turns
from makeweight.stages.ingest.crawl.ledger import Ledger
from makeweight.stages.ingest.crawl.turns import Turns, delay_asked_for
from makeweight.stages.ingest.raw import RawData

AGENT = "makeweight/0.1 (research crawler)"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def timed(site: dict[str, loopback.Page], times: dict[str, float]) -> dict[str, loopback.Page]:
    """The site, which writes down when each path was asked for."""

    def answer(page: loopback.Page) -> loopback.Page:
        def send(visit: Visit) -> None:
            times[visit.path] = time.monotonic()
            assert not callable(page)
            visit.send(page)

        return send

    return {path: answer(page) for path, page in site.items()}


def crawl(robots: str, **settings: Any) -> tuple[RawData, dict[str, float]]:
    times: dict[str, float] = {}
    site = pages.shop(lambda number: script(product(number))) | {"/robots.txt": robots}
    with loopback.serving(timed(site, times)) as server:
        changed = loopback.SETTINGS.model_copy(update=settings)
        return loopback.crawl(server.origin, SITE, COLUMNS, changed), times


def span(times: dict[str, float]) -> float:
    """Seconds from the first to the last request; a first one that reaches a busy machine late shortens them."""
    return max(times.values()) - min(times.values())


@pytest.mark.parametrize(
    "robots",
    [
        "\ufeffUser-agent: *\nDisallow: /p3.html\nCrawl-delay: 0.2\n",
        "User-agent: makeweight\nDisallow: /p3.html\nRequest-rate: 5/1\n\nUser-agent: *\nCrawl-delay: 60\n",
    ],
)
def test_crawl_delay_and_request_rate(robots: str, capfd: pytest.CaptureFixture[str]) -> None:
    found, times = crawl(robots)
    assert len(found.samples) == pages.COUNT - 1
    assert "/p3.html" not in times
    assert span(times) > 0.15 * (len(times) - 1)
    assert min(times, key=lambda path: times[path]) == "/robots.txt"
    told = [line for line in capfd.readouterr().err.splitlines() if "robots.txt" in line]
    assert len(told) == 1
    assert "asks for 0.2 s between two requests, which the crawl obeys" in told[0]


def test_the_delay_is_bounded_and_that_is_told(capfd: pytest.CaptureFixture[str]) -> None:
    limits = loopback.LIMITS.model_copy(update={"max_backoff_seconds": 0.05})
    found, _ = crawl("User-agent: *\nCrawl-delay: 86400\n", limits=limits)
    assert len(found.samples) == pages.COUNT
    assert "asks for 86400 s between two requests; the crawl waits 0.05 s, see" in capfd.readouterr().err


def test_the_delay_of_one_host_leaves_the_pictures_of_another_in_reach() -> None:
    """That the other host has no delay is seen on a clock that stands still, below."""
    times: dict[str, float] = {}
    with loopback.serving(timed(pages.shop(lambda number: ""), times)) as other:
        port = other.server_address[1]
        site = pages.shop(lambda number: script(product(number, image=f"http://localhost:{port}/img/{number}.png")))
        site["/robots.txt"] = "User-agent: *\nCrawl-delay: 0.3\n"
        with loopback.serving(site) as server:
            card = {**SITE, "allowed_hosts": [f"localhost:{port}"]}
            found = loopback.crawl(server.origin, card, COLUMNS)
    assert found.samples.table["image"].notna().all()
    assert len([path for path in times if path.startswith("/img/")]) == pages.COUNT


@pytest.mark.parametrize(
    ("robots", "seconds"),
    [
        ("User-agent: *\nCrawl-delay: 1\n", 1.0),
        ("\ufeffUser-agent: *\nCrawl-delay: 1\n", 1.0),
        ("User-agent: *\r\ncrawl-delay:2.5\r\n", 2.5),
        ("User-agent: *\nRequest-rate: 1/5\n", 5.0),
        ("User-agent: *\nRequest-rate: 30/1m\n", 2.0),
        ("User-agent: *\nCrawl-delay: 1\nRequest-rate: 1/5\n", 5.0),
        ("User-agent: other\nCrawl-delay: 9\n", 0.0),
        ("User-agent: other\nCrawl-delay: 9\n\nUser-agent: makeweight\nCrawl-delay: 3\n", 3.0),
        ("User-agent: *\nCrawl-delay: soon\n", 0.0),
        ("User-agent: *\nCrawl-delay: -1\n", 0.0),
        ("<html>gone</html>", 0.0),
        ("", 0.0),
    ],
)
def test_what_a_robots_txt_asks_for(robots: str, seconds: float) -> None:
    assert delay_asked_for(ProtegoRobotParser(robots.encode(), None), AGENT) == seconds


class Clock:
    """A clock that stands still but for the waits, which it writes down."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = 1000.0
        self.waits: list[float] = []
        monkeypatch.setattr(ledger.time, "monotonic", lambda: self.now)
        monkeypatch.setattr(turns.asyncio, "sleep", self.sleep)

    async def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.now += seconds


@pytest.mark.parametrize(("longest", "waits"), [(30.0, [10.0, 10.0, 10.0]), (0.05, [0.05, 0.05, 0.05])])
def test_turns_are_apart_by_the_delay_or_its_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, longest: float, waits: list[float]
) -> None:
    clock = Clock(monkeypatch)
    hosts = Turns(Ledger(tmp_path / "ledger.sqlite"), AGENT, shared_delay_seconds=0.0, longest_delay_seconds=longest)
    assert hosts.delay_of("http://a.example/x") == 0.0
    rules = ProtegoRobotParser(b"User-agent: *\nCrawl-delay: 10\n", None)
    hosts.read_rules(rules, Request("http://a.example/x"))
    assert hosts.delay_of("http://a.example/y") == waits[0]
    assert hosts.delay_of("http://b.example/y") == 0.0
    for number in range(3):
        asyncio.run(hosts.wait(f"http://a.example/{number}"))
    assert clock.waits == pytest.approx(waits)
    clock.now += 2 * longest
    asyncio.run(hosts.wait("http://a.example/late"))
    assert clock.waits[3:] == [0.0], "time that has passed counts"
    asyncio.run(hosts.wait("http://b.example/"))
    assert len(clock.waits) == 4


@pytest.mark.skipif(
    importlib.util.find_spec("redis") is None, reason="redis is not installed: pip install 'makeweight[redis]'"
)
@pytest.mark.skipif(shutil.which("redis-server") is None, reason="there is no redis-server")
def test_several_processes_keep_one_delay(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    from test_crawl_together import Server

    server = Server(tmp_path)
    try:
        how = {"processes": 3, "redis_url": server.url, "redis_timeout_seconds": 60.0}
        found, times = crawl("User-agent: *\nCrawl-delay: 0.2\n", **how)
    finally:
        server.end()
    assert len(found.samples) == pages.COUNT
    assert span(times) > 0.15 * (len(times) - 1)
    assert capfd.readouterr().err.count("asks for 0.2 s") == 1
