"""Several processes on one frontier: the table of a single one, one rate limit, and Redis gone, emptied or stopped."""

import importlib.util
import multiprocessing
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import loopback
import pandas as pd
import pytest
from loopback import Visit

from makeweight.core.errors import InputError
from makeweight.data import card
from makeweight.stages.ingest.crawl import process, source
from makeweight.stages.ingest.crawl.job import CrawlJob, RedisOptions
from makeweight.stages.ingest.crawl.ledger import Entry, Ledger
from makeweight.stages.ingest.crawl.site import RateLimit, Site
from makeweight.stages.ingest.raw import RawData
from ports import KeptPort

if importlib.util.find_spec("redis") is None:
    pytest.skip("Redis' client is not installed: pip install 'redis==8.1.0'", allow_module_level=True)
if shutil.which("redis-server") is None:
    pytest.skip("there is no redis-server: apt-get install redis-server", allow_module_level=True)

import redis

from makeweight.stages.ingest.crawl.frontier import Frontier

LISTINGS = 120
PNG = b"\x89PNG\r\n\x1a\n"
QUICK = RateLimit(concurrent_requests=4, delay_seconds=0.0, autothrottle=False)
SITE = {
    "listings": ("a.l",),
    "follow": ("a.next",),
    "fields": {"id": "css:b::text", "label": "css:i::text", "picture": "css:img::attr(src)"},
    "rate_limit": QUICK,
}
CARD = card.Card(
    title="t", licence="l", source={"kind": "crawl"}, columns={"id": "id", "label": "label", "image": "picture"}
)


class Server:
    """Debian's redis-server on a free port, that keeps nothing on disk."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.port = KeptPort()
        self.url = f"redis://127.0.0.1:{self.port.number}/0"
        self.start()

    def start(self) -> None:
        options = ["--port", str(self.port.number), "--bind", "127.0.0.1", "--save", "", "--dir", str(self.folder)]
        self.process = subprocess.Popen(["redis-server", *options], stdout=subprocess.DEVNULL)
        client = redis.Redis.from_url(self.url)
        while self.process.poll() is None:
            try:
                client.ping()
                return
            except redis.RedisError:
                time.sleep(0.05)
        raise AssertionError("redis-server does not start")

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()

    def end(self) -> None:
        self.kill()
        self.port.let_go()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    running = Server(tmp_path)
    yield running
    running.end()


def slowly(body: bytes | str, seconds: float = 0.01) -> loopback.Page:
    def answer(visit: Visit) -> None:
        time.sleep(seconds)
        visit.send(body)

    return answer


def pages(seconds: float = 0.01, listings: int = LISTINGS) -> dict[str, loopback.Page]:
    """Listings by tens, of which every fifth links to itself as a mere page too; every tenth picture is missing."""
    site: dict[str, loopback.Page] = {}
    for first in range(0, listings, 10):
        links = "".join(f"<a class=l href=/l{number}>x</a>" for number in range(first, first + 10))
        more = f"<a class=next href='/?{first + 10}'>next</a><a class=next href=/l{first + 5}>new</a>"
        site["/" if first == 0 else f"/?{first}"] = slowly(more + links, seconds)
    for number in range(listings):
        body = f"<b>{number:03d}</b><i>kind {number % 3}</i><img src=/p{number}>"
        site[f"/l{number}"] = slowly(body, seconds)
        if number % 10:
            site[f"/p{number}"] = slowly(PNG + str(number).encode(), seconds)
    return site


def crawl(
    origin: str, processes: int, redis: str | None, rate_limit: RateLimit = QUICK, patience: float = 60.0
) -> RawData:
    how = {"processes": processes, "redis_url": redis, "redis_timeout_seconds": patience}
    settings = loopback.SETTINGS.model_copy(update=how)
    return source.read(Site(site=origin, **{**SITE, "rate_limit": rate_limit}), CARD, "datasets/x.yaml", settings, 0)


def same(one: RawData, other: RawData) -> None:
    pd.testing.assert_frame_equal(one.samples.table, other.samples.table)
    for name in ("failures", "excluded", "provenance"):
        pd.testing.assert_frame_equal(getattr(one, name), getattr(other, name))
    assert one.counts == other.counts


@pytest.fixture(scope="module")
def site() -> Iterator[loopback.Loopback]:
    with loopback.serving(pages()) as running:
        yield running


@pytest.fixture(scope="module")
def alone(site: loopback.Loopback, tmp_path_factory: pytest.TempPathFactory) -> RawData:
    """What one process by itself finds, without Redis."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("alone"))
        return crawl(site.origin, 1, None)


