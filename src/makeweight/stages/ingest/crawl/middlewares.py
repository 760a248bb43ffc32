"""Additions to Scrapy's downloader: robots.txt for every request, retries with backoff, a proxy."""

import asyncio
from collections import defaultdict
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import NotConfigured
from scrapy.http import Response
from scrapy.robotstxt import RobotParser
from scrapy.utils.httpobj import urlparse_cached
from scrapy.utils.response import response_status_message

from makeweight.core import progress
from makeweight.stages.ingest.crawl import robots
from makeweight.stages.ingest.crawl.responses import describe_error


class SequentialRobotsTxtMiddleware(RobotsTxtMiddleware):
    """Scrapy's middleware with one request at a time waiting for a host's robots.txt.

    In Scrapy 2.19 all waiting requests share one Deferred, whose result only the first receives: the others find no
    rules and pass.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def robot_parser(self, request: Request) -> RobotParser | None:
        """Return the rules of the request's host."""
        async with self.locks[urlparse_cached(request).netloc]:
            return await super().robot_parser(request)

    async def _parse_robots(self, response: Response, netloc: str, request: Request) -> None:
        """Read the rules where the response holds some; say where it should and does not."""
        rules, fault = robots.rules_in(response)
        if fault is not None:
            self.say(netloc, fault)
        await super()._parse_robots(response.replace(body=rules), netloc, request)

    def _robots_error(self, exc: Exception, netloc: str) -> None:
        """Go on without rules where none could be fetched, and say so."""
        self.say(netloc, describe_error(exc))
        super()._robots_error(exc, netloc)

    def say(self, netloc: str, reason: str) -> None:
        """Say once in a crawl why a host has no rules."""
        spider: Any = self.crawler.spider
        if spider.ledger.process == 0:
            progress.say(f"crawl: robots.txt of {netloc} holds no rules ({reason}); the crawl goes on as without one")


class BackoffRetryMiddleware(RetryMiddleware):
    """Retries after a pause, during which the request counts as concurrent, so that an overloaded site gets fewer."""

    async def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        """Retry where the status suggests that a later request may succeed."""
        if response.status not in self.retry_http_codes:
            return response
        retry = self._retry(request, response_status_message(response.status))
        if retry is None:
            return response
        await self.pause(retry, response.headers.get(b"Retry-After"))
        return retry

    async def process_exception(self, request: Request, exception: Exception) -> Request | None:  # type: ignore[override]
        """Retry where the connection failed."""
        retry = super().process_exception(request, exception)
        if not isinstance(retry, Request):
            return None
        await self.pause(retry, None)
        return retry

    async def pause(self, retry: Request, retry_after: bytes | None) -> None:
        """Wait before a retry: as long as the server says, else with exponential backoff."""
        settings = self.crawler.settings
        seconds = seconds_of(retry_after)
        if seconds is None:
            seconds = settings.getfloat("BACKOFF_SECONDS") * 2.0 ** (retry.meta["retry_times"] - 1)
        await asyncio.sleep(min(seconds, settings.getfloat("BACKOFF_MAX_SECONDS")))


class ProxyMiddleware:
    """Sends every request through the proxy of the parameters, robots.txt included."""

    def __init__(self, proxy: str) -> None:
        self.proxy = proxy

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Create the middleware of a crawl; Scrapy calls this."""
        if crawler.settings["PROXY"] is None:
            raise NotConfigured
        return cls(crawler.settings["PROXY"])

    def process_request(self, request: Request) -> None:
        """Set the request's proxy."""
        request.meta.setdefault("proxy", self.proxy)


def seconds_of(retry_after: bytes | None) -> float | None:
    """Return the seconds from now of a Retry-After header (a number or a date); None where it is neither."""
    text = (retry_after or b"").decode("latin-1").strip()
    if text.isdecimal():
        return float(text)
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    aware = date if date.tzinfo else date.replace(tzinfo=UTC)
    return max(0.0, (aware - datetime.now(UTC)).total_seconds())
