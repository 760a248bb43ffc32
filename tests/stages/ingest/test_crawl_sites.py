"""Sites of different markup are described in a card of at most 30 lines, and their listings become a table."""

from pathlib import Path
from typing import Any

import loopback
import pytest
from ruamel.yaml import YAML

from makeweight.core.errors import InputError
from makeweight.stages.ingest.crawl.site import Site

PNG = b"\x89PNG\r\n\x1a\n rest"

BOOKSHOP = """
source:
  kind: crawl
  site: ORIGIN
  start: [/shelves.html]
  follow: ['div.shelf > a', 'a[rel=next]']
  listings: ['h3 a']
  fields:
    title: css:h1::text
    shelf: css:div.where a::text
    price: xpath://td[.='Price']/following-sibling::td/text()
    currency: constant:EUR
    pages: css:td.pages::text
    cover: css:img.cover::attr(src)
  decimal: ','
  deny: ['/basket']
columns:
  label: shelf
  image: cover
  text: [title]
  numeric: [price, pages]
  money: {price: currency}
"""

TOYSHOP = """
source:
  kind: crawl
  site: ORIGIN
  start: [/index.php?room=1, /index.php?room=2]
  follow: ["xpath://a[contains(@href, 'page=')]"]
  listings: ["xpath://li/a"]
  fields:
    number: schema:sku
    kind: schema:category
    name: schema:name
    price: schema:offers.price
    currency: schema:offers.priceCurrency
    maker: schema:brand
    picture: schema:image
columns:
  id: number
  label: kind
  group: maker
  image: picture
  text: [name]
  numeric: [price]
  money: {price: currency}
"""


def bookshop() -> dict[str, loopback.Page]:
    pages: dict[str, loopback.Page] = {
        "/shelves.html": "<div class=shelf><a href='shelf/sea.html'>Sea</a><a href='/shelf/air.html'>Air</a></div>"
    }
    for shelf, count in (("sea", 5), ("air", 2)):
        for first in range(0, count, 2):
            books = range(first, min(first + 2, count))
            more = f"<a rel=next href='{shelf}{first + 2}.html'>more</a>" if first + 2 < count else ""
            links = "".join(f"<h3><a href='../b/{shelf}-{book}.html?from=shelf#top'>x</a></h3>" for book in books)
            pages[f"/shelf/{shelf}{first or ''}.html"] = links + more + "<h3><a href='/basket?add=1'>buy</a></h3>"
        for book in range(count):
            pages[f"/b/{shelf}-{book}.html?from=shelf"] = (
                f"<div class=where><a href=x>{shelf}</a></div><h1>\n Book {book} of {shelf} </h1>"
                f"<img class=cover src='../c/{shelf}{book}.png'>"
                f"<table><tr><td>Price</td><td>1.{book}00,5{book} €</td></tr>"
                f"<tr><td class=pages>2.00{book}</td></tr></table>"
            )
            pages[f"/c/{shelf}{book}.png"] = PNG + f"{shelf}{book}".encode()
    return pages


def toyshop() -> dict[str, loopback.Page]:
    def toy(number: int, kind: str) -> str:
        return (
            f"<div itemscope itemtype='https://schema.org/Product'><b itemprop=name>Toy {number}</b>"
            f"<meta itemprop=sku content=T{number}><meta itemprop=category content={kind}>"
            f"<div itemprop=brand itemscope itemtype='https://schema.org/Brand'>"
            f"<i itemprop=name>Maker {number % 2}</i></div>"
            f"<img itemprop=image src=/p/{number}><div itemprop=offers itemscope itemtype='https://schema.org/Offer'>"
            f"<meta itemprop=price content={number}.50><meta itemprop=priceCurrency content=USD></div></div>"
        )

    pages: dict[str, loopback.Page] = {
        "/index.php?room=1": "<li><a href='/t?1'>1</a><li><a href='/t?2'>2</a><p><a href='?room=1&page=2'>2</a>",
        "/index.php?room=1&page=2": "<li><a href='/t?3'>3</a>",
        "/index.php?room=2": "<li><a href='/t?4'>4</a>",
    }
    for number, kind in ((1, "doll"), (2, "doll"), (3, "doll"), (4, "car")):
        pages[f"/t?{number}"] = toy(number, kind)
        pages[f"/p/{number}"] = PNG + str(number).encode()
    return pages


def crawl(text: str, origin: str) -> Any:
    assert len(text.strip().splitlines()) <= 30
    content = YAML(typ="safe").load(text.replace("ORIGIN", origin))
    source = {key: value for key, value in content["source"].items() if key not in ("kind", "site")}
    return loopback.crawl(origin, source, content["columns"])


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_a_bookshop_in_html_only(here: Path) -> None:
    with loopback.serving(bookshop()) as server:
        found = crawl(BOOKSHOP, server.origin)
        visits = server.visits
        origin = server.origin
    table = found.samples.table
    assert table["title"].tolist() == ["Book 0 of air", "Book 1 of air", *(f"Book {n} of sea" for n in range(5))]
    assert table["label"].tolist() == ["air"] * 2 + ["sea"] * 5
    assert table["price"].tolist() == ["1.000,50 €", "1.100,51 €", *(f"1.{n}00,5{n} €" for n in range(5))]
    assert table["pages"].tolist() == ["2.000", "2.001", *(f"2.00{n}" for n in range(5))]
    assert table["image"].tolist() == [PNG + name.encode() for name in ("air0", "air1", *(f"sea{n}" for n in range(5)))]
    assert table["id"].tolist()[0] == f"{origin}/b/air-0.html?from=shelf"
    assert found.excluded.to_dict("records") == [{"url": f"{origin}/basket?add=1", "kind": "listing", "rule": "deny"}]
    assert found.counts["urls.seen"] == 1 + 2 + 2 + 7 + 7 + 1
    assert all(count == 1 for count in visits.values())
    assert "/basket?add=1" not in visits
    assert found.scratch is not None and found.scratch.parent == Path(".scratch/ingest"), (
        "kept until a table is written"
    )
    assert {path.name for path in found.scratch.parent.iterdir()} == {"fetched_at.csv", found.scratch.name}
    times = (here / ".scratch" / "ingest" / "fetched_at.csv").read_text().splitlines()
    assert len(times) == 1 + found.counts["urls.fetched"]