@contextmanager
def after(visits: int, site: loopback.Loopback, then: Callable[[], None]) -> Iterator[None]:
    """Do something, in a thread, after so many more requests to the site."""

    def watch() -> None:
        goal = site.visits.total() + visits
        while site.visits.total() < goal:
            time.sleep(0.005)
        then()

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    yield
    thread.join(300)
    assert not thread.is_alive()


def test_two_processes_give_the_table_of_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: Server, site: loopback.Loopback, alone: RawData
) -> None:
    monkeypatch.chdir(tmp_path)
    before = site.visits.total()
    together = crawl(site.origin, 2, server.url)
    # Every URL once, and what the two cannot know of each other: robots.txt, and listings first fetched as pages.
    assert site.visits.total() - before <= alone.counts["urls.seen"] + 2 + LISTINGS // 10
    assert len(alone.samples) == LISTINGS
    same(alone, together)
    assert redis.Redis.from_url(server.url).dbsize() == 0
    assert [path.name for path in (tmp_path / ".scratch").rglob("*.sqlite*")] == ["ledger.sqlite"]


def test_both_processes_work(tmp_path: Path, server: Server, alone: RawData) -> None:
    """No page but the first is there before both have asked for robots.txt: one may begin long after the other."""
    both_are_here = threading.Event()

    def robots(visit: Visit) -> None:
        if visit.number == 2:
            both_are_here.set()
        visit.send("")

    def held(page: loopback.Page) -> loopback.Page:
        def answer(visit: Visit) -> None:
            both_are_here.wait()
            page(visit)  # type: ignore[operator]

        return answer

    site_pages = {path: page if path == "/" else held(page) for path, page in pages().items()}
    with loopback.serving(site_pages | {"/robots.txt": robots}) as site:
        fetched = fetched_by_two(site.origin, server.url, tmp_path / "ledger.sqlite")
    assert sum(fetched) >= alone.counts["urls.fetched"]
    assert min(fetched) > 0


def fetched_by_two(origin: str, redis_url: str, ledger: Path) -> list[int]:
    """How many pages and pictures each of two processes fetched."""
    job = CrawlJob(
        site=Site(site=origin, **SITE),
        limits=loopback.LIMITS,
        rate_limit=QUICK,
        origin=origin,
        ledger=ledger,
        picture_field="picture",
        user_agent="tests",
        proxy=None,
        cache=None,
        redis=RedisOptions(2, redis_url, 60.0),
    )
    process.run_processes(job, 2)
    parts = process.partial_ledgers(job)
    assert [part.name for part in parts] == ["part-0.sqlite", "part-1.sqlite"]
    return [Ledger(part).counts["fetched"] for part in parts]


def test_the_rate_limit_holds_over_all_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: Server
) -> None:
    """With a limit per process the crawl would take half of the time."""
    monkeypatch.chdir(tmp_path)
    times: list[float] = []

    def noted(page: loopback.Page) -> loopback.Page:
        def answer(visit: Visit) -> None:
            times.append(time.monotonic())
            page(visit)  # type: ignore[operator]

        return answer

    site_pages = {path: noted(page) for path, page in pages(0.0, 30).items()}
    with loopback.serving(site_pages) as site:
        crawl(site.origin, 2, server.url, RateLimit(concurrent_requests=4, delay_seconds=0.1, autothrottle=False))
    assert len(times) >= len(site_pages)
    # More than three quarters of what the limit asks for: the first request may be late on a busy machine.
    assert times[-1] - times[0] > 0.075 * (len(times) - 1)


def test_turns_are_taken_one_after_another_per_host(server: Server) -> None:
    one, other = (Frontier(server.url, "turns", 60.0) for _ in range(2))
    waits = [frontier.reserve_turn("a", 5000.0) for frontier in (one, other, one, other)]
    assert waits == pytest.approx([0.0, 5000.0, 10000.0, 15000.0], abs=600), "but what passes between the questions"
    assert other.reserve_turn("b", 5000.0) == 0.0


