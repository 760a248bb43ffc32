"""A crawl in a process of its own, because Twisted's reactor starts once per process."""

import multiprocessing
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from makeweight.ingest.crawl.ledger import Ledger
from makeweight.ingest.crawl.site import Limits, Pace, Site


@dataclass(frozen=True, slots=True)
class Job:
    """All that a crawl needs to know."""

    site: Site
    limits: Limits
    pace: Pace
    origin: str
    ledger: Path
    picture_field: str | None
    user_agent: str
    proxy: str | None
    cache: Path | None


def crawl(job: Job) -> None:
    """Crawl until every URL in the ledger has a fate; goes on where an earlier crawl with the same ledger ended.

    Raises:
        RuntimeError: the crawl's process died.
    """
    process = multiprocessing.get_context("spawn").Process(target=run, args=(job,), name="crawl", daemon=True)
    process.start()
    try:
        process.join()
    finally:
        process.terminate()
        process.join()
    if process.exitcode != 0:
        raise RuntimeError(f"the crawl ended with status {process.exitcode}; start again to go on where it was")


def run(job: Job) -> None:
    """The crawl's process."""
    from scrapy.crawler import CrawlerProcess

    from makeweight.ingest.crawl.spider import ListingSpider

    ledger = Ledger(job.ledger)
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
    pending = ledger.counts["pending"]
    ledger.close()
    sys.exit(1 if pending or crawler.stats is None or crawler.stats.get_value("finish_reason") != "finished" else 0)


def settings(job: Job) -> dict[str, Any]:
    """Scrapy's settings; what a crawl into a ledger does not need is switched off."""
    middlewares = "scrapy.downloadermiddlewares"
    return {
        "USER_AGENT": job.user_agent,
        "ROBOTSTXT_OBEY": True,
        "CONCURRENT_REQUESTS": job.pace.concurrency,
        "CONCURRENT_REQUESTS_PER_DOMAIN": job.pace.concurrency,
        "DOWNLOAD_DELAY": job.pace.delay,
        "AUTOTHROTTLE_ENABLED": job.pace.throttle,
        "AUTOTHROTTLE_START_DELAY": job.pace.delay,
        "AUTOTHROTTLE_MAX_DELAY": job.limits.max_backoff,
        "AUTOTHROTTLE_TARGET_CONCURRENCY": float(job.pace.concurrency),
        "DOWNLOAD_TIMEOUT": job.limits.timeout,
        "RETRY_TIMES": job.limits.retries,
        "BACKOFF_SECONDS": job.limits.backoff,
        "BACKOFF_MAX_SECONDS": job.limits.max_backoff,
        "REDIRECT_MAX_TIMES": job.limits.max_redirects,
        "METAREFRESH_ENABLED": False,
        "COOKIES_ENABLED": job.site.cookies,
        "HTTPCACHE_ENABLED": job.cache is not None,
        "HTTPCACHE_DIR": str(job.cache),
        # Scrapy starts this many tasks per answer to carry items on; ours go to the ledger.
        "CONCURRENT_ITEMS": 1,
        "PROXY": job.proxy,
        "SCHEDULER": "makeweight.ingest.crawl.scheduler.LedgerScheduler",
        "DOWNLOADER_MIDDLEWARES": {
            f"{middlewares}.offsite.OffsiteMiddleware": None,
            f"{middlewares}.httpauth.HttpAuthMiddleware": None,
            f"{middlewares}.stats.DownloaderStats": None,
            f"{middlewares}.retry.RetryMiddleware": None,
            f"{middlewares}.robotstxt.RobotsTxtMiddleware": None,
            "makeweight.ingest.crawl.middlewares.EveryRobotsTxtMiddleware": 100,
            "makeweight.ingest.crawl.middlewares.BackoffRetryMiddleware": 550,
            "makeweight.ingest.crawl.middlewares.ProxyMiddleware": 740,
        },
        "SPIDER_MIDDLEWARES_BASE": {},
        "EXTENSIONS_BASE": {
            "scrapy.extensions.corestats.CoreStats": 0,
            "scrapy.extensions.throttle.AutoThrottle": 0,
        },
        "LOG_LEVEL": "CRITICAL",
    }
