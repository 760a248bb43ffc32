"""Scrapy's retries, made to wait: twice as long each time, or as long as the server says."""

import asyncio
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from scrapy import Request
from scrapy.downloadermiddlewares.retry import RetryMiddleware
from scrapy.http import Response
from scrapy.utils.response import response_status_message


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
