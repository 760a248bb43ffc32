"""Odd encodings, broken markup, cut compression, a giant robots.txt: the page is kept, or its loss is told."""

import gzip
from collections.abc import Callable
from pathlib import Path

import loopback
import pytest
from loopback import Visit

from makeweight.data.values import amounts
from makeweight.stages.ingest.crawl.compression import is_cut
from makeweight.stages.ingest.raw import RawData

CARD = {
    "start": ["/"],
    "listings": ["a.l"],
    "fields": {"id": "css:b::text", "label": "css:i::text", "price": "schema:price"},
}
COLUMNS = {"id": "id", "label": "label"}
CHARSETS = (
    "hex",
    "zlib",
    "bz2",
    "base64",
    "rot13",
    "idna",
    "punycode",
    "undefined",
    "mbcs",
    "utf-16",
    "utf-32",
    "x-no",
)


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def good(name: str) -> str:
    return f"<b>{name}</b><i>kind</i>"


def answer(body: bytes | str, kind: str = "text/html", *headers: str) -> Callable[[Visit], None]:
    return lambda visit: visit.send(body, "200 OK", kind, *headers)


def crawl(pages: dict[str, loopback.Page], robots: loopback.Page | None = None) -> tuple[RawData, dict[str, str]]:
    """What a shop of these listings gives, and the reason of each failure by path."""
    links = "".join(f"<a class=l href='/{name}'>x</a>" for name in pages)
    site = {"/": links, **{f"/{name}": page for name, page in pages.items()}}
    with loopback.serving(site | ({"/robots.txt": robots} if robots else {})) as server:
        found = loopback.crawl(server.origin, CARD, COLUMNS)
        reasons = dict(zip(found.failures["url"], found.failures["reason"], strict=True))
        return found, {url.removeprefix(server.origin): reason for url, reason in reasons.items()}


def ids(found: RawData) -> set[str]:
    return set(found.samples.table["id"])


def test_a_page_in_an_encoding_that_is_none_is_kept() -> None:
    pages: dict[str, loopback.Page] = {}
    for charset in CHARSETS:
        pages[f"header-{charset}"] = answer(good(f"caf\u00e9 header-{charset}"), f"text/html; charset={charset}")
        pages[f"meta-{charset}"] = answer(f"<meta charset={charset}>" + good(f"caf\u00e9 meta-{charset}"))
    found, failures = crawl(pages)
    assert not failures
    assert ids(found) == {f"caf\u00e9 {name}" for name in pages}
    assert any("it is read as UTF-8" in note for note in found.notes)


def test_broken_markup_and_lone_surrogates_cost_nothing_but_themselves() -> None:
    product = "<div itemscope itemtype='http://schema.org/Product'>"
    broken = {
        "address": f"{product}<a itemprop=url href='http://[::1/x'>a</a></div>",
        "reference": f"{product.replace('>', ' itemref=r>')}<i id=r itemprop=b itemscope itemref=r></i></div>",
        "rdfa": "<div typeof='x:Product' prefix=':: http://[' about='http://[x'><a property='y:url' href='http://['>",
        "surrogate": '<script type="application/ld+json">{"@type": "Product", "price": "\\ud800"}</script>',
        "reference-surrogate": "&#xd800;<img src='/&#xdfff;.png'>",
    }
    found, failures = crawl({name: good(name) + body for name, body in broken.items()})
    assert not failures and ids(found) == set(broken)
    assert any("its microdata cannot be read" in note for note in found.notes), found.notes


def test_cut_and_unknown_compression_are_told() -> None:
    whole = gzip.compress((good("whole") + "x" * 50_000).encode())
    cut = gzip.compress((good("cut") + "".join(map(str, range(50_000)))).encode())
    header = "Content-Encoding: gzip"
    found, failures = crawl(
        {
            "whole": answer(whole, "text/html", header),
            "cut": answer(cut[: len(cut) // 2], "text/html", header),
            "no-end": answer(gzip.compress(good("no-end").encode())[:-4], "text/html", header),
            "strange": answer(b"\x01\x02strange", "text/html", "Content-Encoding: strange"),
        }
    )
    assert ids(found) == {"whole", "cut", "no-end"}
    assert failures == {"/strange": "not a page: compressed as strange, which is not read here"}
    (note,) = [note for note in found.notes if "cut short" in note]
    assert note.startswith("the text of 2 listings is not written as their pages say:"), note
    assert is_cut(whole[:-1]) and not is_cut(whole) and not is_cut(b"no gzip") and not is_cut(b"")


def test_a_giant_robots_txt_is_bounded_and_told(capfd: pytest.CaptureFixture[str]) -> None:
    sent: list[int] = []

    def giant(visit: Visit) -> None:
        visit.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\nUser-agent: *\n")
        for _ in range(1000):
            visit.wfile.write(b"Disallow: /x\n" * 80_000)
            sent.append(1)

    found, failures = crawl({"a": good("a")}, giant)
    assert ids(found) == {"a"} and not failures
    assert "holds no rules (answer too big" in capfd.readouterr().err
    assert len(sent) < 100, "megabytes; the connection is closed at the bound"


@pytest.mark.parametrize(
    ("text", "number"), [("12\u00b2", None), ("12\u00bd", None), ("7\u2076", None), ("12 m\u00b2", 12.0)]
)
def test_a_power_or_a_fraction_is_no_whole_number(text: str, number: float | None) -> None:
    assert amounts.parse_number(text, True) == number
    assert amounts.parse_number(text) == number
