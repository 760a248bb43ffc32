"""The one spider: every answer becomes a fate in the ledger, every link that the card follows a new line in it."""

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
from scrapy.http import HtmlResponse, Response, TextResponse
from scrapy.utils.defer import deferred_from_coro
from twisted.internet.task import LoopingCall
from twisted.python.failure import Failure
from w3lib.url import safe_url_string

from makeweight.core import progress
from makeweight.stages.ingest.crawl import fields
from makeweight.stages.ingest.crawl.ledger import Entry, Ledger
from makeweight.stages.ingest.crawl.site import Kind, Limits, Site

COMMIT_SECONDS = 1.0
ASK_SECONDS = 0.1

FORBIDDEN_BY_ROBOTS = "Forbidden by robots.txt"
"""Scrapy's words for it."""

PICTURE_STARTS = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"BM", b"II*\x00", b"MM\x00*", b"\x00\x00\x00")
"""First bytes of PNG, JPEG, GIF, WebP, BMP, TIFF, and of AVIF and its kin."""

PLAIN_WORDS = {
    "DownloadCancelledError": "answer too big",
    "DownloadFailedError": "no answer",
    "DownloadTimeoutError": "no whole answer in time",
    "DownloadConnectionRefusedError": "no answer",
    "CannotResolveHostError": "no such host",
    "IgnoreRequest": "",
    "ResponseDataLossError": "answer cut short",
}
"""Scrapy's errors as a reader of the failures would call them."""

CAUSE = re.compile(r"failure\.Failure (?:[\w.]+\.)?(\w+: .*)>\]")
"""What Twisted wraps in the text of an error."""

REASON_LENGTH = 300


class ListingSpider(Spider):
    """Follow the card from the start pages, read listings, fetch their pictures; writes to the ledger only."""

    name = "listings"

    def __init__(self, site: Site, limits: Limits, ledger: Ledger, picture_field: str | None, origin: str) -> None:
        super().__init__()
        self.site = site
        self.limits = limits
        self.ledger = ledger
        self.picture_field = picture_field
        self.hosts = {host_of(origin), *site.allowed_hosts}
        self.deny = [re.compile(pattern) for pattern in site.deny]
        self.started_by = os.getppid()
        self.next_line = progress.SECONDS_BETWEEN_LINES
        for path in site.start:
            self.discover(Entry(urljoin(origin, path), "page"))

    async def start(self) -> AsyncIterator[Any]:
        """Start the clock; ask nothing, for the scheduler finds the start pages in the ledger."""
        LoopingCall(self.tick).start(COMMIT_SECONDS, now=False)
        if self.ledger.may_get_more:
            LoopingCall(self.ask_again).start(ASK_SECONDS, now=False)
        self.crawler.signals.connect(self.read_error, signals.spider_error)
        nothing: tuple[Request, ...] = ()
        for request in nothing:
            yield request

    def tick(self) -> None:
        """Commit; say a line now and then; end when the process that wanted the crawl is gone."""
        self.ledger.commit()
        if os.getppid() != self.started_by:
            os._exit(1)
        self.next_line -= COMMIT_SECONDS
        if self.next_line <= 0:
            self.next_line = progress.SECONDS_BETWEEN_LINES
            progress.say(f"crawl: {told(self.ledger.counts)}")

    def ask_again(self) -> None:
        """Look for what other processes have found: Scrapy by itself looks again after seconds only."""
        engine = self.crawler.engine
        if engine is None or engine.spider is None or engine.scheduler is None or engine.needs_backout():
            return
        request = engine.scheduler.next_request()
        if request is not None:
            engine.crawl(request)
        elif not self.ledger.may_get_more:
            deferred_from_coro(engine.close_spider_async(reason="finished"))

    def next_request(self) -> Request | None:
        """The next pending URL as a request."""
        entry = self.ledger.next()
        if entry is None:
            return None
        picture = entry.kind == "picture"
        size = self.limits.max_picture_bytes if picture else self.limits.max_page_bytes
        return Request(
            entry.url,
            callback=self.read_picture if picture else self.read_page,
            errback=self.read_failure,
            dont_filter=True,
            meta={"entry": entry, "download_maxsize": size},
        )

    def discover(self, entry: Entry) -> None:
        """Put a URL into the ledger, to be asked or as excluded by a rule."""
        rule = self.forbids(entry.url)
        if rule is None and entry.depth > self.limits.max_depth:
            rule = "too deep"
        if rule is None and entry.barren > self.limits.max_pages_without_new_listings:
            rule = "chain without new listings"
        if rule is None and self.ledger.seen >= self.limits.max_urls:
            rule = "too many URLs"
        if rule is None:
            self.ledger.add(entry)
        else:
            self.ledger.exclude(entry, rule)

    def forbids(self, url: str) -> str | None:
        """The rule of the card by which a URL is never asked, or None."""
        if urlsplit(url).scheme not in ("http", "https"):
            return "scheme"
        if host_of(url) not in self.hosts:
            return "other host"
        if any(pattern.search(url) for pattern in self.deny):
            return "deny"
        return None

    def exclude_redirect(self, request: Request, rule: str) -> None:
        """A URL that led where the card does not go."""
        self.ledger.settle(request.meta["entry"], "excluded", reason=f"redirect: {rule}")

    def read_page(self, response: Response) -> None:
        """Follow a page's links; where it is a listing, keep its fields and ask for its picture."""
        entry: Entry = response.meta["entry"]
        if self.refused(entry, response):
            return
        page = selector_of(response)
        if page is None:
            self.fail(entry, response, "not a page: no text in it")
            return
        base = base_of(page, response.url)
        listings = self.targets(base, fields.links(page, self.site.listings))
        follow = self.targets(base, fields.links(page, self.site.follow))
        shown = hashlib.sha256("\n".join(sorted(listings)).encode()).hexdigest()[:16] if listings else ""
        barren = entry.barren + 1 if shown in ("", entry.shown) else 0
        kinds: tuple[tuple[Kind, list[str]], ...] = (("listing", listings), ("page", follow))
        for kind, urls in kinds:
            for url in urls:
                self.discover(Entry(url, kind, entry.depth + 1, barren, shown))
        found: dict[str, str | None] = {}
        if entry.kind == "listing":
            found = fields.read_fields(page, response.url, self.site.fields, self.site.schema_type)
        picture = found.pop(self.picture_field, None) if self.picture_field else None
        if picture is not None:
            picture = next(iter(self.targets(base, [picture])), None)
        if picture is not None:
            self.discover(Entry(picture, "picture", entry.depth + 1))
        self.ledger.settle(
            entry,
            "fetched",
            **evidence(response),
            fields=json.dumps(found, ensure_ascii=False) if entry.kind == "listing" else None,
            picture=picture,
        )

    def read_picture(self, response: Response) -> None:
        """Keep a picture's bytes as they came."""
        entry: Entry = response.meta["entry"]
        if self.refused(entry, response):
            return
        if not response.body.startswith(PICTURE_STARTS):
            begins = response.body[:12].decode("latin-1").encode("unicode_escape").decode()
            self.fail(entry, response, f"not a picture: {content_type(response)} that begins {begins}")
            return
        self.ledger.settle(entry, "fetched", **evidence(response), body=response.body)

    def refused(self, entry: Entry, response: Response) -> bool:
        """Whether the answer is not what was asked for; then it is a failure."""
        if response.status != 200:
            self.fail(entry, response, f"status {response.status}")
        elif not response.body:
            self.fail(entry, response, "empty answer")
        else:
            return False
        return True

    def fail(self, entry: Entry, response: Response, reason: str) -> None:
        """A URL that answered, but not with what was asked for."""
        self.ledger.settle(entry, "failed", reason=reason, **evidence(response))

    def read_failure(self, failure: Failure) -> None:
        """A URL that gave no answer."""
        request: Request = failure.request  # type: ignore[attr-defined]
        entry: Entry = request.meta["entry"]
        if failure.check(IgnoreRequest) and str(failure.value) == FORBIDDEN_BY_ROBOTS:
            self.ledger.settle(entry, "excluded", reason="robots.txt")
        else:
            self.ledger.settle(entry, "failed", reason=reason_of(failure.value))

    def targets(self, base: str, hrefs: list[str]) -> list[str]:
        """Links as whole URLs without their fragment, each once."""
        urls = []
        for href in hrefs:
            url = joined(base, href)
            if url is None:
                self.ledger.exclude(Entry(href, "page"), "not a URL")
            else:
                urls.append(url)
        return list(dict.fromkeys(urls))

    def read_error(self, failure: Failure, response: Response) -> None:
        """A page on which reading broke down: a failure as any other, so that the crawl ends."""
        self.fail(response.meta["entry"], response, f"not readable: {reason_of(failure.value)}")


