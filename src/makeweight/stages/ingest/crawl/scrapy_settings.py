"""Scrapy's settings for a crawl."""

import os
from pathlib import Path
from typing import Any

from makeweight.stages.ingest.crawl.job import CrawlJob


def scrapy_settings(job: CrawlJob) -> dict[str, Any]:
    """Return Scrapy's settings; what a crawl into a ledger does not need is switched off.

    Several processes share the number of concurrent requests, and take turns for the delay between two requests.
    """
    middlewares = "scrapy.downloadermiddlewares"
    concurrency, delay = job.rate_limit.concurrent_requests, job.rate_limit.delay_seconds
    if job.redis is not None:
        concurrency = concurrency // job.redis.processes
    if takes_turns(job):
        delay = 0.0
    handler = "turns.TurnTakingHandler" if job.browser is None else "browser.BrowserHandler"
    return {
        "USER_AGENT": job.user_agent,
        "ROBOTSTXT_OBEY": True,
        "CONCURRENT_REQUESTS": concurrency,
        "CONCURRENT_REQUESTS_PER_DOMAIN": concurrency,
        "DOWNLOAD_DELAY": delay,
        "AUTOTHROTTLE_ENABLED": job.rate_limit.autothrottle,
        "AUTOTHROTTLE_START_DELAY": delay,
        "AUTOTHROTTLE_MAX_DELAY": job.limits.max_backoff_seconds,
        "AUTOTHROTTLE_TARGET_CONCURRENCY": float(concurrency),
        "DOWNLOAD_TIMEOUT": job.limits.timeout_seconds,
        # Of what has no bound of its own: robots.txt, which Scrapy asks for by itself.
        "DOWNLOAD_MAXSIZE": job.limits.max_page_bytes,
        "RETRY_TIMES": job.limits.max_retries,
        "BACKOFF_SECONDS": job.limits.backoff_seconds,
        "BACKOFF_MAX_SECONDS": job.limits.max_backoff_seconds,
        "REDIRECT_MAX_TIMES": job.limits.max_redirects,
        "METAREFRESH_ENABLED": False,
        "COOKIES_ENABLED": job.site.cookies,
        "HTTPCACHE_ENABLED": job.cache is not None,
        "HTTPCACHE_DIR": str(job.cache),
        # Scrapy starts this many tasks per response to process items; we have none, for all goes to the ledger.
        "CONCURRENT_ITEMS": 1,
        "PROXY": job.proxy,
        "DOWNLOAD_HANDLERS": dict.fromkeys(("http", "https"), f"makeweight.stages.ingest.crawl.{handler}"),
        **(browser_settings(job, job.browser, concurrency) if job.browser is not None else {}),
        "SCHEDULER": "makeweight.stages.ingest.crawl.scheduler.LedgerScheduler",
        "DOWNLOADER_MIDDLEWARES": {
            f"{middlewares}.offsite.OffsiteMiddleware": None,
            f"{middlewares}.httpauth.HttpAuthMiddleware": None,
            f"{middlewares}.stats.DownloaderStats": None,
            f"{middlewares}.retry.RetryMiddleware": None,
            f"{middlewares}.robotstxt.RobotsTxtMiddleware": None,
            f"{middlewares}.httpcompression.HttpCompressionMiddleware": None,
            "makeweight.stages.ingest.crawl.middlewares.SequentialRobotsTxtMiddleware": 100,
            "makeweight.stages.ingest.crawl.middlewares.BackoffRetryMiddleware": 550,
            "makeweight.stages.ingest.crawl.compression.CompressionMiddleware": 590,
            "makeweight.stages.ingest.crawl.middlewares.ProxyMiddleware": 740,
        },
        "SPIDER_MIDDLEWARES_BASE": {},
        "EXTENSIONS_BASE": {
            "scrapy.extensions.corestats.CoreStats": 0,
            "scrapy.extensions.throttle.AutoThrottle": 0,
        },
        "LOG_LEVEL": "CRITICAL",
    }


def browser_settings(job: CrawlJob, executable: Path, concurrency: int) -> dict[str, Any]:
    """Return scrapy-playwright's settings."""
    options: dict[str, Any] = {"executable_path": str(executable), "headless": True}
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        options["args"] = ["--no-sandbox"]  # Chromium's sandbox does not start for root, as in most containers
    if job.proxy is not None:
        options["proxy"] = {"server": job.proxy}
    return {
        "PLAYWRIGHT_BROWSER_TYPE": "chromium",
        "PLAYWRIGHT_LAUNCH_OPTIONS": options,
        "PLAYWRIGHT_MAX_PAGES_PER_CONTEXT": concurrency,
        "PLAYWRIGHT_DEFAULT_NAVIGATION_TIMEOUT": job.limits.timeout_seconds * 1000,
    }


def takes_turns(job: CrawlJob) -> bool:
    """Return whether the delay between two requests is kept by turns: Scrapy knows one process and no browser."""
    return job.redis is not None or job.browser is not None
