"""The only spider: every response becomes an outcome in the ledger, every followed link a new entry."""

import hashlib
import json
import os
import re
from collections.abc import AsyncIterator, Iterable, Mapping
from typing import Any, Self
from urllib.parse import urljoin, urlsplit

from parsel import Selector
from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.utils.defer import deferred_from_coro
from twisted.internet.task import LoopingCall
from twisted.python.failure import Failure

from makeweight.core import progress
from makeweight.stages.ingest.crawl import fields, responses, sitemaps
from makeweight.stages.ingest.crawl.json_ld import JsonNumber
from makeweight.stages.ingest.crawl.ledger import Entry, Ledger
from makeweight.stages.ingest.crawl.site import Kind, Limits, Site
from makeweight.stages.ingest.crawl.turns import Turns

COMMIT_SECONDS = 1.0
POLL_SECONDS = 0.1
MAX_PLACEHOLDER_LENGTH = 100
"""Characters that are kept of an address that cannot be asked for, such as a picture inside the page."""

FORBIDDEN_BY_ROBOTS = "Forbidden by robots.txt"
"""The text of Scrapy's error."""


class ListingSpider(Spider):
    """Follows links from the start pages as the card says, reads listings and fetches their pictures.

    It writes to the ledger only.
    """

    name = "listings"

    def __init__(
        self,
        site: Site,
        limits: Limits,
        ledger: Ledger,
        picture_field: str | None,
        origin: str,
        needed_fields: tuple[str, ...] = (),
        turns: Turns | None = None,
    ) -> None:
        super().__init__()
        self.site = site
        self.limits = limits
        self.ledger = ledger
        self.picture_field = picture_field
        self.needed_fields = needed_fields
        self.origin = origin
        self.turns = turns or Turns(ledger, "", 0.0, limits.max_backoff_seconds)
        self.hosts = {responses.host_of(origin), *site.allowed_hosts}
        self.deny = [re.compile(pattern) for pattern in site.deny]
        self.parent_process = os.getppid()
        self.seconds_to_next_line = progress.SECONDS_BETWEEN_LINES
        self.sitemap_listings = [re.compile(pattern) for pattern in site.sitemap_listings]
        for path in site.start_pages:
            self.discover(Entry(urljoin(origin, path), "page"))
        for path in site.sitemaps:
            self.discover(Entry(urljoin(origin, path), "sitemap"))

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Create the spider of a crawl, which reads the delays in robots.txt; Scrapy calls this."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.turns.read_rules, signals.robots_parsed)
        return spider

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
        callbacks = {"picture": self.read_picture, "sitemap": self.read_sitemap}
        rendered = self.site.render == "browser" and entry.kind not in callbacks
        limits = self.limits
        return Request(
            entry.url,
            callback=callbacks.get(entry.kind, self.read_page),
            errback=self.record_failure,
            dont_filter=True,
            meta={
                "entry": entry,
                "download_maxsize": limits.max_picture_bytes if entry.kind == "picture" else limits.max_page_bytes,
                **({"playwright": True} if rendered else {}),
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
        found: dict[str, Any] = {}
        if entry.kind in ("listing", "candidate"):
            found = self.read_listing(entry, page, response.url, base)
        self.ledger.finish(entry, "fetched", **responses.provenance(response), **found)

    def read_listing(self, entry: Entry, page: Selector, url: str, base: str) -> dict[str, Any]:
        """Return the ledger's columns about a listing; put its picture into the ledger."""
        site = self.site
        found = fields.read_fields(page, url, site.fields, site.schema_type, self.picture_field, base)
        lacking = [column for column in self.needed_fields if found.values.get(column) is None]
        if entry.kind == "candidate" and lacking:
            return {"faults": json.dumps([f"no `{lacking[0]}` on the page", *found.faults], ensure_ascii=False)}
        picture = self.choose_picture(base, found.pictures)
        if picture is not None:
            self.discover(Entry(picture, "picture", entry.depth + 1))
        values = {
            column: {"number": text} if isinstance(text, JsonNumber) else text for column, text in found.values.items()
        }
        return {
            "kind": "listing",
            "fields": json.dumps(values, ensure_ascii=False),
            "faults": json.dumps(found.faults, ensure_ascii=False) if found.faults else None,
            "picture": picture,
        }

    def choose_picture(self, base: str, addresses: Iterable[str]) -> str | None:
        """Return the first address that can be asked for; else the first, which the ledger records as excluded."""
        absolute = {address: responses.absolute_url(base, address) for address in addresses}
        good = (url for url in absolute.values() if url and urlsplit(url).scheme in ("http", "https"))
        picture = next(good, None)
        if picture is None and absolute:
            first, url = next(iter(absolute.items()))
            if url is None:
                self.ledger.exclude(Entry(first, "picture"), "not a URL")
            return url and url[:MAX_PLACEHOLDER_LENGTH]
        return picture

    def read_sitemap(self, response: Response) -> None:
        """Put the addresses of a sitemap into the ledger."""
        entry: Entry = response.meta["entry"]
        if urlsplit(response.url).path == "/robots.txt":
            body = response.body if response.status == 200 else b""
            found = sitemaps.sitemaps_of_robots(body, self.origin)
        elif self.rejected(entry, response):
            return
        else:
            found = sitemaps.read_sitemap(response.body, self.limits.max_page_bytes)
        if found.fault is not None:
            self.fail(entry, response, found.fault)
            return
        for url in self.absolute_urls(response.url, [*found.sitemaps]):
            self.discover(Entry(url, "sitemap", entry.depth + 1))
        for url in self.absolute_urls(response.url, [*found.pages]):
            if not self.sitemap_listings:
                self.discover(Entry(url, "candidate", entry.depth + 1))
            elif any(pattern.search(url) for pattern in self.sitemap_listings):
                self.discover(Entry(url, "listing", entry.depth + 1))
            else:
                self.ledger.exclude(Entry(url, "page"), "sitemap_listings")
        self.ledger.finish(entry, "fetched", **responses.provenance(response))

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
        rule = self.excluding_rule(response.url) if "playwright" in response.flags else None
        if rule is not None:
            self.ledger.finish(
                entry, "excluded", reason=f"redirect: {rule}"
            )  # the browser followed a redirect by itself
        elif len(response.body) > response.meta["download_maxsize"]:
            self.fail(entry, response, f"answer too big: {len(response.body)} bytes")
        elif response.status != 200:
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
