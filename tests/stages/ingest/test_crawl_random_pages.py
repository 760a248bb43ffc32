"""Random products on pages in random markup come through the reader and the values of the card, or are told."""

import html
import json
import random
from dataclasses import dataclass
from typing import Any

import pandas as pd
import pytest
from scrapy.http import HtmlResponse

from makeweight.data.card import Card
from makeweight.stages.ingest import raw, values
from makeweight.stages.ingest.crawl.collect import read_record
from makeweight.stages.ingest.crawl.currency_codes import with_codes
from makeweight.stages.ingest.crawl.fields import PageFields, read_fields
from makeweight.stages.ingest.crawl.json_ld import JsonNumber
from makeweight.stages.ingest.crawl.page_text import parse_page
from makeweight.stages.ingest.crawl.responses import absolute_url
from makeweight.stages.ingest.raw import RawData

SEEDS = 25
PRODUCTS = 8
"""A shop is one seed: the suite reads 200 pages."""
URL = "http://shop.example/p{}.html"
WORDS = (
    *("Cup", "Blue", "café", "Straße", '12" disc', "R&D", "<b>", "&amp;", "naïve", "日本", "😀", "Ann's", "10%", "a/b"),
    *("]]>", "--", "//", "{x}", "[y]", "\\", "None", "NA", "&lt;i&gt;", "e\u0301", "don\u2019t", ";", "<!-- c -->"),
)
CLASSES = ("Arts & Crafts", "Toys", "Bücher", "None", "007", "a.b", "<new>")
CURRENCIES = {"EUR": "€", "GBP": "£", "PLN": "zł", "INR": "₹", "USD": "US$"}
COLUMNS: dict[str, Any] = {
    "id": "sku",
    "label": "category",
    "text": ["title", "description"],
    "numeric": ["price"],
    "money": {"price": "currency"},
}
SCHEMA = {
    "sku": ("schema:sku",),
    "category": ("schema:category",),
    "title": ("schema:name",),
    "description": ("schema:description",),
    "price": ("schema:offers.price", "schema:offers.lowPrice", "schema:offers.priceSpecification.price"),
    "currency": ("schema:offers.priceCurrency", "schema:offers.priceSpecification.priceCurrency"),
    "picture": ("schema:image",),
}
SELECTORS = {
    "sku": ("css:b.sku::text",),
    "category": ("css:i.kind",),
    "title": ("css:h1",),
    "description": ("xpath://div[@class='text']",),
    "price": ("css:span.price::text",),
    "currency": ("css:span.price::text",),
    "picture": ("css:img.main",),
}


@dataclass(frozen=True)
class Product:
    sku: str
    category: str
    title: str
    description: str
    price: float
    currency: str
    picture: str


def random_product(number: int, shop: int, draw: random.Random) -> Product:
    def words(most: int) -> str:
        return " ".join(draw.choice(WORDS) for _ in range(draw.randint(1, most)))

    prices = [round(draw.uniform(0.01, 99), 2), round(draw.uniform(1000, 2e6), 2), float(draw.randint(1, 9999))]
    sku = draw.choice(["0{}", "s-{}", "{}.10", "é{}"]).format(f"{shop:03d}{number}")
    return Product(
        sku,
        CLASSES[number % 2 + shop % (len(CLASSES) - 1)],
        words(4),
        words(12),
        draw.choice(prices),
        draw.choice(list(CURRENCIES)) if shop % 2 else list(CURRENCIES)[shop % len(CURRENCIES)],
        f"/img/{number}-{draw.choice(['a', 'b,c', 'd e', 'f?x=1&y=2'])}.png",
    )


def grouped(price: float, thousands: str, decimal: str) -> str:
    return f"{price:,.2f}".replace(",", "\0").replace(".", decimal).replace("\0", thousands)


AROUND = ("{}", "//<![CDATA[\n{}\n//]]>", "<!--\n{}\n-->", "/* ours */{}", "{};", "\ufeff{}")
"""What stands before and after a script."""
STYLES = {".": [",", "", " "], ",": [".", "", "\u00a0"]}
"""Decimal sign -> the signs between thousands."""


def as_json(product: Product, draw: random.Random, decimal: str) -> str:
    """The product's JSON-LD: a number or a text as price, alone, in a graph or in lists, with marks around it."""
    amount: Any = product.price if draw.random() < 0.5 else grouped(product.price, "", decimal)
    money = {"priceCurrency": product.currency}
    offers = [
        {"@type": "Offer", "price": amount, **money},
        [{"@type": "Offer", "price": amount, **money}, {"price": 1, **money}],
        {"@type": "AggregateOffer", "lowPrice": amount, **money},
        {"priceSpecification": [{"price": amount, **money}]},
    ]
    images = [product.picture, [product.picture], {"@type": "ImageObject", "contentUrl": product.picture}]
    item: dict[str, Any] = {
        "@type": draw.choice(["Product", ["Thing", "Product"], "http://schema.org/Product", "schema:Product"]),
        "sku": product.sku,
        "name": product.title,
        "description": product.description,
        "category": html.escape(product.category) if draw.random() < 0.5 else product.category,
        "offers": draw.choice(offers),
        "image": draw.choice(images),
    }
    contents: list[Any] = [item, [item], {"@graph": [{"@graph": [item]}]}, {"@type": "WebPage", "mainEntity": [[item]]}]
    referred = {**item, "offers": {"@id": "#offer"}}
    contents.append({"@graph": [referred, {"@id": "#offer", "@type": "Offer", "price": amount, **money}]})
    text = json.dumps(draw.choice(contents), ensure_ascii=draw.random() < 0.5, indent=draw.choice([None, 1]))
    text = text.replace("</", "<\\/").replace("<!--", "\\u003c!--")
    return draw.choice(AROUND).replace("{}", text, 1)


