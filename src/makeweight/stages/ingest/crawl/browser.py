"""Pages that a script draws, rendered by Chromium through scrapy-playwright: the extra `makeweight[browser]`."""

import asyncio
from contextlib import suppress
from typing import Any
from weakref import WeakKeyDictionary

from playwright.async_api import Error, Page
from playwright.async_api import Request as BrowserRequest
from playwright.async_api import TimeoutError as BrowserTimeoutError
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import DownloadFailedError, DownloadTimeoutError
from scrapy.http import Response
from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler
from scrapy_playwright.page import PageMethod

NOT_NEEDED = ("image", "media", "font", "stylesheet", "beacon", "ping", "websocket", "eventsource")
"""What a page may ask for that does not change its text; pictures are fetched afterwards, without a browser."""
MAX_REQUESTS_PER_PAGE = 50
TURNS_PER_PAGE = 10
"""Turns for which a page is given time beyond the limit for one response."""
SETTLE_SECONDS = 5.0
"""How long a page may go on asking for data after it was loaded."""


class BrowserHandler(ScrapyPlaywrightDownloadHandler):
    """Renders pages; what a page asks for obeys the same rules and waits for the same turns as the crawl itself."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self.abort_request = self.is_refused
        self.asked: WeakKeyDictionary[Page, int] = WeakKeyDictionary()

    async def download_request(self, request: Request) -> Response:
        """Return the response to a request when its turn has come, a page as its scripts have drawn it."""
        spider: Any = self._crawler.spider
        if not request.meta.get("playwright"):
            await spider.turns.wait(request.url)
            return await super().download_request(request)
        # A page and each of its scripts wait for turns of their own, behind the requests of other pages.
        settings = self._crawler.settings
        turns = TURNS_PER_PAGE * (settings.getint("CONCURRENT_REQUESTS") + 1)
        more = turns * spider.turns.delay_of(request.url)
        limit = settings.getfloat("DOWNLOAD_TIMEOUT") + more
        request.meta["playwright_page_goto_kwargs"] = {"wait_until": "load", "timeout": limit * 1000}
        request.meta["playwright_page_methods"] = [PageMethod(settle, SETTLE_SECONDS + more)]
        try:
            return await asyncio.wait_for(super().download_request(request), limit + SETTLE_SECONDS + more)
        except (TimeoutError, BrowserTimeoutError):
            raise DownloadTimeoutError(f"the page was not drawn in {limit:g} s") from None
        except Error as error:
            raise DownloadFailedError(error.message.splitlines()[0]) from None

    async def is_refused(self, request: BrowserRequest) -> bool:
        """Return whether something that a page asks for is not fetched; else wait for its turn."""
        try:
            frame = request.frame
        except Error:
            return True  # of a worker or a window of its own
        spider: Any = self._crawler.spider
        if request.is_navigation_request() and frame.parent_frame is None:
            await spider.turns.wait(request.url)
            return False
        self.asked[frame.page] = self.asked.get(frame.page, 0) + 1
        if request.resource_type in NOT_NEEDED or self.asked[frame.page] > MAX_REQUESTS_PER_PAGE:
            return True
        if spider.discovery.excluding_rule(request.url) is not None or not await self.is_allowed(request.url):
            return True
        await spider.turns.wait(request.url)
        return False

    async def is_allowed(self, url: str) -> bool:
        """Return whether the robots.txt of a URL's host allows it."""
        engine: Any = self._crawler.engine
        for middleware in engine.downloader.middleware.middlewares:
            if isinstance(middleware, RobotsTxtMiddleware):
                rules = await middleware.robot_parser(Request(url))
                return rules is None or rules.allowed(url, self._crawler.settings["USER_AGENT"])
        return True


async def settle(page: Page, seconds: float) -> None:
    """Wait until a page asks for nothing more, or so many seconds at most."""
    with suppress(BrowserTimeoutError):
        await page.wait_for_load_state("networkidle", timeout=seconds * 1000)
