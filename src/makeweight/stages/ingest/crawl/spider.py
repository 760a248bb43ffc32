"""The only spider: every response becomes an outcome in the ledger, every followed link a new entry."""

import hashlib
import json
import os
import re
from collections.abc import AsyncIterator, Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

from parsel import Selector
from scrapy import Request, Spider, signals
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.utils.defer import deferred_from_coro
from twisted.internet.task import LoopingCall
from twisted.python.failure import Failure

from makeweight.core import progress
from makeweight.stages.ingest.crawl import fields, responses
from makeweight.stages.ingest.crawl.ledger import Entry, Ledger
from makeweight.stages.ingest.crawl.site import Kind, Limits, Site

COMMIT_SECONDS = 1.0
POLL_SECONDS = 0.1

FORBIDDEN_BY_ROBOTS = "Forbidden by robots.txt"
"""The text of Scrapy's error."""


class ListingSpider(Spider):
    """Follows links from the start pages as the card says, reads listings and fetches their pictures.

    It writes to the ledger only.
    """

    name = "listings"

    def __init__(self, site: Site, limits: Limits, ledger: Ledger, picture_field: str | None, origin: str) -> None:
        super().__init__()
        self.site = site
        self.limits = limits
        self.ledger = ledger
        self.picture_field = picture_field
        self.hosts = {responses.host_of(origin), *site.allowed_hosts}
        self.deny = [re.compile(pattern) for pattern in site.deny]
        self.parent_process = os.getppid()
        self.seconds_to_next_line = progress.SECONDS_BETWEEN_LINES
        for path in site.start:
            self.discover(Entry(urljoin(origin, path), "page"))

    async def start(self) -> AsyncIterator[Any]:
        """Start the timers; yield no request, for the scheduler finds the start pages in the ledger."""
        LoopingCall(self.commit_regularly).start(COMMIT_SECONDS, now=False)
        if self.ledger.may_receive_more:
            LoopingCall(self.poll_frontier).start(POLL_SECONDS, now=False)
        self.crawler.signals.connect(self.record_error, signals.spider_error)
        nothing: tuple[Request, ...] = ()
        for request in nothing:
            yield request

    def commit_regularly(self) -> None:
        """Commit, print a progress line at intervals, and exit if the parent process has gone."""
        self.ledger.commit()
        if os.getppid() != self.parent_process:
            os._exit(1)
        self.seconds_to_next_line -= COMMIT_SECONDS
        if self.seconds_to_next_line <= 0:
            self.seconds_to_next_line = progress.SECONDS_BETWEEN_LINES
            progress.say(f"crawl: {describe_counts(self.ledger.counts)}")

    def poll_frontier(self) -> None:
        """Fetch what other processes have found: Scrapy itself looks again only after seconds."""
        engine = self.crawler.engine
        if engine is None or engine.spider is None or engine.scheduler is None or engine.needs_backout():
            return
        request = engine.scheduler.next_request()
        if request is not None:
            engine.crawl(request)
        elif not self.ledger.may_receive_more:
            deferred_from_coro(engine.close_spider_async(reason="finished"))

    def next_request(self) -> Request | None:
        """Return the next pending URL as a request."""
        entry = self.ledger.next_pending()
        if entry is None:
            return None
        picture = entry.kind == "picture"
        return Request(
            entry.url,
            callback=self.read_picture if picture else self.read_page,
            errback=self.record_failure,
            dont_filter=True,
            meta={
                "entry": entry,
                "download_maxsize": self.limits.max_picture_bytes if picture else self.limits.max_page_bytes,
            },
        )

    def discover(self, entry: Entry) -> None:
        """Put a URL into the ledger, as pending or as excluded by a rule."""
        rule = self.excluding_rule(entry.url)
        if rule is None and entry.depth > self.limits.max_depth:
            rule = "too deep"
        if rule is None and entry.pages_without_new > self.limits.max_pages_without_new_listings:
            rule = "chain without new listings"
        if rule is None and self.ledger.seen >= self.limits.max_urls:
            rule = "too many URLs"
        if rule is None:
            self.ledger.add(entry)
        else:
            self.ledger.exclude(entry, rule)

    def excluding_rule(self, url: str) -> str | None:
        """Return the rule of the card that excludes a URL, or None."""
        if urlsplit(url).scheme not in ("http", "https"):
            return "scheme"
        if responses.host_of(url) not in self.hosts:
            return "other host"
        if any(pattern.search(url) for pattern in self.deny):
            return "deny"
        return None

    def exclude_redirect(self, request: Request, rule: str) -> None:
        """Record that a URL redirects to one that a rule excludes."""
        self.ledger.finish(request.meta["entry"], "excluded", reason=f"redirect: {rule}")

    def read_page(self, response: Response) -> None:
        """Follow a page's links; of a listing also keep the fields and fetch the picture."""
        entry: Entry = response.meta["entry"]
        if self.rejected(entry, response):
            return
        page = responses.parse_page(response)
        if page is None:
            self.fail(entry, response, "not a page: no text in it")
            return
        base = responses.base_url(page, response.url)
        self.discover_links(entry, page, base)
        values: dict[str, str | None] = {}
        if entry.kind == "listing":
            values = fields.read_fields(page, response.url, self.site.fields, self.site.schema_type)
        picture = values.pop(self.picture_field, None) if self.picture_field else None
        if picture is not None:
            picture = next(iter(self.absolute_urls(base, [picture])), None)
        if picture is not None:
            self.discover(Entry(picture, "picture", entry.depth + 1))
        self.ledger.finish(
            entry,
            "fetched",
            **responses.provenance(response),
            fields=json.dumps(values, ensure_ascii=False) if entry.kind == "listing" else None,
            picture=picture,
        )

    def discover_links(self, entry: Entry, page: Selector, base: str) -> None:
        """Put the links that the card follows into the ledger, listings first."""
        listings = self.absolute_urls(base, fields.links(page, self.site.listings))
        follow = self.absolute_urls(base, fields.links(page, self.site.follow))
        digest = hashlib.sha256("\n".join(sorted(listings)).encode()).hexdigest()[:16] if listings else ""
        pages_without_new = entry.pages_without_new + 1 if digest in ("", entry.listings_digest) else 0
        kinds: tuple[tuple[Kind, list[str]], ...] = (("listing", listings), ("page", follow))
        for kind, urls in kinds:
            for url in urls:
                self.discover(Entry(url, kind, entry.depth + 1, pages_without_new, digest))

    def read_picture(self, response: Response) -> None:
        """Keep a picture's bytes unchanged."""
        entry: Entry = response.meta["entry"]
        if self.rejected(entry, response):
            return
        fault = responses.picture_fault(response)
        if fault is not None:
            self.fail(entry, response, fault)
            return
        self.ledger.finish(entry, "fetched", **responses.provenance(response), body=response.body)

    def rejected(self, entry: Entry, response: Response) -> bool:
        """Record a response without a usable body as a failure; return whether it was one."""
        if response.status != 200:
            self.fail(entry, response, f"status {response.status}")
        elif not response.body:
            self.fail(entry, response, "empty answer")
        else:
            return False
        return True

    def fail(self, entry: Entry, response: Response, reason: str) -> None:
        """Record that a URL responded, but not with what was expected."""
        self.ledger.finish(entry, "failed", reason=reason, **responses.provenance(response))

    def record_failure(self, failure: Failure) -> None:
        """Record that a URL did not respond, or that robots.txt excludes it."""
        request: Request = failure.request  # type: ignore[attr-defined]
        entry: Entry = request.meta["entry"]
        if failure.check(IgnoreRequest) and str(failure.value) == FORBIDDEN_BY_ROBOTS:
            self.ledger.finish(entry, "excluded", reason="robots.txt")
        else:
            self.ledger.finish(entry, "failed", reason=responses.describe_error(failure.value))

    def absolute_urls(self, base: str, hrefs: list[str]) -> list[str]:
        """Return links as absolute URLs without fragments, each once; invalid ones go to the ledger as excluded."""
        urls = []
        for href in hrefs:
            url = responses.absolute_url(base, href)
            if url is None:
                self.ledger.exclude(Entry(href, "page"), "not a URL")
            else:
                urls.append(url)
        return list(dict.fromkeys(urls))

    def record_error(self, failure: Failure, response: Response) -> None:
        """Record a page on which our own code raised an error as a failure, so that the crawl ends."""
        self.fail(response.meta["entry"], response, f"not readable: {responses.describe_error(failure.value)}")


def describe_counts(counts: Mapping[str, int]) -> str:
    """Return the counts of a ledger in words."""
    states = ("fetched", "failed", "excluded", "pending")
    return ", ".join(f"{counts[state]} {state}" for state in states if counts.get(state))
