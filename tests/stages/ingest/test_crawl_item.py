"""Of several schema.org items on a page the one is read that the page is about."""

import json
from typing import Any

import pytest
from parsel import Selector

from makeweight.stages.ingest.crawl.fields import read_fields

URL = "http://shop.example/p5.html"


def product(name: str, **more: Any) -> dict[str, Any]:
    return {"@type": "Product", "name": name, **more}


def page(*contents: Any, head: str = "", body: str = "") -> str:
    scripts = "".join(f'<script type="application/ld+json">{json.dumps(content)}</script>' for content in contents)
    return f"<html><head>{head}{scripts}</head><body>{body}</body></html>"


def read(html: str, url: str = URL, schema_type: str = "Product", picture: str | None = None, **places: Any) -> Any:
    locators = {name: (place,) if isinstance(place, str) else place for name, place in places.items()}
    return read_fields(Selector(html), url, locators, schema_type, picture)


def name_on(html: str, url: str = URL, schema_type: str = "Product") -> str | None:
    return read(html, url, schema_type, name="schema:name").values["name"]


OTHER = product("other", url="http://shop.example/p1.html")
OWN = {
    "url": {"url": URL},
    "url without scheme": {"url": "//shop.example/p5.html"},
    "relative url": {"url": "p5.html"},
    "https": {"url": "https://www.shop.example/p5.html"},
    "url with a fragment": {"url": f"{URL}#reviews"},
    "url with a slash": {"url": f"{URL}/"},
    "url with a variant": {"url": f"{URL}?variant=7"},
    "url as a list": {"url": [URL]},
    "@id": {"@id": URL},
    "@id with a fragment": {"@id": f"{URL}#product"},
    "mainEntityOfPage": {"mainEntityOfPage": URL},
    "mainEntityOfPage as an object": {"mainEntityOfPage": {"@type": "WebPage", "@id": URL}},
    "the url of its offer": {"offers": {"@type": "Offer", "url": URL}},
    "url on the host of the original": {"url": "https://live.example/p5.html"},
    "none": {},
}