def test_redis_gone_for_a_while_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: Server, site: loopback.Loopback, alone: RawData
) -> None:
    """It even comes back empty."""
    monkeypatch.chdir(tmp_path)

    def blink() -> None:
        server.kill()
        time.sleep(1.0)
        server.start()

    with after(100, site, blink):
        together = crawl(site.origin, 2, server.url)
    same(alone, together)


def test_redis_gone_for_good_is_a_line_and_the_crawl_continues_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: Server, site: loopback.Loopback, alone: RawData
) -> None:
    monkeypatch.chdir(tmp_path)
    before = site.visits.total()
    with (
        after(100, site, server.kill),
        pytest.raises(InputError, match="`ingest.crawl.redis_url` did not reply for 1 s.*continues where"),
    ):
        crawl(site.origin, 2, server.url, patience=1.0)
    with pytest.raises(InputError, match="did not reply for 0.1 s"):
        crawl(site.origin, 2, server.url, patience=0.1)
    # Taken up by another number of processes, without Redis.
    again = crawl(site.origin, 1, None)
    assert site.visits.total() - before < 1.5 * alone.counts["urls.seen"]
    same(alone, again)


def test_a_killed_process_ends_the_crawl_which_continues_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, server: Server, site: loopback.Loopback, alone: RawData
) -> None:
    monkeypatch.chdir(tmp_path)

    def kill_one() -> None:
        next(child for child in multiprocessing.active_children() if child.name == "crawl-1").kill()

    with (
        after(100, site, kill_one),
        pytest.raises(RuntimeError, match=f"status -{signal.SIGKILL.value}; start it"),
    ):
        crawl(site.origin, 2, server.url)
    same(alone, crawl(site.origin, 2, server.url))


@pytest.mark.parametrize(
    ("how", "message"),
    [
        ({"processes": 2}, "`ingest.crawl.redis_url` names no server"),
        ({"processes": 0}, "`ingest.crawl.processes` is 0"),
        (
            {"processes": 5, "redis_url": "redis://127.0.0.1"},
            "at most `rate_limit.concurrent_requests`, which is 4",
        ),
        ({"processes": 2, "redis_url": "127.0.0.1:6379"}, "`ingest.crawl.redis_url` is no address of Redis"),
    ],
)
def test_parameters_that_do_not_fit_are_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: dict[str, object], message: str
) -> None:
    monkeypatch.chdir(tmp_path)
    settings = loopback.SETTINGS.model_copy(update=how)
    with pytest.raises(InputError, match=message):
        source.read(Site(site="http://127.0.0.1:9", **SITE), CARD, "datasets/x.yaml", settings, 0)


def test_the_better_outcome_is_kept_when_ledgers_are_merged(tmp_path: Path) -> None:
    def part(name: str, *outcomes: tuple[str, str, str]) -> Path:
        ledger = Ledger(tmp_path / name)
        for url, kind, state in outcomes:
            ledger.add(Entry(url, kind))  # type: ignore[arg-type]
            if state != "pending":
                ledger.finish(Entry(url, kind), state)  # type: ignore[arg-type]
        ledger.close()
        return tmp_path / name

    whole = Ledger(part("whole.sqlite", ("a", "page", "pending"), ("b", "page", "fetched"), ("c", "page", "failed")))
    whole.merge(part("1", ("a", "page", "fetched"), ("b", "listing", "pending"), ("d", "picture", "fetched")))
    whole.merge(part("2", ("b", "listing", "failed"), ("c", "page", "fetched"), ("d", "picture", "pending")))
    (tmp_path / "empty").touch()
    whole.merge(tmp_path / "empty")
    rows = {url: (kind, state) for url, kind, state in whole.select(("url", "kind", "state"), "true")}
    assert rows == {
        "a": ("page", "fetched"),
        "b": ("listing", "failed"),
        "c": ("page", "fetched"),
        "d": ("picture", "fetched"),
    }
    assert whole.counts == {"fetched": 3, "failed": 1}
    assert not [name for name in ("1", "2", "empty") if (tmp_path / name).exists()]
