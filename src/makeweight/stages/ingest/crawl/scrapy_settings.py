"""Scrapy's settings for a crawl."""

from typing import Any

from makeweight.stages.ingest.crawl.job import CrawlJob


def scrapy_settings(job: CrawlJob) -> dict[str, Any]:
    """Return Scrapy's settings; what a crawl into a ledger does not need is switched off.

    Several processes share the number of concurrent requests, and take turns for the delay between two requests.
    """
    middlewares = "scrapy.downloadermiddlewares"
    concurrency, delay, shared_delay = job.rate_limit.concurrent_requests, job.rate_limit.delay_seconds, 0.0
    if job.redis is not None:
        concurrency, delay, shared_delay = concurrency // job.redis.processes, 0.0, delay
    return {
        "USER_AGENT": job.user_agent,
        "ROBOTSTXT_OBEY": True,
        "CONCURRENT_REQUESTS": concurrency,
        "CONCURRENT_REQUESTS_PER_DOMAIN": concurrency,
        "DOWNLOAD_DELAY": delay,
        "SHARED_DELAY_SECONDS": shared_delay,
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
        # Scrapy starts this many tasks per response to process items; we have none, for all goes to the ledger.
        "CONCURRENT_ITEMS": 1,
        "PROXY": job.proxy,
        "SCHEDULER": "makeweight.stages.ingest.crawl.scheduler.LedgerScheduler",
        "DOWNLOADER_MIDDLEWARES": {
            f"{middlewares}.offsite.OffsiteMiddleware": None,
            f"{middlewares}.httpauth.HttpAuthMiddleware": None,
            f"{middlewares}.stats.DownloaderStats": None,
            f"{middlewares}.retry.RetryMiddleware": None,
            f"{middlewares}.robotstxt.RobotsTxtMiddleware": None,
            "makeweight.stages.ingest.crawl.middlewares.SequentialRobotsTxtMiddleware": 100,
            "makeweight.stages.ingest.crawl.middlewares.BackoffRetryMiddleware": 550,
            "makeweight.stages.ingest.crawl.middlewares.ProxyMiddleware": 740,
            "makeweight.stages.ingest.crawl.middlewares.SharedRateLimitMiddleware": 760,
        },
        "SPIDER_MIDDLEWARES_BASE": {},
        "EXTENSIONS_BASE": {
            "scrapy.extensions.corestats.CoreStats": 0,
            "scrapy.extensions.throttle.AutoThrottle": 0,
        },
        "LOG_LEVEL": "CRITICAL",
    }
