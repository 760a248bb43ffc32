"""A crawl in processes of its own, because Twisted's reactor starts once per process."""

import hashlib
import multiprocessing
import platform
import sys
from dataclasses import dataclass
from multiprocessing import connection
from pathlib import Path
from typing import Any

from makeweight.core.errors import InputError
from makeweight.stages.ingest.crawl.ledger import ENTRY, LOST_REDIS, Entry, Ledger
from makeweight.stages.ingest.crawl.site import Limits, RateLimit, Site


@dataclass(frozen=True, slots=True)
class Shared:
    """How several processes crawl as one."""

    processes: int
    redis: str
    """Address of the server that holds the frontier."""
    patience: float
    """Seconds to wait for it."""


@dataclass(frozen=True, slots=True)
class Job:
    """All that a crawl needs to know."""

    site: Site
    limits: Limits
    rate_limit: RateLimit
    origin: str
    ledger: Path
    picture_field: str | None
    user_agent: str
    proxy: str | None
    cache: Path | None
    shared: Shared | None = None


def crawl(job: Job) -> None:
    """Crawl until every URL in the ledger has a fate; goes on where an earlier crawl with the same ledger ended.

    Raises:
        InputError: Redis did not answer, or not any more.
        RuntimeError: a process of the crawl died.
    """
    if job.shared is not None:
        crawl_together(job, job.shared)
        return
    if parts_of(job):
        collected(job).close()
    run_to_end(job, 1)


def crawl_together(job: Job, shared: Shared) -> None:
    """Crawl with several processes: once, and again for what was left behind where Redis lost its memory."""
    from makeweight.stages.ingest.crawl.frontier import Frontier, FrontierGoneError

    frontier = Frontier(shared.redis, name_of(job), shared.patience)
    before = None
    try:
        while True:
            frontier.clear()
            ledger = collected(job)
            left = (ledger.seen, ledger.counts["pending"])
            if ledger.seen and not ledger.counts["pending"]:
                ledger.close()
                return
            if left == before:
                raise RuntimeError(f"the crawl leaves {left[1]} URLs without a fate")
            waiting = [Entry(*row) for row in ledger.select(ENTRY, "state = 'pending'")]
            frontier.fill(ledger.select(("url", "kind"), "true"), waiting)
            ledger.close()
            before = left
            run_to_end(job, shared.processes)
    except FrontierGoneError as gone:
        raise InputError(lost(shared, str(gone))) from None


def collected(job: Job) -> Ledger:
    """The crawl's ledger, with all that processes of an earlier round wrote into theirs."""
    ledger = Ledger(job.ledger)
    for part in parts_of(job):
        ledger.absorb(part)
    return ledger


def parts_of(job: Job) -> list[Path]:
    """The ledgers of single processes."""
    return sorted(job.ledger.parent.glob("part-*.sqlite"))


def name_of(job: Job) -> str:
    """The crawl's name in Redis: the same when it is taken up again, another for any other."""
    return hashlib.sha256(f"{platform.node()} {job.ledger.absolute()}".encode()).hexdigest()[:16]


def lost(shared: Shared, why: str) -> str:
    """What to say where Redis is gone; the address may hold a password."""
    return (
        f"params.yaml: the server of `ingest.crawl.redis_url` did not answer for {shared.patience:g} s"
        f"{f' ({why})' if why else ''}; start it, and the crawl again, which goes on where it was"
    )


def run_to_end(job: Job, count: int) -> None:
    """Run the crawl's processes until all have ended, or one badly."""
    context = multiprocessing.get_context("spawn")
    processes = [
        context.Process(target=run, args=(job, number), name=f"crawl-{number}", daemon=True) for number in range(count)
    ]
    for process in processes:
        process.start()
    try:
        while True:
            # Each status is read once a round: a process that ends between two readings must not look well ended.
            statuses = [process.exitcode for process in processes]
            failed = [status for status in statuses if status]
            alive = [process.sentinel for process, status in zip(processes, statuses, strict=True) if status is None]
            if failed or not alive:
                break
            connection.wait(alive)
    finally:
        for process in processes:
            process.terminate()
        for process in processes:
            process.join()
    if not failed:
        return
    if job.shared is not None and LOST_REDIS in failed:
        raise InputError(lost(job.shared, ""))
    raise RuntimeError(f"the crawl ended with status {failed[0]}; start again to go on where it was")


