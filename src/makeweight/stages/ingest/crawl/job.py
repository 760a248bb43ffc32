"""What a crawl needs to know."""

from dataclasses import dataclass
from pathlib import Path

from makeweight.stages.ingest.crawl.site import Limits, RateLimit, Site


@dataclass(frozen=True, slots=True)
class RedisOptions:
    """How several processes share one crawl."""

    processes: int
    url: str
    """Address of the Redis server that holds the frontier."""
    timeout_seconds: float
    """How long a process waits for the server."""


@dataclass(frozen=True, slots=True)
class CrawlJob:
    """Everything that the processes of a crawl need."""

    site: Site
    limits: Limits
    rate_limit: RateLimit
    origin: str
    """Scheme and host of the site."""
    ledger: Path
    picture_field: str | None
    """The field that holds the picture's URL."""
    user_agent: str
    proxy: str | None
    cache: Path | None
    """Folder of Scrapy's HTTP cache."""
    needed_fields: tuple[str, ...] = ()
    """The fields without which a page is no listing."""
    browser: Path | None = None
    """The Chromium that renders pages; None for a site that needs none."""
    redis: RedisOptions | None = None
    """None for a crawl in one process without Redis."""
