"""The only spider: every response becomes an outcome in the ledger, every followed link a new entry."""

import json
import time
from collections.abc import AsyncIterator, Mapping
from typing import Any, Self
from urllib.parse import urlsplit

from parsel import Selector
from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.utils.defer import deferred_from_coro
from twisted.internet.task import LoopingCall
from twisted.python.failure import Failure

from makeweight.core import progress, timings
from makeweight.stages.ingest.crawl import fields, responses, sitemaps
from makeweight.stages.ingest.crawl.discovery import Discovery
from makeweight.stages.ingest.crawl.json_ld import JsonNumber
from makeweight.stages.ingest.crawl.ledger import Entry, Ledger
from makeweight.stages.ingest.crawl.page_text import parse_page
from makeweight.stages.ingest.crawl.site import Limits, Site
from makeweight.stages.ingest.crawl.turns import Turns

COMMIT_SECONDS = 1.0
POLL_SECONDS = 0.1

COMPLETE = (200, 203)
"""Statuses of whole answers; 203 is one that a proxy has changed."""
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
        self.discovery = Discovery(site, limits, ledger, origin)
        self.seconds_to_next_line = progress.SECONDS_BETWEEN_LINES
        self.started, self.done_before = time.monotonic(), done_of(ledger.counts)

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
        """Commit, and print a progress line at intervals."""
        self.ledger.commit()
        self.seconds_to_next_line -= COMMIT_SECONDS
        if self.seconds_to_next_line <= 0:
            self.seconds_to_next_line = progress.SECONDS_BETWEEN_LINES
            counts, seconds = self.ledger.counts, time.monotonic() - self.started
            rate = (done_of(counts) - self.done_before) / seconds
            progress.say(f"crawl: {describe_counts(counts)}{describe_rest(counts, rate)}")

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

    def exclude_redirect(self, request: Request, rule: str) -> None:
        """Record that a URL redirects to one that a rule excludes."""
        entry: Entry = request.meta["entry"]
        self.ledger.finish(entry, "excluded", reason=f"redirect: {rule}", final_url=request.url)

    def read_page(self, response: Response) -> None:
        """Follow a page's links; of a listing also keep the fields and fetch the picture."""
        entry: Entry = response.meta["entry"]
        if self.rejected(entry, response):
            return
        parsed = parse_page(response)
        page = parsed.selector
        if page is None:
            self.fail(entry, response, parsed.fault or "")
            return
        base = responses.base_url(page, response.url)
        self.discovery.add_links(entry, page, base)
        found: dict[str, Any] = {}
        if entry.kind in ("listing", "candidate"):
            found = self.read_listing(entry, page, response.url, base)
            faults = [*found["faults"], *([parsed.fault] if parsed.fault else [])]
            found["faults"] = json.dumps(faults, ensure_ascii=False) if faults else None
        self.ledger.finish(entry, "fetched", **responses.provenance(response), **found)

    def read_listing(self, entry: Entry, page: Selector, url: str, base: str) -> dict[str, Any]:
        """Return the ledger's columns about a listing; put its picture into the ledger."""
        site = self.site
        found = fields.read_fields(page, url, site.fields, site.schema_type, self.picture_field, base)
        lacking = [column for column in self.needed_fields if found.values.get(column) is None]
        if entry.kind == "candidate" and lacking:
            return {"faults": [f"no `{lacking[0]}` on the page", *found.faults]}
        picture = self.discovery.choose_picture(base, found.pictures)
        if picture is not None:
            self.discovery.add(Entry(picture, "picture", entry.depth + 1))
        values = {
            column: {"number": text} if isinstance(text, JsonNumber) else text for column, text in found.values.items()
        }
        return {
            "kind": "listing",
            "fields": json.dumps(values, ensure_ascii=False),
            "faults": found.faults,
            "picture": picture,
            "canonical": responses.canonical_url(page, base),
            "languages": responses.first_of_languages(page, base),
        }

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
        self.discovery.add_sitemap(entry, response.url, found)
        self.ledger.finish(entry, "fetched", **responses.provenance(response))

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
        rule = self.discovery.excluding_rule(response.url) if "playwright" in response.flags else None
        if rule is not None:
            # the browser followed a redirect by itself
            self.ledger.finish(entry, "excluded", reason=f"redirect: {rule}", final_url=response.url)
        elif len(response.body) > response.meta["download_maxsize"]:
            self.fail(entry, response, f"answer too big: {len(response.body)} bytes")
        elif response.status not in COMPLETE:
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

    def record_error(self, failure: Failure, response: Response) -> None:
        """Record a page on which our own code raised an error as a failure, so that the crawl ends."""
        self.fail(response.meta["entry"], response, f"not readable: {responses.describe_error(failure.value)}")


def done_of(counts: Mapping[str, int]) -> int:
    """Return how many addresses have an outcome."""
    return sum(count for state, count in counts.items() if state != "pending")


def describe_rest(counts: Mapping[str, int], rate: float) -> str:
    """Return how long the known addresses will take at a rate in addresses per second; new ones come to it."""
    left = counts.get("pending", 0)
    if not left or rate <= 0:
        return ""
    text = timings.duration_text(left / rate)
    return f"; at {rate:.1f} a second these take {text}, and more as pages lead to others"


def describe_counts(counts: Mapping[str, int]) -> str:
    """Return the counts of a ledger in words."""
    states = ("fetched", "failed", "excluded", "pending")
    return ", ".join(f"{counts[state]} {state}" for state in states if counts.get(state))
