"""Scrapy's scheduler over the ledger: what is asked next is the oldest URL that has no fate yet."""

from collections import deque
from typing import Self

from scrapy import Request
from scrapy.core.scheduler import BaseScheduler
from scrapy.crawler import Crawler

from makeweight.stages.ingest.crawl.spider import ListingSpider


class LedgerScheduler(BaseScheduler):
    """Gives out pending URLs; keeps in memory only what Scrapy sends back to be asked again (retries, redirects)."""

    def __init__(self, spider: ListingSpider) -> None:
        self.spider = spider
        self.again: deque[Request] = deque()
        self.waiting: Request | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Scrapy's way to make one."""
        assert isinstance(crawler.spider, ListingSpider)
        return cls(crawler.spider)

    def enqueue_request(self, request: Request) -> bool:
        """Take a retry or a redirect, unless the redirect leads where the card does not go."""
        rule = self.spider.forbids(request.url)
        if rule is not None:
            self.spider.exclude_redirect(request, rule)
            return False
        self.again.append(request)
        return True

    def next_request(self) -> Request | None:
        """The next to ask; None when nothing is left for now."""
        if self.again:
            return self.again.popleft()
        if self.waiting is None:
            self.waiting = self.spider.next_request()
        request, self.waiting = self.waiting, None
        return request

    def has_pending_requests(self) -> bool:
        """Whether `next_request` would give one, or other processes may still find some."""
        if self.spider.ledger.may_get_more:
            return True
        if self.waiting is None:
            self.waiting = self.spider.next_request()
        return bool(self.again) or self.waiting is not None