def joined(base: str, href: str) -> str | None:
    """A link as a whole URL without its fragment, or None where it is none."""
    try:
        url = safe_url_string(urljoin(base, href)).partition("#")[0]
        host_of(url)
    except ValueError:
        return None
    return url


def host_of(url: str) -> str:
    """The host in lower case, with its port where that is not the usual one.

    Raises:
        ValueError: the URL has no readable host or port.
    """
    address = urlsplit(url)
    usual = {"http": 80, "https": 443}.get(address.scheme)
    return (address.hostname or "") + (f":{address.port}" if address.port not in (None, usual) else "")


def selector_of(response: Response) -> Selector | None:
    """The answer as a page, whatever content type it says it has; None where there is no text in it."""
    if isinstance(response, TextResponse):
        text = response.text
    elif response.body.lstrip()[:1] == b"<":
        text = HtmlResponse(response.url, body=response.body).text
    else:
        return None
    page = Selector(text)
    return page if page.root is not None else None


def base_of(page: Selector, url: str) -> str:
    """What relative links on a page are relative to."""
    declared = page.xpath("/html/head/base/@href").get()
    return (joined(url, declared) if declared else None) or url


def evidence(response: Response) -> dict[str, Any]:
    """What the ledger keeps of every answer."""
    return {
        "status": response.status,
        "final_url": response.url,
        "sha256": hashlib.sha256(response.body).hexdigest(),
    }


def content_type(response: Response) -> str:
    """The content type that the answer claims."""
    return (response.headers.get(b"Content-Type") or b"no content type").decode("latin-1")


def reason_of(error: BaseException | None) -> str:
    """Why there was no answer, in one line."""
    name = type(error).__name__
    text = " ".join(str(error).split())
    cause = CAUSE.search(text)
    told = ": ".join(part for part in (PLAIN_WORDS.get(name, name), cause[1] if cause else text) if part)
    return told[:REASON_LENGTH]


def told(counts: Mapping[str, int]) -> str:
    """The counts of a ledger in words."""
    states = ("fetched", "failed", "excluded", "pending")
    return ", ".join(f"{counts[state]} {state}" for state in states if counts.get(state))
