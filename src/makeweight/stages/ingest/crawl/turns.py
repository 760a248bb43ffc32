"""One request to a host at a time: the delay that its robots.txt asks for, or that several processes share."""

import asyncio
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.http import Response
from scrapy.robotstxt import RobotParser

from makeweight.core import progress
from makeweight.stages.ingest.crawl.ledger import Ledger


class Turns:
    """When each host may be asked next. The delays of robots.txt are known once it has been fetched."""

    def __init__(
        self, ledger: Ledger, user_agent: str, shared_delay_seconds: float, longest_delay_seconds: float
    ) -> None:
        self.ledger = ledger
        self.user_agent = user_agent
        self.shared_delay_seconds = shared_delay_seconds
        self.longest_delay_seconds = longest_delay_seconds
        self.delays: dict[str, float] = {}

    def delay_of(self, url: str) -> float:
        """Return the seconds between two requests to the host of a URL."""
        return max(self.shared_delay_seconds, self.delays.get(urlsplit(url).netloc, 0.0))

    async def wait(self, url: str) -> None:
        """Wait for the turn of a request."""
        delay = self.delay_of(url)
        if delay:
            await asyncio.sleep(self.ledger.reserve_turn(urlsplit(url).netloc, delay))

    def read_rules(self, robotparser: RobotParser, request: Request) -> None:
        """Take over the delay of a host's robots.txt, which has just been fetched, and say so."""
        host = urlsplit(request.url).netloc
        asked = delay_asked_for(robotparser, self.user_agent)
        if not asked:
            return
        self.delays[host] = min(asked, self.longest_delay_seconds)
        self.ledger.reserve_turn(host, 0.0)  # the request for robots.txt was one as well
        if self.ledger.process == 0:
            bound = (
                f"; the crawl waits {self.delays[host]:g} s, see `ingest.crawl.limits.max_backoff_seconds`"
                if self.delays[host] < asked
                else ", which the crawl obeys"
            )
            progress.say(f"crawl: robots.txt of {host} asks for {asked:g} s between two requests{bound}")


def delay_asked_for(robotparser: RobotParser, user_agent: str) -> float:
    """Return the seconds between requests by Crawl-delay or Request-rate, whichever is longer; 0 without either."""
    rules: Any = getattr(robotparser, "rp", None)
    rate = rules.request_rate(user_agent) if hasattr(rules, "request_rate") else None
    return max(
        robotparser.crawl_delay(user_agent) or 0.0, rate.seconds / rate.requests if rate and rate.requests else 0.0
    )


class TurnTakingHandler(HTTP11DownloadHandler):
    """Scrapy's handler, which waits for the host's turn directly before the request, after all other queues."""

    async def download_request(self, request: Request) -> Response:
        """Return the response to a request when its turn has come."""
        spider: Any = self.crawler.spider
        await spider.turns.wait(request.url)
        return await super().download_request(request)
