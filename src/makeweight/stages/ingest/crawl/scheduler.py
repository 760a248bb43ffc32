"""Scrapy's scheduler over the ledger: the oldest pending URL is fetched next."""

from collections import deque
from typing import Self

from scrapy import Request
from scrapy.core.scheduler import BaseScheduler
from scrapy.crawler import Crawler

from makeweight.stages.ingest.crawl.spider import ListingSpider


class LedgerScheduler(BaseScheduler):
    """Gives out pending URLs; keeps in memory only the retries and redirects that Scrapy returns."""

    def __init__(self, spider: ListingSpider) -> None:
        self.spider = spider
        self.returned: deque[Request] = deque()
        self.prepared: Request | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Create the scheduler of a crawl; Scrapy calls this."""
        assert isinstance(crawler.spider, ListingSpider)
        return cls(crawler.spider)

    def enqueue_request(self, request: Request) -> bool:
        """Take a retry or a redirect, unless a rule excludes the redirect's target."""
        rule = self.spider.discovery.excluding_rule(request.url)
        if rule is not None:
            self.spider.exclude_redirect(request, rule)
            return False
        self.returned.append(request)
        return True

    def next_request(self) -> Request | None:
        """Return the next request; None if there is none at the moment."""
        if self.returned:
            return self.returned.popleft()
        if self.prepared is None:
            self.prepared = self.spider.next_request()
        request, self.prepared = self.prepared, None
        return request

    def has_pending_requests(self) -> bool:
        """Return whether `next_request` would return one, or other processes may still find some."""
        if self.spider.ledger.may_receive_more:
            return True
        if self.prepared is None:
            self.prepared = self.spider.next_request()
        return bool(self.returned) or self.prepared is not None