def as_page(product: Product, markup: str, draw: random.Random, decimal: str) -> str:
    """The page of a product in one kind of markup."""
    texts = {name: html.escape(str(value)) for name, value in vars(product).items()}
    if markup == "json":
        other = '<script type="application/ld+json">{"@type": "BreadcrumbList"}</script>'
        body = f'{other}<script type="application/ld+json">{as_json(product, draw, decimal)}</script>'
    elif markup == "microdata":
        body = (
            f"<div itemscope itemtype='https://schema.org/Product'><meta itemprop=sku content=\"{texts['sku']}\">"
            f"<h1 itemprop=name>{texts['title']}</h1><p itemprop=description>{texts['description']}</p>"
            f'<i itemprop=category>{texts["category"]}</i><img itemprop=image src="{texts["picture"]}">'
            "<div itemprop=offers itemscope itemtype='https://schema.org/Offer'>"
            f"<b itemprop=price content='{grouped(product.price, '', decimal)}'>x</b>"
            f"<meta itemprop=priceCurrency content={product.currency}></div></div>"
        )
    else:
        amount = grouped(product.price, draw.choice(STYLES[decimal]), decimal)
        sign = draw.choice([product.currency, CURRENCIES[product.currency]])
        price = draw.choice([f"{sign} {amount}", f"{amount} {sign}", f"{amount}\u00a0{sign}"])
        body = (
            f"<b class=sku> {texts['sku']} </b><i class=kind>{texts['category']}</i><h1>{texts['title']}<!-- c --></h1>"
            f"<div class=text>{texts['description']}<script>track()</script></div><span class=price>{price}</span>"
            f"<img class=main src='data:image/gif;base64,R0' data-src=\"{texts['picture']}\">"
        )
    return f"<html><head><title>x</title></head><body>{body}</body></html>"


def read_page(number: int, text: str, markup: str, encoding: str) -> PageFields:
    declared = {"Content-Type": f"text/html; charset={encoding}"}
    response = HtmlResponse(URL.format(number), body=text.encode(encoding, "xmlcharrefreplace"), headers=declared)
    page = parse_page(response)
    assert page.selector is not None
    places = SELECTORS if markup == "selectors" else SCHEMA
    return read_fields(page.selector, response.url, places, "Product", "picture")


def read_shop(found: list[PageFields], decimal: str) -> RawData:
    """What the crawl and the card's reader make of the fields of pages."""
    card = Card(title="t", licence="l", source={"kind": "crawl", "decimal": decimal}, columns=COLUMNS)
    records = []
    for one in found:
        written = {
            name: {"number": text} if isinstance(text, JsonNumber) else text for name, text in one.values.items()
        }
        records.append(read_record(json.dumps(written), card.columns))
    table, _ = with_codes(pd.DataFrame(records), ["currency"])
    samples = raw.as_samples(table, card.columns, "datasets/x.yaml")
    nothing = raw.string_table(raw.FAILURES), raw.string_table(raw.PROVENANCE), raw.string_table(raw.EXCLUDED)
    return values.with_values(RawData(samples, *nothing), card, "datasets/x.yaml")


def check_shop(seed: int) -> int:
    """Write, read and compare the pages of one shop; return how many there were."""
    draw = random.Random(seed)
    decimal = draw.choice(",.")
    markup = draw.choice(["json", "microdata", "selectors"])
    products = [random_product(number, seed, draw) for number in range(PRODUCTS)]
    # In a script, characters outside an encoding cannot be written as entities.
    encoding = "utf-8" if markup == "json" else draw.choice(["utf-8", "cp1252", "iso-8859-2"])
    found = [
        read_page(number, as_page(product, markup, draw, decimal), markup, encoding)
        for number, product in enumerate(products)
    ]
    for product, one in zip(products, found, strict=True):
        addresses = [absolute_url(URL, picture) for picture in one.pictures if not picture.startswith("data:")]
        assert addresses[:1] == [absolute_url(URL, product.picture)], (seed, product, one)
    table = read_shop(found, decimal).samples.table.set_index("id")
    assert sorted(table.index) == sorted(product.sku for product in products), seed
    for product in products:
        row = table.loc[product.sku]
        expected = [" ".join(product.title.split()), product.category, round(product.price, 2), product.currency]
        assert [row["title"], row["label"], round(row["price"], 2), row["currency"]] == expected, (seed, markup)
        assert row["description"] == product.description, (seed, markup)
    return len(products)


@pytest.mark.parametrize("seed", range(SEEDS))
def test_every_product_of_a_random_shop_has_its_own_values(seed: int) -> None:
    assert check_shop(seed) == PRODUCTS
