"""What a card says about a site: where to start, which links to follow, where each field is on a page."""

import re
from typing import Literal

from pydantic import field_validator

from makeweight.core.params import Section

Kind = Literal["page", "listing", "picture"]
"""What a URL is fetched for: its links, its fields, its bytes."""


class RateLimit(Section):
    """How fast one site may be crawled; a card may set its own limit."""

    concurrent_requests: int
    """Requests in progress at a time (Scrapy's CONCURRENT_REQUESTS)."""
    delay_seconds: float
    """Time between two requests to a host (Scrapy's DOWNLOAD_DELAY)."""
    autothrottle: bool
    """Whether to slow down when the site responds more slowly (Scrapy's AutoThrottle)."""


class Limits(Section):
    """Bounds that end every crawl, whatever the site does."""

    timeout_seconds: float
    """Time for one response, from the request to its last byte."""
    max_retries: int
    backoff_seconds: float
    """Pause before the first retry, doubled for each further one; a server's Retry-After replaces it."""
    max_backoff_seconds: float
    max_redirects: int
    max_urls: int
    max_depth: int
    """Links from a start page."""
    max_pages_without_new_listings: int
    """Pages in a row without listings, or with only those of the page before, after which links are not followed."""
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
    """Column -> where it is on a page: `schema:offers.price` (schema.org JSON-LD or microdata), `css:...`, `xpath:...`
    or `constant:EUR`."""
    schema_type: str = "Product"
    """The schema.org type that `schema:` reads."""
    allowed_hosts: tuple[str, ...] = ()
    """Other hosts that may be crawled, such as the one that serves the pictures."""
    deny: tuple[str, ...] = ()
    """Regular expressions of URLs never to fetch."""
    decimal: Literal[".", ","] | None = None
    """The site's decimal separator; where given, numeric columns are rewritten with a point and without thousands."""
    cookies: bool = False
    rate_limit: RateLimit | None = None

    @field_validator("site")
    @classmethod
    def check_site(cls, value: str) -> str:
        """Accept `shop` or an origin without a path."""
        if value != "shop" and not re.fullmatch(r"https?://[^/\s]+", value):
            raise ValueError("right would be `shop`, or scheme and host without a path, as in https://shop.example")
        return value

    @field_validator("fields")
    @classmethod
    def check_fields(cls, value: dict[str, str]) -> dict[str, str]:
        """Accept only known kinds of locators."""
        for column, locator in value.items():
            if locator.partition(":")[0] not in ("schema", "css", "xpath", "constant"):
                raise ValueError(f"`{column}` must begin with schema:, css:, xpath: or constant:")
        return value

    @field_validator("deny")
    @classmethod
    def check_deny(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        """Accept only patterns that compile."""
        for pattern in value:
            try:
                re.compile(pattern)
            except re.error as error:
                raise ValueError(f"{pattern!r} is no regular expression: {error}") from None
        return value
