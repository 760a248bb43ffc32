"""Every example of a site's card in the documentation is run against a shop."""

import importlib.util
import re
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import loopback
import pages
import pytest
from pages import script
from ruamel.yaml import YAML

from makeweight.data.card import Card
from makeweight.stages.ingest.crawl.site import Site
from makeweight.stages.ingest.raw import RawData

PAGE = Path(__file__).parents[3] / "docs" / "your-data.md"
SECTION = re.search(r"^## A site$(.*?)^## ", PAGE.read_text(encoding="utf-8"), flags=re.MULTILINE | re.DOTALL)
assert SECTION is not None
BLOCKS: list[dict[str, Any]] = [
    YAML(typ="safe").load(block) for block in re.findall(r"^```yaml$(.*?)^```$", SECTION[1], re.MULTILINE | re.DOTALL)
]
CARD, *FRAGMENTS = BLOCKS
ORIGIN, PICTURES = "https://shop.example", "images.shop.example"
IN_BOTH = ("kind", "columns", "title", "licence")


def toy(number: int, pictures: str, schema_type: str = "Product") -> str:
    """The page of a toy; the picture of every third is on another host, every fourth has its price in the text only."""
    host = f"http://{pictures}" if number % 3 == 0 else ""
    price = None if number % 4 == 3 else f"{number}.50"
    data = pages.product(
        number,
        isbn=f"s{number:02d}",
        genre=("disc", "bar")[number % 2],
        image=f"{host}/img/{number}.png",
        offers={"price": price, "priceCurrency": "EUR"},
        additionalProperty=[{"name": "weight", "value": 7}],
    )
    data["@type"] = schema_type
    crumbs = f"<ol class=crumbs><li>Home<li>{data['category']}</ol>"
    return f"<html>{script(data)}{crumbs}<b class=price>{number}.50</b><img class=main src=/img/{number}.png>"


def links(numbers: range) -> str:
    return "".join(f"<a class=listing href=/toy/{number}>{number}</a>" for number in numbers)


def shop(pictures: str, schema_type: str) -> dict[str, loopback.Page]:
    """Eight toys: six in two categories, one of them on a second page, one on sale and one new."""
    site: dict[str, loopback.Page] = {
        "/": "<html><ul class=categories><a href=/disc>d</a><a href='/bar?sort=up'>b</a><a href=/bar>b</a></ul>",
        "/disc": links(range(3))
        + "<ul class=pager><a rel=next href=/disc2>2</a></ul><a class=listing href=/basket>x</a>",
        "/disc2": links(range(3, 4)),
        "/bar": links(range(4, 6)),
        "/bar?sort=up": links(range(5, 3, -1)),
        "/sale.html": links(range(6, 7)),
        "/new.html": links(range(7, 8)),
        "/sitemap.xml": "".join(f"http://HOST/toy/{number}\n" for number in range(8)) + "http://HOST/about\n",
    }
    site |= {f"/toy/{number}": toy(number, pictures, schema_type) for number in range(8)}
    return site | {f"/img/{number}.png": pages.png(number) for number in range(8)}


def crawl(fragment: dict[str, Any]) -> tuple[RawData, loopback.Loopback]:
    """Crawl the shop with the card of the documentation, in which the fields of one fragment are replaced."""
    with loopback.serving({}) as server:
        host = f"127.0.0.1:{server.server_address[1]}"
        # The same server under another name is another host.
        pictures = f"localhost:{server.server_address[1]}"
        server.pages.update(shop(pictures, fragment.get("schema_type", "Product")))
        server.pages["/sitemap.xml"] = str(server.pages["/sitemap.xml"]).replace("HOST", host)
        source = {**CARD["source"], **fragment}
        source["allowed_hosts"] = [pictures if one == PICTURES else one for one in source.get("allowed_hosts", [])]
        assert source["site"] == ORIGIN
        rest = {key: value for key, value in source.items() if key not in ("site", "kind")}
        Card(**{**CARD, "source": source})
        return loopback.crawl(f"http://{host}", rest, CARD["columns"]), server


def expect(count: int, check: Callable[[RawData, loopback.Loopback], bool] = lambda found, server: True) -> Any:
    return count, check


def ids(found: RawData) -> list[str]:
    return found.samples.table["id"].tolist()


# The first field of a fragment -> how many listings it finds, and what else must be true.
EXPECTED = {
    "site": expect(2, lambda found, server: ids(found) == ["s06", "s07"]),
    "follow": expect(6),
    "fields": expect(6, lambda found, server: found.samples.table["price"].notna().all()),
    "schema_type": expect(6),
    "deny": expect(6, lambda found, server: not {"/basket", "/bar?sort=up"} & {*server.visits}),
    "allowed_hosts": expect(6, lambda found, server: found.samples.table["image"].notna().all()),
    "decimal": expect(6),
    "cookies": expect(6),
    "rate_limit": expect(6),
    "sitemap": expect(8, lambda found, server: server.visits["/about"] == server.visits["/"] == 0),
    "render": expect(6),
}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_every_field_has_an_example() -> None:
    fields = {field for block in [CARD["source"], *FRAGMENTS] for field in block}
    assert {*Site.model_fields, "kind"} == fields
    assert [next(iter(fragment)) for fragment in FRAGMENTS] == list(EXPECTED)


def test_the_short_example() -> None:
    found, server = crawl({})
    assert len(found.samples) == 6
    assert server.visits["/basket"] == 1, "without `deny` it is asked for"
    assert any("write under `source`: allowed_hosts: [localhost:" in note for note in found.notes)


@pytest.mark.parametrize("fragment", FRAGMENTS, ids=lambda fragment: next(iter(fragment)))
def test_the_examples_of_the_fields(fragment: dict[str, Any]) -> None:
    if "render" in fragment and (
        importlib.util.find_spec("scrapy_playwright") is None or shutil.which(fragment["browser"]) is None
    ):
        pytest.skip("Chromium or scrapy-playwright is not installed: pip install 'makeweight[browser]'")
    count, check = EXPECTED[next(iter(fragment))]
    found, server = crawl(fragment)
    assert len(found.samples) == count
    assert check(found, server)
