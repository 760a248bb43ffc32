"""The text of a page is read in the encoding that it has, and told where that is not the one it declares."""

import gzip

import pytest
from scrapy.http import HtmlResponse, Response, TextResponse

from makeweight.stages.ingest.crawl.page_text import parse_page

WORDS = "Café Österreich “q” – €"
META = "<meta charset={}>"


def answer(body: bytes, content_type: str = "text/html") -> Response:
    kind = HtmlResponse if "html" in content_type else TextResponse if content_type.startswith("text") else Response
    return kind("http://a.example/", body=body, headers={"Content-Type": content_type})


def page(charset: str = "") -> str:
    return f"<html><head>{META.format(charset) if charset else ''}</head><h1>{WORDS}</h1></html>"


@pytest.mark.parametrize(
    ("body", "charset", "fault"),
    [
        (page().encode("cp1252"), "", None),
        (page().encode("cp1252"), "iso-8859-1", None),
        (page("windows-1252").encode("cp1252"), "", None),
        (page().encode("utf-8"), "", None),
        (page().encode("utf-16"), "", None),
        (b"\xef\xbb\xbf" + page().encode("utf-8"), "iso-8859-1", None),
        (page().encode("cp1252"), "utf-8", "its text is not all utf-8, as the page says"),
        (page("windows-1252").encode("cp1252"), "utf-8", "its text is cp1252, though the server says utf-8"),
        (page().encode("utf-8"), "iso-8859-1", "its text is UTF-8, though not by its declaration (cp1252)"),
        (page("windows-1252").encode("utf-8"), "", "its text is UTF-8, though not by its declaration (cp1252)"),
        (page().encode("utf-8") + "é".encode("latin-1"), "utf-8", "its text is not all utf-8, as the page says"),
        (page().encode("utf-8") + "é".encode("latin-1"), "", "its text is UTF-8, though not by its declaration"),
    ],
)
def test_the_text_is_right_or_told(body: bytes, charset: str, fault: str | None) -> None:
    read = parse_page(answer(body, f"text/html; charset={charset}" if charset else "text/html"))
    assert read.selector is not None
    assert read.selector.xpath("string(//h1)").get() == WORDS
    assert (read.fault or "").startswith(fault or "")
    assert (read.fault is None) == (fault is None)


def test_a_character_of_replacement_that_a_page_holds_is_no_fault() -> None:
    assert parse_page(answer("<h1>a \ufffd</h1>".encode(), "text/html; charset=utf-8")).fault is None


def test_characters_that_are_lost_are_counted() -> None:
    read = parse_page(answer("<h1>日本</h1>".encode("shift_jis") + b"\xfc\xfc", "text/html; charset=shift_jis"))
    assert read.fault is not None
    assert "is not all cp932, as the page says" in read.fault


@pytest.mark.parametrize(
    ("body", "content_type", "fault"),
    [
        (gzip.compress(b"<h1>a</h1>", mtime=0), "text/html", "not a page: compressed, without a header that says so"),
        (b"%PDF-1.4 x", "text/html", "not a page: a PDF file"),
        (b'{"a": 1}', "application/json", "not a page: application/json"),
        (b"\x89PNG", "image/png", "not a page: no text in it"),
    ],
)
def test_what_is_no_page(body: bytes, content_type: str, fault: str) -> None:
    read = parse_page(answer(body, content_type))
    assert (read.selector, read.fault) == (None, fault)


@pytest.mark.parametrize("start", ["<?xml version='1.0'?><html xmlns='http://www.w3.org/1999/xhtml'>", "", "{x} "])
@pytest.mark.parametrize("content_type", ["application/xhtml+xml", "text/html", "text/plain"])
def test_every_page_is_parsed_as_html(start: str, content_type: str) -> None:
    read = parse_page(answer(f"{start}<h1>a</h1>".encode(), content_type))
    if content_type != "application/xhtml+xml" or start[:1] == "<":
        assert read.selector is not None
        assert read.selector.xpath("string(//h1)").get() == "a"
