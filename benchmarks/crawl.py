"""Pages per second of our crawl of the built-in shop, beside a bare Scrapy spider that only downloads the same pages.

Ours obeys robots.txt, reads 18 fields from each listing, follows links and records every outcome in a ledger; the bare
one is given the list of URLs and discards the responses. Both crawl one running shop in turns, with equal concurrency.
Then a smaller shop is crawled once without interruption and once killed ten times at random: the tables must be equal.
"""

import multiprocessing
import random
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from functools import partial
from pathlib import Path
from typing import Any

import pandas as pd
from scrapy import Request, Spider
from scrapy.crawler import CrawlerProcess

import record
from makeweight.core import params
from makeweight.data import card
from makeweight.stages.ingest import sources
from makeweight.stages.ingest.crawl import collect, process
from makeweight.stages.ingest.crawl.job import CrawlJob
from makeweight.stages.ingest.crawl.ledger import Ledger
from makeweight.stages.ingest.crawl.site import Site
from makeweight.stages.ingest.shop import catalogue, server
from makeweight.stages.ingest.shop import site as shop_site

ROUNDS = 3
URLS = 4_000
KILLS = 10
SMALL = 1_500
SEED = 20


class BareSpider(Spider):
    """Downloads a list of URLs only. As `bare_tuned` it starts one item task per response instead of 100."""

    name = "bare"

    async def start(self) -> AsyncIterator[Request]:
        """Every URL."""
        for url in self.urls:  # type: ignore[attr-defined]
            yield Request(url, dont_filter=True, meta={"proxy": self.proxy})  # type: ignore[attr-defined]

    def parse(self, response: Any) -> None:
        """Nothing."""


def run_bare(urls: list[str], proxy: str, concurrency: int, settings: dict[str, Any]) -> None:
    """A bare crawl in its own process."""
    crawler = CrawlerProcess(
        {
            "LOG_LEVEL": "CRITICAL",
            "CONCURRENT_REQUESTS": concurrency,
            "CONCURRENT_REQUESTS_PER_DOMAIN": concurrency,
            **settings,
        }
    )
    crawler.crawl(BareSpider, urls=urls, proxy=proxy)
    crawler.start()


def crawl_bare(urls: list[str], proxy: str, concurrency: int, settings: dict[str, Any]) -> None:
    """A bare crawl from the start of its process to its end, as ours is timed."""
    child = multiprocessing.get_context("spawn").Process(target=run_bare, args=(urls, proxy, concurrency, settings))
    child.start()
    child.join()
    assert child.exitcode == 0


def timed(work: Callable[[], None]) -> tuple[float, float]:
    """Return wall and processor seconds of work that is done in child processes."""
    begun, used = time.monotonic(), processor_seconds()
    work()
    return time.monotonic() - begun, processor_seconds() - used


def processor_seconds() -> float:
    """Return the processor time of all child processes that have ended."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def job_of(ledger: Path, proxy: str, max_urls: int | None) -> CrawlJob:
    """Our crawl of the shop, as the card and the parameters have it."""
    chosen = card.load("openclipart")
    settings = params.load(sources.Params, "ingest").crawl
    site = sources.options(Site, chosen, "openclipart")
    limits = settings.limits if max_urls is None else settings.limits.model_copy(update={"max_urls": max_urls})
    return CrawlJob(
        site=site,
        limits=limits,
        rate_limit=site.rate_limit or settings.rate_limit,
        origin=f"http://{server.HOST}",
        ledger=ledger,
        picture_field=chosen.columns.image,
        user_agent=settings.user_agent,
        proxy=proxy,
        cache=None,
    )


def measure_speed(folder: Path, proxy: str) -> dict[str, float]:
    """Pages per second and processor time, ours and bare in turns; the median of the rounds counts."""
    spent: dict[str, list[tuple[float, float]]] = {"ours": [], "bare": [], "bare_tuned": []}
    urls: list[str] = []
    for number in range(ROUNDS):
        job = job_of(folder / f"{number}.sqlite", proxy, URLS)
        spent["ours"].append(timed(partial(process.crawl, job)))
        ledger = Ledger(job.ledger)
        urls = [url for (url,) in ledger.select(("url",), "state IN ('fetched', 'failed')")]
        ledger.close()
        for name, settings in (("bare", {}), ("bare_tuned", {"CONCURRENT_ITEMS": 1})):
            spent[name].append(timed(partial(crawl_bare, urls, proxy, job.rate_limit.concurrent_requests, settings)))
        print({name: values[-1] for name, values in spent.items()}, len(urls), file=sys.stderr)
    wall = {name: statistics.median(seconds for seconds, _ in values) for name, values in spent.items()}
    used = {name: statistics.median(seconds for _, seconds in values) for name, values in spent.items()}
    return {
        "pages": len(urls),
        "rounds": ROUNDS,
        **{f"pages_per_second.{name}": round(len(urls) / seconds, 1) for name, seconds in wall.items()},
        **{f"processor_ms_per_page.{name}": round(1000 * seconds / len(urls), 3) for name, seconds in used.items()},
        "ratio.bare_scrapy": round(wall["bare"] / wall["ours"], 3),
        "ratio.bare_scrapy_tuned": round(wall["bare_tuned"] / wall["ours"], 3),
    }


def open_small_shop() -> shop_site.ShopSite:
    """A shop with a part of the stock."""
    stock = pd.read_parquet(catalogue.STOCK).sample(SMALL, random_state=SEED)
    listed = catalogue.build(stock, SEED, count=SMALL + SMALL // 3)
    return shop_site.ShopSite(listed, dict(zip(stock["path"], stock["image"], strict=True)))


def tables(job: CrawlJob) -> list[pd.DataFrame]:
    """Return what the stage would write of a finished ledger."""
    ledger = Ledger(job.ledger)
    found = collect.collect_samples(ledger, job.site, card.load("openclipart"), "openclipart")
    ledger.close()
    return [found.samples.table, found.failures, found.excluded, found.provenance]


def measure_kills(folder: Path, proxy: str) -> dict[str, float]:
    """Return whether a crawl killed ten times gives the tables of an uninterrupted one."""
    rng = random.Random(SEED)
    whole, broken = (job_of(folder / f"{name}.sqlite", proxy, None) for name in ("whole", "broken"))
    begun = time.monotonic()
    process.crawl(whole)
    seconds = time.monotonic() - begun
    kills = 0
    for _ in range(KILLS):
        child = multiprocessing.get_context("spawn").Process(target=process.run, args=(broken, 0))
        child.start()
        child.join(1.0 + rng.uniform(0.0, seconds / 8))
        kills += child.exitcode is None
        child.kill()
        child.join()
    process.crawl(broken)
    same = all(one.equals(other) for one, other in zip(tables(whole), tables(broken), strict=True))
    return {"kills": kills, "listings": len(tables(whole)[0]), "same_after_kills": int(same)}


def main() -> None:
    """Measure and write."""
    with tempfile.TemporaryDirectory() as folder:
        with server.running(partial(server.open_shop, SEED, None)) as proxy:
            speed = measure_speed(Path(folder), proxy)
        with server.running(open_small_shop) as proxy:
            kills = measure_kills(Path(folder), proxy)
    record.write("crawl", {**speed, **kills})


if __name__ == "__main__":
    main()