def opened(job: Job, number: int) -> Ledger:
    """The ledger that one process writes."""
    if job.shared is None:
        return Ledger(job.ledger)
    from makeweight.stages.ingest.crawl.frontier import Frontier, SharedLedger

    frontier = Frontier(job.shared.redis, name_of(job), job.shared.patience)
    return SharedLedger(job.ledger.with_name(f"part-{number}.sqlite"), frontier, number)


def run(job: Job, number: int) -> None:
    """One process of the crawl."""
    from scrapy.crawler import CrawlerProcess

    from makeweight.stages.ingest.crawl.spider import ListingSpider

    ledger = opened(job, number)
    process = CrawlerProcess(settings(job))
    crawler = process.create_crawler(ListingSpider)
    process.crawl(
        crawler,
        site=job.site,
        limits=job.limits,
        ledger=ledger,
        picture_field=job.picture_field,
        origin=job.origin,
    )
    process.start()
    # What this process found and others were given is pending in its own ledger only.
    pending = ledger.counts["pending"] if job.shared is None else 0
    ledger.close()
    sys.exit(1 if pending or crawler.stats is None or crawler.stats.get_value("finish_reason") != "finished" else 0)


def settings(job: Job) -> dict[str, Any]:
    """Scrapy's settings; what a crawl into a ledger does not need is switched off.

    Several processes share the site's places for requests under way, and take turns for the delay between two.
    """
    middlewares = "scrapy.downloadermiddlewares"
    concurrency, delay, turns = job.rate_limit.concurrent_requests, job.rate_limit.delay_seconds, 0.0
    if job.shared is not None:
        concurrency, delay, turns = concurrency // job.shared.processes, 0.0, delay
    return {
        "USER_AGENT": job.user_agent,
        "ROBOTSTXT_OBEY": True,
        "CONCURRENT_REQUESTS": concurrency,
        "CONCURRENT_REQUESTS_PER_DOMAIN": concurrency,
        "DOWNLOAD_DELAY": delay,
        "SHARED_DELAY": turns,
        "AUTOTHROTTLE_ENABLED": job.rate_limit.autothrottle,
        "AUTOTHROTTLE_START_DELAY": delay,
        "AUTOTHROTTLE_MAX_DELAY": job.limits.max_backoff_seconds,
        "AUTOTHROTTLE_TARGET_CONCURRENCY": float(concurrency),
        "DOWNLOAD_TIMEOUT": job.limits.timeout_seconds,
        "RETRY_TIMES": job.limits.max_retries,
        "BACKOFF_SECONDS": job.limits.backoff_seconds,
        "BACKOFF_MAX_SECONDS": job.limits.max_backoff_seconds,
        "REDIRECT_MAX_TIMES": job.limits.max_redirects,
        "METAREFRESH_ENABLED": False,
        "COOKIES_ENABLED": job.site.cookies,
        "HTTPCACHE_ENABLED": job.cache is not None,
        "HTTPCACHE_DIR": str(job.cache),
        # Scrapy starts this many tasks per answer to carry items on; ours go to the ledger.
        "CONCURRENT_ITEMS": 1,
        "PROXY": job.proxy,
        "SCHEDULER": "makeweight.stages.ingest.crawl.scheduler.LedgerScheduler",
        "DOWNLOADER_MIDDLEWARES": {
            f"{middlewares}.offsite.OffsiteMiddleware": None,
            f"{middlewares}.httpauth.HttpAuthMiddleware": None,
            f"{middlewares}.stats.DownloaderStats": None,
            f"{middlewares}.retry.RetryMiddleware": None,
            f"{middlewares}.robotstxt.RobotsTxtMiddleware": None,
            "makeweight.stages.ingest.crawl.middlewares.EveryRobotsTxtMiddleware": 100,
            "makeweight.stages.ingest.crawl.middlewares.BackoffRetryMiddleware": 550,
            "makeweight.stages.ingest.crawl.middlewares.ProxyMiddleware": 740,
            "makeweight.stages.ingest.crawl.middlewares.SharedPaceMiddleware": 760,
        },
        "SPIDER_MIDDLEWARES_BASE": {},
        "EXTENSIONS_BASE": {
            "scrapy.extensions.corestats.CoreStats": 0,
            "scrapy.extensions.throttle.AutoThrottle": 0,
        },
        "LOG_LEVEL": "CRITICAL",
    }
