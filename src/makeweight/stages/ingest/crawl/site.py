"""What a card says about a site: where to start, which links to follow, where each field stands."""

import re
from typing import Literal

from pydantic import field_validator

from makeweight.core.params import Section

Kind = Literal["page", "listing", "picture"]
"""What a URL is fetched for: its links, its fields, its bytes."""


class RateLimit(Section):
    """How fast one site may be asked; a card may set its own where the site bears more or less than usual."""

    concurrent_requests: int
    """Requests under way at a time."""
    delay_seconds: float
    """Seconds between two requests to a host."""
    autothrottle: bool
    """Whether to slow down as the site answers slower (Scrapy's AutoThrottle)."""


class Limits(Section):
    """The bounds within which every crawl ends, whatever the site does."""

    timeout_seconds: float
    """Seconds for one answer, from the request to its last byte."""
    max_retries: int
    backoff_seconds: float
    """Seconds before the first retry; doubled for each further one. A server's Retry-After counts instead."""
    max_backoff_seconds: float
    max_redirects: int
    max_urls: int
    max_depth: int
    """Links from a start page."""
    max_pages_without_new_listings: int
    """Pages in a row that show no listings, or just those of the page before, until the chain of pages is given up."""
    max_page_bytes: int
    max_picture_bytes: int


class Site(Section):
    """One site. A selector is CSS, or XPath after `xpath:`."""

    site: str
    """`shop` for the built-in one, else scheme and host such as https://shop.example."""
    start: tuple[str, ...] = ("/",)
    follow: tuple[str, ...] = ()
    """Links to pages that lead to listings: categories, numbered pages, next."""
    listings: tuple[str, ...]
    """Links to listings."""
    fields: dict[str, str]
    """Column -> where it stands: `schema:offers.price` (schema.org JSON-LD or microdata), `css:...`, `xpath:...` or
    `constant:EUR`."""
    schema_type: str = "Product"
    """The schema.org type that `schema:` reads."""
    allowed_hosts: tuple[str, ...] = ()
    """Other hosts that may be asked, such as the one where the pictures lie."""
    deny: tuple[str, ...] = ()
    """Regular expressions of URLs never to fetch."""
    decimal: Literal[".", ","] | None = None
    """How the site writes decimals; where given, the numeric columns lose thousands marks and get a point."""
    cookies: bool = False
    rate_limit: RateLimit | None = None

    @field_validator("site")
    @classmethod
    def check_site(cls, value: str) -> str:
        """The shop, or an origin without a path."""
        if value != "shop" and not re.fullmatch(r"https?://[^/\s]+", value):
            raise ValueError("right would be `shop`, or scheme and host without a path, as in https://shop.example")
        return value

    @field_validator("fields")
    @classmethod
    def check_fields(cls, value: dict[str, str]) -> dict[str, str]:
        """Every place is of a known kind."""
        for column, place in value.items():
            if place.partition(":")[0] not in ("schema", "css", "xpath", "constant"):
                raise ValueError(f"`{column}` must begin with schema:, css:, xpath: or constant:")
        return value

    @field_validator("deny")
    @classmethod
    def check_deny(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        """Every pattern compiles."""
        for pattern in value:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"{pattern!r} is no regular expression: {error}") from None
        return value