@pytest.mark.parametrize("kind", OWN)
@pytest.mark.parametrize("where", ["scripts", "list", "graph", "best sellers", "related"])
def test_the_item_of_the_page_comes_before_the_first_one(kind: str, where: str) -> None:
    own = product("own", **OWN[kind])
    others = [OTHER, product("another", url="/p2.html")]
    listed = {"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "item": other} for other in others]}
    html = {
        "scripts": page(*others, own),
        "list": page([*others, own]),
        "graph": page({"@graph": [*others, own]}),
        "best sellers": page(listed, own),
        "related": page({"@type": "WebPage", "isRelatedTo": others}, own),
    }[where]
    assert name_on(html) == "own"


@pytest.mark.parametrize(
    "head",
    [f'<link rel="canonical" href="{URL}">', f'<meta property="og:url" content="{URL}">'],
)
def test_the_canonical_address_is_the_page(head: str) -> None:
    html = page(OTHER, product("own", url=URL), head=head)
    assert name_on(html, "http://shop.example/sale/p5.html?from=home") == "own"


def test_pages_that_differ_in_their_query() -> None:
    items = [product(f"toy {number}", url=f"/t?{number}") for number in range(3)]
    assert name_on(page(*items), "http://shop.example/t?2") == "toy 2"


def test_the_main_entity_comes_first() -> None:
    referred = {"@graph": [OTHER, product("own", **{"@id": "#it"}), {"@type": "WebPage", "mainEntity": {"@id": "#it"}}]}
    nested = {"@type": "ItemPage", "mainEntity": product("own")}
    assert name_on(page(referred)) == "own"
    assert name_on(page(product("first"), nested)) == "own"


def test_related_items_of_other_pages_are_not_the_item() -> None:
    listed = {"@type": "ItemList", "itemListElement": [OTHER]}
    found = read(page(listed), name="schema:name")
    assert found.values["name"] is None
    assert found.faults == ("every Product in its schema.org data names another page",)


def test_a_single_item_is_taken_though_it_names_another_address() -> None:
    assert name_on(page(product("own", url="https://shop.example/products/5"))) == "own"


@pytest.mark.parametrize(
    "written",
    ["Product", ["Thing", "Product"], "http://schema.org/Product", "https://schema.org/Product", "schema:Product"],
)
@pytest.mark.parametrize("asked", ["Product", "https://schema.org/Product"])
def test_the_type_as_a_word_a_list_or_an_address(written: Any, asked: str) -> None:
    assert name_on(page({"@type": "WebPage"}, {"@type": written, "name": "own"}), schema_type=asked) == "own"


def test_the_reason_names_the_types_that_are_there() -> None:
    found = read(page({"@type": "BreadcrumbList"}, {"@type": "Book"}), name="schema:name")
    assert found.faults == ("no Product in its schema.org data, but BreadcrumbList, Book",)


def test_prefixed_properties_and_references() -> None:
    graph = {
        "@graph": [
            {"@type": "schema:Product", "s:name": "own", "image": {"@id": "#picture"}, "brand": {"@id": "#brand"}},
            {"@type": "ImageObject", "@id": "#picture", "contentUrl": "/p.png", "name": "Front"},
            {"@type": "Brand", "@id": "#brand", "name": "Ann & Co", "url": "http://ann.example"},
        ]
    }
    found = read(page(graph), picture="image", name="schema:name", brand="schema:brand", image="schema:image")
    assert found.values == {"name": "own", "brand": "Ann & Co"}
    assert found.pictures == ("/p.png",)


@pytest.mark.parametrize(
    ("image", "addresses"),
    [
        ("/a.png", ("/a.png",)),
        (["/a.png", "/b.png"], ("/a.png", "/b.png")),
        ({"@type": "ImageObject", "contentUrl": "/a.png", "name": "Front view"}, ("/a.png",)),
        ({"@type": "ImageObject", "url": "/page", "contentUrl": "/a.png"}, ("/a.png", "/page")),
        ([{"@type": "ImageObject", "url": "/a.png"}], ("/a.png",)),
        ({"@type": "ImageObject", "url": {"@id": "http://shop.example/a.png"}}, ("http://shop.example/a.png",)),
        ({"@type": "ImageObject", "name": "Front", "thumbnailUrl": "/t.png"}, ("/t.png",)),
        ({"@type": "ImageObject", "name": "Front view"}, ()),
        ({"@list": []}, ()),
        ("", ()),
        ([None, {"@id": "#nowhere"}, "/a.png"], ("/a.png",)),
        ("/a.png?w=1&amp;h=2", ("/a.png?w=1&h=2",)),
    ],
)
def test_pictures(image: Any, addresses: tuple[str, ...]) -> None:
    assert read(page(product("own", image=image)), picture="image", image="schema:image").pictures == addresses


PRICES = ("schema:offers.price", "schema:offers.lowPrice", "schema:offers.priceSpecification.price", "css:b::text")


@pytest.mark.parametrize(
    ("offers", "price"),
    [
        ({"price": "9.50"}, "9.50"),
        ({"price": 9.50}, "9.5"),
        ({"price": "", "lowPrice": 3}, "3"),
        ({"@type": "AggregateOffer", "lowPrice": "3", "highPrice": "5"}, "3"),
        ({"priceSpecification": {"price": "4"}}, "4"),
        ({"priceSpecification": [{"name": "a"}, {"price": "4"}]}, "4"),
        ([{"availability": "out"}, {"price": "5"}], "5"),
        ([], "7"),
        (None, "7"),
    ],
)
def test_several_places_are_tried_in_order(offers: Any, price: str) -> None:
    html = page(product("own", offers=offers), body="<b> 7 </b>")
    assert read(html, price=PRICES).values["price"] == price


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"@value": "a", "@language": "en"}, "a"),
        ({"@type": "QuantitativeValue", "value": 5, "unitCode": "KGM"}, "5"),
        ({"@type": "Brand", "name": "Ann", "url": "http://ann.example"}, "Ann"),
        ({"@id": "http://schema.org/InStock"}, "http://schema.org/InStock"),
        ({"@id": "#nowhere"}, None),
        ([None, "", "b"], "b"),
        (True, "true"),
        ({}, None),
        ("half a pair \ud83d", "half a pair \ufffd"),
        ("a pair \ud83d\ude00", "a pair \U0001f600"),
    ],
)
def test_text_of_a_value(value: Any, text: str | None) -> None:
    assert read(page(product("own", x=value)), x="schema:x").values["x"] == text


