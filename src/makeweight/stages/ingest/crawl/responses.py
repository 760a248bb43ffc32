"""What is read from URLs, responses and errors without regard to the crawl."""

import hashlib
import re
from functools import lru_cache
from typing import Any
from urllib.parse import SplitResult, urljoin, urlsplit

from parsel import Selector
from scrapy.http import Response
from w3lib.url import safe_url_string

NETPBM = tuple(f"P{number}{space}".encode() for number in range(1, 7) for space in "\n ")
PICTURE_SIGNATURES = (
    *(b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"BM", b"II*\x00", b"MM\x00*"),
    *(b"\x00\x00\x00", b"\x00\x00\x01\x00", *NETPBM),
)
"""First bytes of PNG, JPEG, GIF, WebP, BMP, TIFF, of AVIF and related formats, of icons and of Netpbm's formats."""

PLAIN_WORDS = {
    "DownloadCancelledError": "answer too big",
    "DownloadFailedError": "no answer",
    "DownloadTimeoutError": "no whole answer in time",
    "DownloadConnectionRefusedError": "no answer",
    "CannotResolveHostError": "no such host",
    "IgnoreRequest": "",
    "ResponseDataLossError": "answer cut short",
}
"""Scrapy's errors in plain words."""

CAUSE = re.compile(r"failure\.Failure (?:[\w.]+\.)?(\w+: .*)>\]")
"""The cause that Twisted wraps in the text of an error."""

MAX_REASON_LENGTH = 300


def absolute_url(base: str, href: str) -> str | None:
    """Return a link as an absolute URL without its fragment, or None if it is not a valid one.

    A backslash before the query is a slash, as browsers have it.
    """
    try:
        path, mark, query = href.partition("?")
        return requested_url(urljoin(base, path.replace("\\", "/") + mark + query))
    except ValueError:
        return None


@lru_cache(maxsize=256)
def requested_url(url: str) -> str:
    """Return an absolute URL as it is asked for; kept for some time, because pages repeat each other's links.

    Raises:
        ValueError: the URL has no readable host or port.
    """
    requested = safe_url_string(url).partition("#")[0]
    host_of(requested)
    return requested


def host_of(url: str) -> str:
    """Return the host in lower case, with its port unless that is the scheme's default.

    Raises:
        ValueError: the URL has no readable host or port.
    """
    parts = urlsplit(url)
    return host_at(parts.scheme, parts.netloc)


@lru_cache(maxsize=1024)
def host_at(scheme: str, netloc: str) -> str:
    """Return the host of a URL with this scheme and this part between `//` and the path; raises as `host_of`."""
    parts = SplitResult(scheme, netloc, "", "", "")
    default = {"http": 80, "https": 443}.get(scheme)
    return (parts.hostname or "") + (f":{parts.port}" if parts.port not in (None, default) else "")


def base_url(page: Selector, url: str) -> str:
    """Return the URL to which relative links on a page refer."""
    declared = page.xpath("/html/head/base/@href").get()
    return (absolute_url(url, declared) if declared else None) or url


def canonical_url(page: Selector, base: str) -> str | None:
    """Return the address that a page names as its own, or None."""
    href = page.xpath("//link[contains(concat(' ', normalize-space(@rel), ' '), ' canonical ')]/@href").get()
    return absolute_url(base, href.strip()) if href and href.strip() else None


def first_of_languages(page: Selector, base: str) -> str | None:
    """Return the first, by the alphabet, of the addresses that a page has in several languages; None without them."""
    hrefs = page.xpath("//link[@hreflang and contains(@rel, 'alternate')]/@href").getall()
    return min((url for href in hrefs if (url := absolute_url(base, href.strip()))), default=None)


def provenance(response: Response) -> dict[str, Any]:
    """Return the ledger's columns about any response: `status`, `final_url`, `sha256`."""
    return {
        "status": response.status,
        "final_url": response.url,
        "sha256": hashlib.sha256(response.body).hexdigest(),
    }


def picture_fault(response: Response) -> str | None:
    """Return why the body is not a picture, or None if it starts like one."""
    if response.body.startswith(PICTURE_SIGNATURES):
        return None
    start = response.body[:1000].lstrip()
    if b"<svg" in start.lower() and start.startswith(b"<"):
        return "an SVG drawing, which is not read"
    content_type = (response.headers.get(b"Content-Type") or b"no content type").decode("latin-1")
    begins = response.body[:12].decode("latin-1").encode("unicode_escape").decode()
    return f"not a picture: {content_type} that begins {begins}"


def describe_error(error: BaseException | None) -> str:
    """Return why there was no response, in one line."""
    name = type(error).__name__
    text = " ".join(str(error).split())
    cause = CAUSE.search(text)
    reason = ": ".join(part for part in (PLAIN_WORDS.get(name, name), cause[1] if cause else text) if part)
    return reason[:MAX_REASON_LENGTH]
