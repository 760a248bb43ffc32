"""Pages as shops write them give every product its own values, or a reason that a person can act on."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import loopback
import pages
import pytest
from pages import COLUMNS, COUNT, FIELDS, SITE, product, script

from makeweight.core.errors import InputError
from makeweight.data.card import Card
from makeweight.stages.ingest import __main__ as ingest
from makeweight.stages.ingest import values
from makeweight.stages.ingest.crawl.site import Site
from makeweight.stages.ingest.raw import RawData

PLACEHOLDER = "data:image/gif;base64,R0lGODlhAQABAAAAACH5BAEKAAEALAAAAAABAAEAAAICTAEAOw=="


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def crawl(page: Callable[[int], str], **site: Any) -> RawData:
    with loopback.serving(pages.shop(page)) as server:
        return loopback.crawl(server.origin, {**SITE, **site}, COLUMNS)


def complete(found: RawData) -> None:
    """Every product has its own values and its own picture."""
    table = found.samples.table
    assert table["id"].tolist() == [f"s{number:02d}" for number in range(COUNT)]
    assert table["label"].tolist() == ["disc", "bar"] * (COUNT // 2)
    assert table["price"].astype(float).tolist() == [10.5 + number for number in range(COUNT)]
    assert table["image"].tolist() == [pages.png(number) for number in range(COUNT)]
    assert len(found.failures) == 0


def test_a_broken_script_beside_a_good_one() -> None:
    def page(number: int) -> str:
        return [
            script(product(number)) + script(""),
            script('{"@type": "BreadcrumbList"};') + script(product(number)),
            script("{broken") + script(product(number)),
        ][number % 3]

    found = crawl(page)
    complete(found)
    [note] = found.notes
    assert "on 4 listings not all data in the page can be read" in note
    assert "p11.html: script 1 is not JSON: " in note


def test_scripts_that_cannot_be_read_are_the_reason() -> None:
    found = crawl(lambda number: script('{"sku": }' if number < 2 else product(number)))
    assert len(found.samples) == COUNT - 2
    reason = "no `sku` on the page: script 1 is not JSON: Expecting value: line 1 column 9 (char 8); no Product in its "
    assert found.failures["reason"].tolist() == [f"{reason}schema.org data"] * 2


def test_json_as_found() -> None:
    def page(number: int) -> str:
        text = pages.json.dumps(product(number))
        return script(
            [
                text[:-1] + ",}",
                f"//<![CDATA[\n{text}\n//]]>",
                f"<!--\n{text}\n-->",
                text.replace("thing", "thi\nng"),
                text.replace('"', "&quot;"),
                text + ";",
                f"/* made by a plug-in */{text}",
                text.replace('"sku"', '// the number\n"sku"'),
                f"[{text}]",
                f'{{"@graph": [{{"@type": "WebPage"}}, {text}]}}',
                text.replace("thing", "thing \\x2b"),
                text,
            ][number]
        )

    complete(crawl(page))


def test_categories_with_and_without_entities_are_one_class() -> None:
    names = ("Arts & Crafts", "Bath &amp; Body", "Arts &amp; Crafts", "Bath &amp;amp; Body")
    found = crawl(lambda number: script(product(number, category=names[number % 4])))
    assert found.samples.table["label"].value_counts().to_dict() == {"Arts & Crafts": 6, "Bath & Body": 6}


def test_pictures_as_objects() -> None:
    def page(number: int) -> str:
        address = f"/img/{number}.png"
        images: list[Any] = [
            [{"@type": "ImageObject", "url": address}],
            {"@type": "ImageObject", "contentUrl": address, "name": "Front view"},
            {"@type": "ImageObject", "thumbnailUrl": address, "caption": "Front"},
            [PLACEHOLDER, address],
        ]
        return script(product(number, image=images[number % 4]))

    complete(crawl(page))


@pytest.mark.parametrize(
    "places",
    [
        "css:img.main::attr(src)",
        ["css:img.main::attr(src)", "css:img.main::attr(data-src)"],
        ["css:img.no::attr(src)", "xpath://img[@class='main']/@src"],
        "css:img.main",
    ],
)
def test_pictures_that_a_script_loads(places: Any) -> None:
    def page(number: int) -> str:
        address = f"/img/{number}.png"
        pictures = [
            f"<img class=main src={address}>",
            f"<img class=main src='{PLACEHOLDER}' data-src={address}>",
            f"<img class=main srcset='/no.png 10w, {address} 600w'>",
            f"<img class=main src='{PLACEHOLDER}'><noscript><img src={address}></noscript>",
        ]
        return script(product(number)) + pictures[number % 4]

    complete(crawl(page, fields={**FIELDS, "picture": places}))


def test_a_placeholder_without_a_picture_is_told() -> None:
    found = crawl(
        lambda number: script(product(number, image=PLACEHOLDER if number < 3 else f"/img/{number}.png")),
    )
    assert found.samples.table["image"].isna().sum() == 3
    [note] = found.notes
    assert note.startswith("3 listings, such as http")
    assert "name a further place in datasets/x.yaml, such as css:img::attr(data-src)" in note


def test_pictures_that_are_lost_or_nowhere_are_told_with_their_reasons() -> None:
    addresses = {0: "/gone.png", 1: "/gone.png?1", 2: "/secret/2.png", 3: ""}
    site = pages.shop(lambda number: script(product(number, image=addresses.get(number, f"/img/{number}.png"))))
    site["/robots.txt"] = "User-agent: *\nDisallow: /secret/\n"
    with loopback.serving(site) as server:
        found = loopback.crawl(server.origin, SITE, COLUMNS)
    assert found.samples.table["image"].isna().sum() == 4
    assert found.notes == (
        f"3 pictures were not fetched: status 404 (2), robots.txt (1); such as {server.origin}/gone.png",
        f"1 listings, such as {server.origin}/p3.html, have no picture where datasets/x.yaml places `picture`",
    )


def test_related_products_first() -> None:
    def page(number: int) -> str:
        best = [{"@type": "ListItem", "item": product(other, url=f"/p{other}.html")} for other in (0, 1)]
        own = product(number, url=f"/p{number}.html")
        return script({"@type": "ItemList", "itemListElement": best}) + script(own)

    complete(crawl(page))


@pytest.mark.parametrize("decimal", [None, ".", ","])
def test_numbers_of_json_are_never_parsed_again(decimal: str | None) -> None:
    prices = [float(f"1.{699 + number}") for number in range(COUNT)]
    found = crawl(
        lambda number: script(product(number, offers={"price": prices[number], "priceCurrency": "EUR"})),
        decimal=decimal,
    )
    assert found.samples.table["price"].tolist() == prices


@pytest.mark.parametrize(
    ("decimal", "prices", "read"),
    [
        (",", [1.699, "1.699", "1.699,50 €", 2], [1.699, 1699.0, 1699.5, 2.0]),
        (".", [1.699, "1.699", "1,699.50", 2], [1.699, 1.699, 1699.5, 2.0]),
        (None, ["12,50", "€ 1.299,00", "1.299", 3], [12.5, 1299.0, 1299.0, 3.0]),
    ],
)
def test_texts_are_read_with_the_sign_of_the_site_and_numbers_are_not(
    decimal: str | None, prices: list[Any], read: list[float]
) -> None:
    found = crawl(
        lambda number: script(product(number, offers={"price": prices[number // 3], "priceCurrency": "EUR"})),
        decimal=decimal,
    )
    source = {"kind": "crawl", "decimal": decimal} if decimal else {"kind": "crawl"}
    card = Card(title="t", licence="l", source=source, columns=COLUMNS)
    typed = values.with_values(found, card, "datasets/x.yaml")
    assert typed.samples.table["price"].tolist() == [price for price in read for _ in range(3)]


def test_several_places_for_a_price() -> None:
    offers: list[Any] = [
        {"price": 1, "priceCurrency": "EUR"},
        {"@type": "AggregateOffer", "lowPrice": 1, "priceCurrency": "EUR"},
        {"priceSpecification": {"price": 1}, "priceCurrency": "EUR"},
        {"priceCurrency": "EUR"},
    ]
    places = ["schema:offers.price", "schema:offers.lowPrice", "schema:offers.priceSpecification.price", "css:b::text"]
    found = crawl(
        lambda number: script(product(number, offers=offers[number % 4])) + "<b>1</b>",
        fields={**FIELDS, "price": places},
    )
    assert found.samples.table["price"].astype(float).tolist() == [1.0] * COUNT


def test_the_currency_may_stand_beside_the_price() -> None:
    texts = ["€ 10.50", "10.50 EUR", "EUR", "$10.50", "12 zł", "EUR 5 (CHF 4)"]
    found = crawl(
        lambda number: script(product(number)) + f"<b>{texts[number % 6]}</b>",
        fields={**FIELDS, "currency": "css:b::text"},
    )
    read = ["EUR", "EUR", "EUR", "$10.50", "PLN", "EUR 5 (CHF 4)"]
    assert found.samples.table["currency"].tolist() == read * 2
    assert found.notes == ("`currency`: 6 cells, such as '€ 10.50', are read as currencies, here as EUR",)
    assert found.changed["count"].tolist() == [6]


def test_pictures_on_another_host_are_told_with_the_line_to_add(capsys: pytest.CaptureFixture[str]) -> None:
    with loopback.serving(pages.shop(lambda number: "")) as other:
        port = other.server_address[1]
        elsewhere = f"http://localhost:{port}/img"

        def page(number: int) -> str:
            return script(product(number, image=f"{elsewhere}/{number}.png"))

        found = crawl(page)
        [note] = found.notes
        assert note == (
            f"12 pictures are on hosts that datasets/x.yaml does not name, such as {elsewhere}/0.png; "
            f"to fetch them, write under `source`: allowed_hosts: [localhost:{port}]"
        )
        assert ingest.empty_columns(found) == [], "the place in the card is right"
        complete(crawl(page, allowed_hosts=[f"localhost:{port}"]))
        complete(crawl(page, hosts=[f"http://localhost:{port}/"]))
    assert "`hosts` as `allowed_hosts`" in capsys.readouterr().err


def test_an_empty_column_is_doubted() -> None:
    found = crawl(lambda number: script(product(number)), fields={**FIELDS, "picture": "css:img.no::attr(src)"})
    assert ingest.empty_columns(found) == ["image"]


def test_former_names_are_read_and_told(capsys: pytest.CaptureFixture[str]) -> None:
    site = Site(
        site="http://a.example",
        listings=["a"],
        fields={},
        pace={"concurrency": 4, "delay": 0, "throttle": False},
        item="Book",
    )
    assert site.rate_limit is not None
    assert site.rate_limit.model_dump() == {"concurrent_requests": 4, "delay_seconds": 0.0, "autothrottle": False}
    assert site.schema_type == "Book"
    told = capsys.readouterr().err
    assert told.count("\n") == 1
    assert "`pace` as `rate_limit`" in told
    assert "`delay` as `delay_seconds`" in told


def test_links_with_a_base_fragments_and_scripts() -> None:
    site = pages.shop(lambda number: script(product(number)))
    links = "".join(f"<a class=item href=p{number}.html#top>x</a>" for number in range(COUNT))
    site["/"] = f"<html><head><base href='/'></head>{links}<a class=item href='javascript:void(0)'>x</a>"
    with loopback.serving(site) as server:
        found = loopback.crawl(server.origin, SITE, COLUMNS)
    complete(found)
    assert found.excluded.to_dict("records") == [{"url": "javascript:void(0)", "kind": "listing", "rule": "scheme"}]


def test_without_listings_and_sitemap_the_card_is_refused() -> None:
    with pytest.raises(ValueError, match="`listings` .* or `sitemap` is missing"):
        Site(site="http://a.example", fields={})


def test_a_place_of_an_unknown_kind_is_refused() -> None:
    for places in ("jquery:b", [], ["css:b", "b"]):
        with pytest.raises(ValueError, match="`a` must begin with schema:, css:, xpath:, meta:, constant:"):
            Site(site="http://a.example", listings=["a"], fields={"a": places})


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("listings", ["li["], "'li\\[' is no CSS selector"),
        ("follow", "xpath://[", "'xpath://\\[' is no XPath"),
        ("fields", {"a": "css:b:foo"}, "'css:b:foo' is no CSS selector"),
        ("fields", {"a": ["css:b", "xpath:a["]}, "'xpath:a\\[' is no XPath"),
    ],
)
def test_a_selector_that_cannot_be_read_is_refused_before_the_crawl(field: str, value: Any, reason: str) -> None:
    with pytest.raises(ValueError, match=f"{field}[\\s\\S]*{reason}"):
        Site(**{"site": "http://a.example", "listings": ["a"], "fields": {}, field: value})


def test_no_link_names_the_page_and_the_card() -> None:
    with pytest.raises(InputError, match=r"1:\d+/: no link on it matches `source.listings`"):
        crawl(lambda number: "", listings=["a.no"])


def test_no_listing_names_the_first_reason() -> None:
    with pytest.raises(InputError, match="led to no usable listing on http.*no `sku` on the page: script 1 is empty"):
        crawl(lambda number: script(""))
