"""A crawl that starts from a sitemap."""

import gzip
from pathlib import Path
from typing import Any

import loopback
import pages
import pytest
from pages import COLUMNS, COUNT, FIELDS, product, script

from makeweight.core.errors import InputError
from makeweight.stages.ingest.crawl.sitemaps import Addresses, read_sitemap, sitemaps_of_robots
from makeweight.stages.ingest.raw import RawData

LIMIT = 100_000


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def urlset(*urls: str, tag: str = "url", root: str = "urlset") -> str:
    locations = (url.replace("&", "&amp;") for url in urls)
    inner = "".join(f"<{tag}><loc>\n{location} </loc><lastmod>2020-01-01</lastmod></{tag}>" for location in locations)
    space = "http://www.sitemaps.org/schemas/sitemap/0.9"
    return f'<?xml version="1.0" encoding="UTF-8"?><{root} xmlns="{space}">{inner}</{root}>'


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (urlset("http://a/1", "http://a/2?x=1&y=2").encode(), Addresses(("http://a/1", "http://a/2?x=1&y=2"))),
        (gzip.compress(urlset("http://a/1").encode(), mtime=0), Addresses(("http://a/1",))),
        (b"\xef\xbb\xbf" + urlset("http://a/1").encode(), Addresses(("http://a/1",))),
        (b"\n" + urlset("http://a/1").encode(), Addresses(("http://a/1",))),
        (urlset("/s1.xml", tag="sitemap", root="sitemapindex").encode(), Addresses(sitemaps=("/s1.xml",))),
        (b"http://a/1\nhttp://a/2\n", Addresses(("http://a/1", "http://a/2"))),
        (urlset().encode(), Addresses()),
        (b"<html><p>gone</html>", Addresses(fault="not a sitemap: XML with <html>")),
        (b"gone", Addresses(fault="not a sitemap: neither XML nor addresses")),
        (
            gzip.compress(bytes(2 * LIMIT), mtime=0),
            Addresses(fault=f"answer too big: more than {LIMIT} bytes when unpacked"),
        ),
        (gzip.compress(b"x", mtime=0)[:5], Addresses(fault="not a sitemap: neither XML nor addresses")),
    ],
)
def test_what_a_sitemap_lists(body: bytes, expected: Addresses) -> None:
    assert read_sitemap(body, LIMIT) == expected


def test_broken_files_are_named() -> None:
    assert (read_sitemap(b"\x1f\x8b no gzip", LIMIT).fault or "").startswith("not a sitemap: ")
    assert (read_sitemap(b"<", LIMIT).fault or "").startswith("not a sitemap: ")


def test_robots_names_the_sitemaps() -> None:
    robots = b"\xef\xbb\xbfSitemap: http://a/s.xml\nUser-agent: *\nsitemap: /t.xml\nSitemap: http://a/s.xml\n"
    assert sitemaps_of_robots(robots, "http://a").sitemaps == ("http://a/s.xml", "http://a/t.xml")
    assert sitemaps_of_robots(b"", "http://a").sitemaps == ("/sitemap.xml",)


def shop() -> dict[str, loopback.Page]:
    return pages.shop(lambda number: script(product(number))) | {"/about.html": "<h1>About us</h1>"}


def crawl(site: dict[str, loopback.Page], **source: Any) -> tuple[RawData, loopback.Loopback]:
    with loopback.serving(site) as server:
        for path, page in site.items():
            if isinstance(page, str):
                site[path] = page.replace("ORIGIN", server.origin)
        return loopback.crawl(server.origin, {"fields": FIELDS, **source}, COLUMNS), server


LISTED = [f"ORIGIN/p{number}.html" for number in range(COUNT)]


def test_every_address_with_the_fields_is_a_listing() -> None:
    site = shop() | {"/sitemap.xml": urlset(*LISTED, "ORIGIN/about.html", "http://elsewhere.example/p.html")}
    found, server = crawl(site, sitemap="/sitemap.xml")
    assert len(found.samples) == COUNT
    assert found.samples.table["image"].notna().all()
    assert len(found.failures) == 0
    assert found.excluded["rule"].tolist() == ["other host"]
    assert "1 addresses of the sitemap are no listings: " in found.notes[0]
    assert "about.html: no `sku` on the page" in found.notes[0]
    assert server.visits["/"] == 0, "without `start` the sitemap is the only start"
    assert found.counts["urls.seen"] == sum(found.counts[f"urls.{name}"] for name in ("fetched", "failed", "excluded"))


def test_an_index_of_compressed_sitemaps_that_robots_txt_names() -> None:
    half = COUNT // 2
    site = shop() | {
        "/robots.txt": "User-agent: *\nDisallow: /p3.html\nSitemap: ORIGIN/index.xml\n",
        "/index.xml": urlset("ORIGIN/one.xml", "ORIGIN/two.xml", "ORIGIN/gone.xml", tag="sitemap", root="sitemapindex"),
        "/one.xml": urlset(*LISTED[:half]),
        "/two.xml": urlset(*LISTED[half:]),
    }
    found, _ = crawl(site, start=["sitemap"])
    assert len(found.samples) == COUNT - 1
    assert found.excluded["rule"].tolist() == ["robots.txt"]
    assert found.failures[["kind", "reason"]].to_numpy().tolist() == [["sitemap", "status 404"]]


def test_without_a_line_in_robots_txt_the_usual_place_is_read() -> None:
    found, _ = crawl(shop() | {"/sitemap.xml": urlset(*LISTED)}, start=["sitemap"])
    assert len(found.samples) == COUNT


def test_patterns_say_which_addresses_are_listings() -> None:
    site = shop() | {"/sitemap.xml": urlset(*LISTED, "ORIGIN/p99.html", "ORIGIN/about.html")}
    found, server = crawl(site, sitemap="/sitemap.xml", sitemap_listings=[r"/p\d+\.html$"])
    assert len(found.samples) == COUNT
    assert found.failures["reason"].tolist() == ["status 404"]
    assert found.excluded["rule"].tolist() == ["sitemap_listings"]
    assert server.visits["/about.html"] == 0


def test_pages_of_a_sitemap_lead_to_listings() -> None:
    found, _ = crawl(shop() | {"/sitemap.xml": urlset("ORIGIN/")}, sitemap="/sitemap.xml", listings=["a.item"])
    assert len(found.samples) == COUNT


def test_a_sitemap_is_bounded() -> None:
    site = shop() | {"/sitemap.xml": urlset(*LISTED, *(f"ORIGIN/x{number}" for number in range(500)))}
    limits = loopback.LIMITS.model_copy(update={"max_urls": COUNT + 1})
    settings = loopback.SETTINGS.model_copy(update={"limits": limits})
    with loopback.serving(site) as server:
        site["/sitemap.xml"] = str(site["/sitemap.xml"]).replace("ORIGIN", server.origin)
        found = loopback.crawl(server.origin, {"fields": FIELDS, "sitemap": ["/sitemap.xml"]}, COLUMNS, settings)
    assert len(found.samples) == COUNT
    assert server.visits.total() <= 2 * COUNT + 3


def test_a_sitemap_without_listings_is_named() -> None:
    with pytest.raises(InputError, match=r"led to no usable listing on .*about.html: no `sku` on the page"):
        crawl(shop() | {"/sitemap.xml": urlset("ORIGIN/about.html")}, sitemap="/sitemap.xml")
    with pytest.raises(InputError, match=r"`source.sitemap` led to no usable listing on .*/sitemap.xml: status 404"):
        crawl(shop(), sitemap="/sitemap.xml")
