"""Small decisions of the spider, each by itself."""

from pathlib import Path

import loopback
import pytest
from parsel import Selector
from scrapy.exceptions import IgnoreRequest
from scrapy.http import HtmlResponse, Request
from twisted.python.failure import Failure

from makeweight.stages.ingest.crawl import middlewares, responses, spider
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


def test_a_redirect_is_judged_like_a_link(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.sqlite")
    site = Site(site="http://a.example", listings=("a",), fields={}, allowed_hosts=("cdn.example",), deny=("/private",))
    crawler = spider.ListingSpider(site, loopback.LIMITS, ledger, None, "http://a.example")
    assert crawler.excluding_rule("https://a.example/x") is None
    assert crawler.excluding_rule("http://cdn.example/x") is None
    assert crawler.excluding_rule("http://b.example/x") == "other host"
    assert crawler.excluding_rule("file:///etc/passwd") == "scheme"
    assert crawler.excluding_rule("http://a.example/private/x") == "deny"
    entry = Entry("http://a.example/", "page")
    crawler.exclude_redirect(Request("http://b.example/", meta={"entry": entry}), "other host")
    assert list(ledger.select(("state", "reason"), "1")) == [("excluded", "redirect: other host")]