MICRODATA = (
    "<div itemscope itemtype='http://schema.org/Product'><b itemprop=name>{name}</b><link itemprop=url href='{url}'>"
    "<img itemprop=image src='data:image/gif;base64,AA' data-src='/late.png'></div>"
)


def test_microdata_follow_the_same_rules() -> None:
    other, own = MICRODATA.format(name="other", url="/p1.html"), MICRODATA.format(name="Arts x", url=URL)
    assert name_on(page(body=other + own)) == "Arts x"
    assert name_on(page({"@type": "ItemList", "itemListElement": [OTHER]}, body=own)) == "Arts x"
    found = read(page(body=own), picture="image", image="schema:image")
    assert found.pictures[-1] == "/late.png"


RDFA = """<div vocab="http://schema.org/" typeof="Product"><h1 property="name">Blue cup</h1>
 <img property="image" src="/b.jpg"><div property="offers" typeof="Offer"><span property="price" content="9.90">x</span>
 <meta property="priceCurrency" content="EUR"></div></div>"""


def test_rdfa() -> None:
    places = {"name": "schema:name", "price": "schema:offers.price", "image": "schema:image"}
    found = read(page(body=RDFA), picture="image", **places)
    assert found.values == {"name": "Blue cup", "price": "9.90"}
    assert found.pictures == ("http://shop.example/b.jpg",)


def test_meta_tags() -> None:
    tags = {"property='og:title'": " Cup ", "name='price'": "3", "property='og:image'": "/c.png"}
    head = "".join(f"<meta {name} content='{content}'>" for name, content in tags.items())
    found = read(page(head=head), picture="image", title="meta:og:title", price="meta:price", image="meta:og:image")
    assert found.values == {"title": "Cup", "price": "3"}
    assert found.pictures == ("/c.png",)


GROUP = {"@type": "ProductGroup", "name": "Cup", "category": "Cups", "image": "/g.png", "productGroupID": "g1"}
VARIANTS = [{"@type": "Product", "sku": "red", "offers": {"price": 5}}, {"@type": "Product", "sku": "blue"}]
PLACES = {"sku": "schema:sku", "category": "schema:category", "price": "schema:offers.price", "image": "schema:image"}


def test_a_variant_has_what_its_group_says() -> None:
    found = read(page({**GROUP, "hasVariant": VARIANTS}), picture="image", **PLACES)
    assert found.values == {"sku": "red", "category": "Cups", "price": "5"}
    assert found.pictures == ("/g.png",)
    assert found.faults == ("2 Product items fit the page equally well; the first is read",)


def test_the_variant_of_the_page_and_a_group_by_reference() -> None:
    own = {**VARIANTS[1], "url": URL, "isVariantOf": {"@id": "#group"}}
    found = read(page({"@graph": [{**GROUP, "@id": "#group"}, VARIANTS[0], own]}), picture="image", **PLACES)
    assert found.values == {"sku": "blue", "category": "Cups", "price": None}
    assert found.faults == ()


