"""What we add to Scrapy's way of asking: robots.txt for every request, retries that wait, one proxy for everything."""

import asyncio
from collections import defaultdict
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Self

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import NotConfigured
from scrapy.http import Response
from scrapy.robotstxt import RobotParser
from scrapy.utils.httpobj import urlparse_cached
from scrapy.utils.response import response_status_message

if TYPE_CHECKING:
    from makeweight.stages.ingest.crawl.frontier import SharedLedger


class EveryRobotsTxtMiddleware(RobotsTxtMiddleware):
    """Scrapy's, with one request at a time waiting for a host's robots.txt.

    In Scrapy 2.19 all that wait share one Deferred, whose result goes to the first only: the others find no rules and
    are let through.
    """

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.locks: defaultdict[str, asyncio.Lock] = defaultdict(asyncio.Lock)

    async def robot_parser(self, request: Request) -> RobotParser | None:
        """The rules of the request's host."""
        async with self.locks[urlparse_cached(request).netloc]:
            return await super().robot_parser(request)


class BackoffRetryMiddleware(RetryMiddleware):
    """Retry after a pause. The pause holds one of the places for requests under way, so a sick site is asked less."""

    async def process_response(self, request: Request, response: Response) -> Request | Response:  # type: ignore[override]
        """Ask again where the status says that it may get better."""
        if response.status not in self.retry_http_codes:
            return response
        again = self._retry(request, response_status_message(response.status))
        if again is None:
            return response
        await self.pause(again, response.headers.get(b"Retry-After"))
        return again

    async def process_exception(self, request: Request, exception: Exception) -> Request | None:  # type: ignore[override]
        """Ask again where the connection failed."""
        again = super().process_exception(request, exception)
        if not isinstance(again, Request):
            return None
        await self.pause(again, None)
        return again

    async def pause(self, again: Request, retry_after: bytes | None) -> None:
        """Wait before a retry."""
        settings = self.crawler.settings
        wanted = seconds_of(retry_after)
        if wanted is None:
            wanted = settings.getfloat("BACKOFF_SECONDS") * 2.0 ** (again.meta["retry_times"] - 1)
        await asyncio.sleep(min(wanted, settings.getfloat("BACKOFF_MAX_SECONDS")))


class ProxyMiddleware:
    """Every request goes through the proxy of the parameters, robots.txt included."""

    def __init__(self, proxy: str) -> None:
        self.proxy = proxy

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's way to make one."""
        if crawler.settings["PROXY"] is None:
            raise NotConfigured
        return cls(crawler.settings["PROXY"])

    def process_request(self, request: Request) -> None:
        """Name the proxy."""
        request.meta.setdefault("proxy", self.proxy)


class SharedPaceMiddleware:
    """One request to a host per delay, over all processes of the crawl."""

    def __init__(self, ledger: "SharedLedger", delay: float) -> None:
        self.ledger = ledger
        self.delay = delay

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's way to make one."""
        delay = crawler.settings.getfloat("SHARED_DELAY")
        if not delay:
            raise NotConfigured
        return cls(crawler.spider.ledger, delay)  # type: ignore[union-attr]

    async def process_request(self, request: Request) -> None:
        """Wait for the request's turn."""
        await asyncio.sleep(self.ledger.turn(urlparse_cached(request).netloc, self.delay))


def seconds_of(retry_after: bytes | None) -> float | None:
    """A Retry-After header, which is a number of seconds or a date, in seconds from now; None where it is neither."""
    text = (retry_after or b"").decode("latin-1").strip()
    if text.isdecimal():
        return float(text)
    try:
        date = parsedate_to_datetime(text)
    except ValueError:
        return None
    aware = date if date.tzinfo else date.replace(tzinfo=UTC)
    return max(0.0, (aware - datetime.now(UTC)).total_seconds())
