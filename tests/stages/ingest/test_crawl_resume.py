"""A crawl killed at any point continues where it was, with the result of an uninterrupted one."""

import multiprocessing
import random
import time
from pathlib import Path
from types import SimpleNamespace

import loopback
import pandas as pd
import pytest
from loopback import Visit

from makeweight.data import card
from makeweight.stages.ingest.crawl import process, source
from makeweight.stages.ingest.crawl.job import CrawlJob
from makeweight.stages.ingest.crawl.site import RateLimit, Site
from makeweight.stages.ingest.raw import RawData

LISTINGS = 150
KILLS = 3
PNG = b"\x89PNG\r\n\x1a\n"

SITE = {
    "listings": ("a.l",),
    "follow": ("a.next",),
    "fields": {"id": "css:b::text", "label": "css:i::text", "picture": "css:img::attr(src)"},
    "rate_limit": RateLimit(concurrent_requests=4, delay_seconds=0.0, autothrottle=False),
}
CARD = card.Card(
    title="t", licence="l", source={"kind": "crawl"}, columns={"id": "id", "label": "label", "image": "picture"}
)


def slowly(body: bytes | str) -> loopback.Page:
    def answer(visit: Visit) -> None:
        time.sleep(0.01)
        visit.send(body)

    return answer


def pages() -> dict[str, loopback.Page]:
    site: dict[str, loopback.Page] = {}
    for first in range(0, LISTINGS, 10):
        links = "".join(f"<a class=l href=/l{number}>x</a>" for number in range(first, first + 10))
        site["/" if first == 0 else f"/?{first}"] = slowly(links + f"<a class=next href='/?{first + 10}'>next</a>")
    for number in range(LISTINGS):
        site[f"/l{number}"] = slowly(f"<b>{number:03d}</b><i>kind {number % 3}</i><img src=/p{number}>")
        if number % 10:
            site[f"/p{number}"] = slowly(PNG + str(number).encode())
    return site


def crawl(origin: str) -> RawData:
    return source.read(Site(site=origin, **SITE), CARD, "datasets/x.yaml", loopback.SETTINGS, 0)


def crawl_quietly(origin: str) -> None:
    """The stage's side of a crawl, in a process that can be killed."""
    crawl(origin)


def tables(found: RawData) -> dict[str, pd.DataFrame]:
    return {
        "samples": found.samples.table,
        "failures": found.failures,
        "excluded": found.excluded,
        "provenance": found.provenance,
    }


@pytest.mark.parametrize("seed", [1])
def test_killed_and_uninterrupted_crawls_give_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    rng = random.Random(seed)
    with loopback.serving(pages()) as server:
        monkeypatch.chdir(tmp_path)
        (tmp_path / "uninterrupted").mkdir()
        monkeypatch.chdir(tmp_path / "uninterrupted")
        uninterrupted = crawl(server.origin)
        requests_once = server.visits.total()
        (tmp_path / "killed").mkdir()
        monkeypatch.chdir(tmp_path / "killed")
        begun = server.visits.total()
        for kill in range(KILLS):
            stage = multiprocessing.get_context("spawn").Process(target=crawl_quietly, args=(server.origin,))
            stage.start()
            goal = server.visits.total() + rng.randint(5, requests_once // (KILLS + 1))
            while server.visits.total() < goal:
                assert stage.is_alive(), "finished before it could be killed"
                time.sleep(0.005)
            stage.kill()
            stage.join()
            assert stage.exitcode != 0, kill
        killed = crawl(server.origin)
        requests = server.visits.total() - begun
    assert len(uninterrupted.samples) == LISTINGS
    assert uninterrupted.counts["urls.failed"] == LISTINGS // 10 + 1
    for name, table in tables(uninterrupted).items():
        pd.testing.assert_frame_equal(tables(killed)[name], table)
    assert killed.counts == uninterrupted.counts
    assert requests < 2 * requests_once
    assert killed.scratch is not None and list(killed.scratch.glob("ledger.sqlite*")), "kept until a table is written"


class Dying:
    """A process that dies with status 1 between the first reading of its status and the second."""

    def __init__(self, **_: object) -> None:
        self.statuses = iter([None])
        self.sentinel, writing = multiprocessing.Pipe(duplex=False)
        writing.close()

    @property
    def exitcode(self) -> int | None:
        return next(self.statuses, 1)

    def start(self) -> None: ...

    def terminate(self) -> None: ...

    def kill(self) -> None: ...

    def join(self, timeout: float | None = None) -> None:
        self.sentinel.close()


def test_a_process_that_dies_between_two_readings_has_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(multiprocessing, "get_context", lambda _: SimpleNamespace(Process=Dying))
    job = SimpleNamespace(redis=None)
    with pytest.raises(RuntimeError, match="the crawl ended with status 1"):
        process.run_processes(job, 1)  # type: ignore[arg-type]


def test_a_failed_crawl_is_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A defect in reading a page must not look like a finished crawl."""
    monkeypatch.chdir(tmp_path)
    job = CrawlJob(
        site=Site(site="http://127.0.0.1:9", **SITE),
        limits=loopback.LIMITS,
        rate_limit=SITE["rate_limit"],  # type: ignore[arg-type]
        origin="http://127.0.0.1:9",
        ledger=tmp_path / "no" / "such" / "\0",
        picture_field=None,
        user_agent="tests",
        proxy=None,
        cache=None,
    )
    with pytest.raises(RuntimeError, match="the crawl ended with status"):
        process.crawl(job)
