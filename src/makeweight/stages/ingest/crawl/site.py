"""What a card says about a site: where to start, which links to follow, where each field is on a page."""

import re
from typing import Any, Literal, Self

from cssselect import SelectorError
from lxml import etree
from parsel.csstranslator import HTMLTranslator
from pydantic import field_validator, model_validator

from makeweight.core.params import Section
from makeweight.core.ranges import Amount, Count, CountOrNone, Size, SomeAmount
from makeweight.stages.ingest.crawl.former_names import with_current_names

Kind = Literal["page", "listing", "picture", "sitemap", "candidate"]
"""What a URL is fetched for: its links, its fields, its bytes, the addresses that it lists, or (a candidate, from a
sitemap) its fields if it has them."""

FIELD_KINDS = ("schema", "css", "xpath", "meta", "constant")
"""What the place of a field begins with."""
FROM_ROBOTS = "sitemap"
"""The entry of `start` for the sitemaps that robots.txt names."""


class RateLimit(Section):
    """How fast one site may be crawled; a card may set its own limit."""

    concurrent_requests: Size
    """Requests in progress at a time (Scrapy's CONCURRENT_REQUESTS)."""
    delay_seconds: Amount
    """Time between two requests to a host (Scrapy's DOWNLOAD_DELAY); a longer one in its robots.txt is obeyed."""
    autothrottle: bool
    """Whether to slow down when the site responds more slowly (Scrapy's AutoThrottle)."""


class Limits(Section):
    """Bounds that end every crawl, whatever the site does."""

    timeout_seconds: SomeAmount
    """Time for one response, from the request to its last byte."""
    max_retries: CountOrNone
    backoff_seconds: Amount
    """Pause before the first retry, doubled for each further one; a server's Retry-After replaces it."""
    max_backoff_seconds: Amount
    """Longest pause that a site can ask for, by Retry-After or in its robots.txt."""
    max_redirects: CountOrNone
    max_urls: Count
    max_depth: CountOrNone
    """Links from a start page."""
    max_pages_without_new_listings: Count
    """Pages in a row without listings, or with only those of the page before, after which links are not followed."""
    max_page_bytes: Count
    max_picture_bytes: Count


class Site(Section):
    """One site. A selector is CSS, or XPath after `xpath:`."""

    site: str
    """`shop` for the built-in one, else scheme and host such as https://shop.example."""
    start: tuple[str, ...] = ("/",)
    """Addresses of the first pages; `sitemap` for the sitemaps that robots.txt names, or else /sitemap.xml."""
    sitemap: tuple[str, ...] = ()
    """Addresses of sitemaps, whose addresses are pages, or listings where they have the fields of one. With a sitemap
    and without `start`, the crawl starts there only."""
    sitemap_listings: tuple[str, ...] = ()
    """Regular expressions of the sitemap's addresses that are listings; where given, the others are left out."""
    follow: tuple[str, ...] = ()
    """Links to pages that lead to listings: categories, numbered pages, next."""
    listings: tuple[str, ...] = ()
    """Links to listings."""
    fields: dict[str, tuple[str, ...]]
    """Column -> where it is on a page, one place or several that are tried in order: `schema:offers.price` (schema.org
    data in JSON-LD, microdata or RDFa), `css:...`, `xpath:...`, `meta:og:title` or `constant:EUR`."""
    schema_type: str = "Product"
    """The schema.org type that `schema:` reads."""
    allowed_hosts: tuple[str, ...] = ()
    """Other hosts that may be crawled, such as the one that serves the pictures."""
    deny: tuple[str, ...] = ()
    """Regular expressions of URLs never to fetch."""
    decimal: Literal[".", ","] | None = None
    """The site's decimal separator."""
    cookies: bool = False
    rate_limit: RateLimit | None = None
    render: Literal["browser"] | None = None
    """`browser` where a script draws the pages; pictures and robots.txt are fetched without one."""
    browser: str | None = None
    """Path of a Chromium; without it one is looked for."""

    @model_validator(mode="before")
    @classmethod
    def read_former_names(cls, values: Any) -> Any:
        """Accept the names that fields had before, and say which are current."""
        return with_current_names(values)

    @model_validator(mode="after")
    def check_ways_to_listings(self) -> Self:
        """Accept only a site with links to listings or a sitemap."""
        if not self.listings and not self.sitemap and FROM_ROBOTS not in self.start:
            raise ValueError("`listings` (which links lead to listings) or `sitemap` is missing")
        return self

    @field_validator("site")
    @classmethod
    def check_site(cls, value: str) -> str:
        """Accept `shop` or an origin without a path."""
        if value != "shop" and not re.fullmatch(r"https?://[^/\s]+", value):
            raise ValueError("right would be `shop`, or scheme and host without a path, as in https://shop.example")
        return value

    @field_validator(
        "start", "sitemap", "sitemap_listings", "follow", "listings", "allowed_hosts", "deny", mode="before"
    )
    @classmethod
    def list_values(cls, value: Any) -> Any:
        """Accept a single value where a list may stand."""
        return (value,) if isinstance(value, str) else value

    @field_validator("allowed_hosts")
    @classmethod
    def list_hosts(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        """Accept hosts also with a scheme or a path, as they are copied from an address."""
        return tuple(re.sub(r"^https?://", "", host.lower()).partition("/")[0] for host in value)

    @field_validator("fields", mode="before")
    @classmethod
    def list_places(cls, value: Any) -> Any:
        """Accept a single place where a list may stand."""
        if not isinstance(value, dict):
            return value
        return {column: (place,) if isinstance(place, str) else place for column, place in value.items()}

    @field_validator("fields")
    @classmethod
    def check_fields(cls, value: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        """Accept only known kinds of places."""
        for column, places in value.items():
            if not places or any(place.partition(":")[0] not in FIELD_KINDS for place in places):
                raise ValueError(f"`{column}` must begin with {', '.join(f'{kind}:' for kind in FIELD_KINDS)}")
            for place in places:
                if place.startswith(("css:", "xpath:")):
                    check_selector(place)
        return value

    @field_validator("deny", "sitemap_listings")
    @classmethod
    def check_patterns(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        """Accept only patterns that compile."""
        for pattern in value:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"{pattern!r} is no regular expression: {error}") from None
        return value

    @field_validator("follow", "listings")
    @classmethod
    def check_selectors(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        """Accept only selectors that can be read."""
        for selector in value:
            check_selector(selector)
        return value

    @property
    def start_pages(self) -> tuple[str, ...]:
        """The addresses of the first pages that are no sitemaps."""
        only_sitemap = self.sitemap and "start" not in self.model_fields_set
        return () if only_sitemap else tuple(path for path in self.start if path != FROM_ROBOTS)

    @property
    def sitemaps(self) -> tuple[str, ...]:
        """The addresses of sitemaps; robots.txt for those that it names."""
        return (*self.sitemap, *(("/robots.txt",) if FROM_ROBOTS in self.start else ()))


def check_selector(selector: str) -> None:
    """Check that a selector, CSS or XPath after `xpath:`, can be read.

    Raises:
        ValueError: says why not.
    """
    kind, _, path = selector.partition(":")
    try:
        if kind == "xpath":
            etree.XPath(path)
        else:
            HTMLTranslator().css_to_xpath(path if kind == "css" else selector)
    except (etree.XPathError, SelectorError) as error:
        wanted = "XPath" if kind == "xpath" else "CSS selector"
        raise ValueError(f"{selector!r} is no {wanted}: {error}") from None