@pytest.mark.parametrize("written", ["ProductGroup", "IndividualProduct", "Vehicle", "product"])
def test_a_more_special_type_is_read_where_there_is_no_other(written: str) -> None:
    assert name_on(page({"@type": written, "name": "own"})) == "own"
    assert read(page(product("own"), {"@type": "Car", "name": "car"}), name="schema:name").values["name"] == "own"


def crumbs(*names: str, inside: bool = False) -> dict[str, Any]:
    steps = [{"item": {"@id": f"/c/{name}", "name": name}} if inside else {"name": name} for name in names]
    numbered = [{"@type": "ListItem", "position": number, **step} for number, step in enumerate(steps, start=1)]
    return {"@type": "BreadcrumbList", "itemListElement": numbered}


@pytest.mark.parametrize("inside", [False, True])
def test_breadcrumbs_as_a_label(inside: bool) -> None:
    trail = crumbs("Home", "Toys", "Dolls", "Ann", inside=inside)
    at = "schema:BreadcrumbList.itemListElement"
    places = {"second": f"{at}[position=2]", "last": f"{at}[position=-1]", "class": f"{at}[position=-2]"}
    expected = {"second": "Toys", "last": "Ann", "class": "Dolls", "none": None, "beyond": None}
    for html in (
        page(trail, product("own")),
        page({"@type": "WebPage", "breadcrumb": trail, "mainEntity": product("own")}),
        page({**trail, "itemListElement": trail["itemListElement"][::-1]}),
    ):
        found = read(html, **places, none=f"{at}[position=9]", beyond=f"{at}[position=-9]")
        assert found.values == expected


def test_breadcrumbs_in_microdata_beside_a_script() -> None:
    steps = "".join(
        f"<li itemprop=itemListElement itemscope itemtype='https://schema.org/ListItem'><a itemprop=item href=/{name}>"
        f"<b itemprop=name>{name}</b></a><meta itemprop=position content={number}></li>"
        for number, name in enumerate(("Home", "Toys"), start=1)
    )
    html = page(product("own"), body=f"<ol itemscope itemtype='https://schema.org/BreadcrumbList'>{steps}</ol>")
    assert read(html, c="schema:BreadcrumbList.itemListElement[position=2]").values == {"c": "Toys"}


TILE = (
    "<div itemscope itemtype='https://schema.org/Product'><b itemprop=name>{name}</b><i itemprop=category>{kind}</i>"
    "<meta itemprop=sku content={sku}></div>"
)


@pytest.mark.parametrize(
    ("script", "body", "category"),
    [
        (product("Cup"), TILE.format(name="CUP", kind="Cups", sku="a"), "Cups"),
        (product("Cup", sku="a"), TILE.format(name="Red cup", kind="Cups", sku="a"), "Cups"),
        ({"@type": "Product"}, TILE.format(name="Cup", kind="Cups", sku="a"), "Cups"),
        (product("Cup"), TILE.format(name="Pot", kind="Pots", sku="b"), None),
        (product("Cup", sku="a"), TILE.format(name="Cup", kind="Pots", sku="b"), None),
        ({"@type": "Product"}, TILE.format(name="x", kind="X", sku=1) + TILE.format(name="y", kind="Y", sku=2), None),
        (product("Cup", category="Own"), TILE.format(name="Cup", kind="Cups", sku="a"), "Own"),
    ],
)
def test_what_one_description_lacks_another_one_of_the_same_thing_has(
    script: dict[str, Any], body: str, category: str | None
) -> None:
    assert read(page(script, body=body), category="schema:category").values["category"] == category


def test_two_scripts_about_one_thing() -> None:
    html = page(product("Cup", sku="a"), product("Cup", aggregateRating={"ratingValue": 4.5}))
    found = read(html, sku="schema:sku", rating="schema:aggregateRating.ratingValue")
    assert found.values == {"sku": "a", "rating": "4.5"}
    assert found.faults == ()