def test_a_toyshop_in_microdata() -> None:
    with loopback.serving(toyshop()) as server:
        found = crawl(TOYSHOP, server.origin)
    table = found.samples.table
    assert table["id"].tolist() == ["T1", "T2", "T3", "T4"]
    assert table["label"].tolist() == ["doll", "doll", "doll", "car"]
    assert table["group"].tolist() == ["Maker 1", "Maker 0", "Maker 1", "Maker 0"]
    assert table["price"].tolist() == ["1.50", "2.50", "3.50", "4.50"]
    assert table["image"].tolist() == [PNG + number for number in (b"1", b"2", b"3", b"4")]
    assert found.provenance["id"].tolist() == ["T1", "T1", "T2", "T2", "T3", "T3", "T4", "T4"]
    assert set(found.provenance["status"]) == {200}
    assert len(found.failures) == 0


def test_every_request_goes_through_the_proxy() -> None:
    with loopback.serving({f"http://toys.example{path}": page for path, page in toyshop().items()}) as proxy:
        settings = loopback.SETTINGS.model_copy(update={"proxy": proxy.origin})
        content = YAML(typ="safe").load(TOYSHOP)
        source = {key: value for key, value in content["source"].items() if key not in ("kind", "site")}
        found = loopback.crawl("http://toys.example", source, content["columns"], settings)
    assert len(found.samples) == 4
    assert proxy.visits["http://toys.example/robots.txt"] == 1


def test_robots_txt_holds_for_every_request_from_the_first_on() -> None:
    """Many URLs are requested before the rules are known; none may pass."""
    pages: dict[str, loopback.Page] = {f"/secret/{number}": "<li><a href='/t?1'>1</a>" for number in range(12)}
    content = YAML(typ="safe").load(TOYSHOP)
    source = {key: value for key, value in content["source"].items() if key not in ("kind", "site")}
    source["start"] = [*pages, *source["start"]]
    rules = {"/robots.txt": "User-agent: *\nDisallow: /secret/\n"}
    with loopback.serving({**pages, **toyshop(), **rules}) as server:
        found = loopback.crawl(server.origin, source, content["columns"])
        visits = server.visits
    assert len(found.samples) == 4
    assert not any(path.startswith("/secret/") for path in visits)
    assert (found.excluded["rule"] == "robots.txt").sum() == 12


def test_the_cache_answers_the_second_crawl(here: Path) -> None:
    settings = loopback.SETTINGS.model_copy(update={"http_cache": True})
    content = YAML(typ="safe").load(TOYSHOP)
    source = {key: value for key, value in content["source"].items() if key not in ("kind", "site")}
    with loopback.serving(toyshop()) as server:
        first = loopback.crawl(server.origin, source, content["columns"], settings)
        asked = server.visits.total()
        second = loopback.crawl(server.origin, source, content["columns"], settings)
        assert server.visits.total() == asked
    assert first.samples.table.equals(second.samples.table)
    assert (here / ".scratch" / "http_cache").is_dir()


def test_cookies_where_the_card_says_so() -> None:
    def wall(visit: loopback.Visit) -> None:
        if any(header.lower().startswith(b"cookie:") for header in visit.headers):
            visit.send("<b>1</b><i>kind</i>")
        else:
            visit.send("", "302 Again", "text/html", "Location: /l", "Set-Cookie: seen=1")

    site = {"listings": ["a"], "fields": {"id": "css:b::text", "label": "css:i::text"}, "cookies": True}
    with loopback.serving({"/": "<a href=/l>x</a>", "/l": wall}) as server:
        found = loopback.crawl(server.origin, site, {"id": "id", "label": "label"})
    assert found.samples.table["id"].tolist() == ["1"]


def test_a_site_without_listings_is_a_mistake_in_the_card() -> None:
    with (
        loopback.serving({"/shelves.html": "<p>closed</p>"}) as server,
        pytest.raises(InputError, match=r"datasets/x.yaml: `source.listings` led to no usable listing on http"),
    ):
        crawl(BOOKSHOP, server.origin)


def test_a_site_that_is_down_is_reported_with_its_reason(here: Path) -> None:
    with loopback.serving({}) as server:
        origin = server.origin
    with pytest.raises(InputError, match=r"/shelves.html: .*[Cc]onnection"):
        crawl(BOOKSHOP, origin)
    assert not list((here / ".scratch").rglob("ledger.sqlite")), "the next try must fetch again"


def test_a_column_that_is_no_field() -> None:
    with pytest.raises(InputError, match=r"`columns.text` names 'titel', but `source.fields` has only title"):
        crawl(BOOKSHOP.replace("text: [title]", "text: [titel]"), "http://127.0.0.1:9")


@pytest.mark.parametrize(
    ("field", "value"),
    [("site", "example.org"), ("fields", {"a": "jquery:b"}), ("deny", ["["]), ("decimal", ";")],
)
def test_a_wrong_field_of_a_site(field: str, value: Any) -> None:
    right = {"site": "http://a.example", "listings": ["a"], "fields": {}}
    assert Site(**right)
    with pytest.raises(ValueError, match=field):
        Site(**{**right, field: value})
