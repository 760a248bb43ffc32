"""Small decisions of the spider, each by itself."""

from pathlib import Path

import loopback
import pytest
from parsel import Selector
from scrapy.exceptions import IgnoreRequest
from scrapy.http import HtmlResponse, Request, Response
from twisted.python.failure import Failure

from makeweight.stages.ingest.crawl import discovery, middlewares, responses, robots, spider
from makeweight.stages.ingest.crawl.ledger import Entry, Ledger
from makeweight.stages.ingest.crawl.site import Site


def test_a_page_that_breaks_the_reader_is_a_named_failure(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    site = Site(site="http://a.example", start=("/x",), listings=("a",), fields={})
    crawler = spider.ListingSpider(site, loopback.LIMITS, ledger, None, "http://a.example")
    request = crawler.next_request()
    assert request is not None
    response = HtmlResponse("http://a.example/x", body=b"<p>", request=request)
    crawler.record_error(Failure(KeyError("no such thing")), response)
    assert list(ledger.select(("url", "state", "reason"), "1")) == [
        ("http://a.example/x", "failed", "not readable: KeyError: 'no such thing'")
    ]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (IgnoreRequest("max redirections reached"), "max redirections reached"),
        (ValueError("two\nlines"), "ValueError: two lines"),
        (OSError(), "OSError"),
        (None, "NoneType: None"),
    ],
)
def test_reasons_are_one_line(error: Exception | None, reason: str) -> None:
    assert responses.describe_error(error) == reason


@pytest.mark.parametrize(
    ("url", "host"),
    [
        ("http://A.example/x", "a.example"),
        ("https://a.example:443", "a.example"),
        ("http://me@a.example:8080/", "a.example:8080"),
        ("mailto:a@b", ""),
    ],
)
def test_host(url: str, host: str) -> None:
    assert responses.host_of(url) == host


@pytest.mark.parametrize(
    ("html", "base"),
    [
        ("<a>", "http://a.example/d/e"),
        ("<base href='/f/'><a>", "http://a.example/f/"),
        ("<base href='http://['><a>", "http://a.example/d/e"),
    ],
)
def test_base(html: str, base: str) -> None:
    assert responses.base_url(Selector(html), "http://a.example/d/e") == base


@pytest.mark.parametrize(
    ("header", "seconds"),
    [(b"7", 7.0), (b"", None), (None, None), (b"soon", None), (b"Wed, 21 Oct 2015 07:28:00 GMT", 0.0)],
)
def test_retry_after(header: bytes | None, seconds: float | None) -> None:
    assert middlewares.seconds_of(header) == seconds


RULES = b"User-agent: *\nDisallow: /x\n"


@pytest.mark.parametrize(
    ("status", "body", "rules", "fault"),
    [
        (200, RULES, RULES, None),
        (200, b"\xef\xbb\xbf" + RULES, RULES, None),
        (200, RULES.decode().encode("utf-16"), RULES, None),
        (200, b"", b"", None),
        (200, b"\n<!doctype html>\nUser-agent: *\nDisallow: /", b"", "it is a page"),
        (404, RULES, b"", None),
        (410, RULES, b"", None),
        (403, RULES, b"", "status 403"),
        (503, RULES, b"", "status 503"),
        (301, b"", b"", "status 301"),
    ],
)
def test_robots_txt(status: int, body: bytes, rules: bytes, fault: str | None) -> None:
    assert robots.rules_in(Response("http://a.example/robots.txt", status=status, body=body)) == (rules, fault)


@pytest.mark.parametrize(
    ("href", "url"),
    [
        ("\\p6.html", "http://a.example/p6.html"),
        ("\n /p.ht\nml\t", "http://a.example/p.html"),
        ("?a=\\x", "http://a.example/d/e?a=%5Cx"),
        ("//b.example/x y", "http://b.example/x%20y"),
        ("/caf\u00e9#top", "http://a.example/caf%C3%A9"),
        ("http://[", None),
    ],
)
def test_links_as_pages_write_them(href: str, url: str | None) -> None:
    assert responses.absolute_url("http://a.example/d/e", href.strip()) == url


@pytest.mark.parametrize(
    ("html", "canonical", "languages"),
    [
        ("<link rel=canonical href='/a'>", "http://a.example/a", None),
        ("<link rel='canonical nofollow' href=' b '>", "http://a.example/d/b", None),
        ("<link rel=canonical href=''>", None, None),
        (
            "<link rel=alternate hreflang=de href=/de><link rel=alternate hreflang=en href=e><link rel=next href=a>",
            None,
            "http://a.example/d/e",
        ),
    ],
)
def test_what_a_page_calls_itself(html: str, canonical: str | None, languages: str | None) -> None:
    page = Selector(f"<html><head>{html}</head></html>", type="html")
    assert responses.canonical_url(page, "http://a.example/d/e") == canonical
    assert responses.first_of_languages(page, "http://a.example/d/e") == languages


def test_a_picture_comes_before_a_drawing(tmp_path: Path) -> None:
    site = Site(site="http://a.example", listings=("a",), fields={})
    found = discovery.Discovery(site, loopback.LIMITS, Ledger(tmp_path / "ledger.sqlite"), "http://a.example")
    assert found.choose_picture("http://a.example/", ["data:x", "/a.SVG?1", "/b.png"]) == "http://a.example/b.png"
    assert found.choose_picture("http://a.example/", ["/a.svg"]) == "http://a.example/a.svg"
    assert found.choose_picture("http://a.example/", []) is None


@pytest.mark.parametrize(
    ("body", "fault"),
    [
        (b"\x89PNG", None),
        (b"\x00\x00\x01\x00\x01", None),
        (b"P6\n32 32", None),
        (b"<?xml version='1.0'?><!-- a --><svg>", "an SVG drawing, which is not read"),
        (b"\n<SVG>", "an SVG drawing, which is not read"),
        (b"<html>", "not a picture: no content type that begins <html>"),
    ],
)
def test_the_first_bytes_of_a_picture(body: bytes, fault: str | None) -> None:
    assert responses.picture_fault(Response("http://a.example/", body=body)) == fault


def test_a_redirect_is_judged_like_a_link(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    site = Site(site="http://a.example", listings=("a",), fields={}, allowed_hosts=("cdn.example",), deny=("/private",))
    crawler = spider.ListingSpider(site, loopback.LIMITS, ledger, None, "http://a.example")
    assert crawler.discovery.excluding_rule("https://a.example/x") is None
    assert crawler.discovery.excluding_rule("http://cdn.example/x") is None
    assert crawler.discovery.excluding_rule("http://b.example/x") == "other host"
    assert crawler.discovery.excluding_rule("file:///etc/passwd") == "scheme"
    assert crawler.discovery.excluding_rule("http://a.example/private/x") == "deny"
    entry = Entry("http://a.example/", "page")
    crawler.exclude_redirect(Request("http://b.example/", meta={"entry": entry}), "other host")
    assert list(ledger.select(("state", "reason"), "1")) == [("excluded", "redirect: other host")]
