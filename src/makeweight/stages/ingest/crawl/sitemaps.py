"""What a sitemap, an index of sitemaps or a robots.txt lists."""

import re
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

from lxml import etree
from scrapy.utils.sitemap import Sitemap, sitemap_urls_from_robots

from makeweight.stages.ingest.crawl.robots import as_utf_8

GZIP_MAGIC = b"\x1f\x8b"
BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(frozen=True, slots=True)
class Addresses:
    """The addresses in a sitemap, in its order."""

    pages: tuple[str, ...] = ()
    sitemaps: tuple[str, ...] = ()
    fault: str | None = None
    """Why the file could not be read."""


def read_sitemap(body: bytes, max_bytes: int) -> Addresses:
    """Return the addresses in a sitemap or an index of sitemaps, in XML or one a line, also compressed.

    Args:
        body: the file.
        max_bytes: bound of its size when unpacked.
    """
    if body.startswith(GZIP_MAGIC):
        try:
            unpacker = zlib.decompressobj(wbits=31)
            body = unpacker.decompress(body, max_bytes)
        except zlib.error as error:
            return Addresses(fault=f"not a sitemap: {error}")
        if unpacker.unconsumed_tail:
            return Addresses(fault=f"answer too big: more than {max_bytes} bytes when unpacked")
    body = body.removeprefix(BYTE_ORDER_MARK).strip()
    if not body.startswith(b"<"):
        lines = body.decode("utf-8", errors="replace").split()
        pages = tuple(line for line in lines if re.match(r"https?://", line))
        return Addresses(pages) if pages else Addresses(fault="not a sitemap: neither XML nor addresses")
    try:
        sitemap = Sitemap(body)
        found = tuple(locations(sitemap))
    except (etree.XMLSyntaxError, StopIteration, ValueError) as error:
        return Addresses(fault=f"not a sitemap: {' '.join(str(error).split())}")
    if sitemap.type == "sitemapindex":
        return Addresses(sitemaps=found)
    if sitemap.type != "urlset":
        return Addresses(fault=f"not a sitemap: XML with <{sitemap.type}>")
    return Addresses(pages=found)


def locations(sitemap: Sitemap) -> Iterator[str]:
    """Yield the addresses in an XML sitemap."""
    yield from (entry["loc"] for entry in sitemap if entry.get("loc"))


def sitemaps_of_robots(body: bytes, origin: str) -> Addresses:
    """Return the sitemaps that a robots.txt names; /sitemap.xml if it names none."""
    named = tuple(dict.fromkeys(sitemap_urls_from_robots(as_utf_8(body), origin)))
    return Addresses(sitemaps=named or ("/sitemap.xml",))
