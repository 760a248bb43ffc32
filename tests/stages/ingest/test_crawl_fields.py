"""Fields are read where the card's locators point."""

import pytest
from parsel import Selector

from makeweight.stages.ingest.crawl.fields import links, read_fields
from makeweight.stages.ingest.crawl.item import Item

JSON_LD = """<html><script type="application/ld+json">{"@graph": [
 {"@type": "BreadcrumbList"},
 {"@type": ["Thing", "Product"], "name": " Red <b>hat</b> ", "image": [{"@type": "ImageObject", "url": "/a.png"}],
  "offers": {"@type": "AggregateOffer", "offers": [{"price": 12.5, "seller": {"name": "Ann"}}, {"price": 13}]},
  "additionalProperty": [{"name": "nodes", "value": 7}, {"name": "colours", "value": "3"}]}]}</script>
 <p class="d">  long  text </p><td>Origin</td><td>DE</td></html>"""

MICRODATA = """<div itemscope itemtype="https://schema.org/Product"><h1 itemprop="name">Blue cup</h1>
 <img itemprop="image" src="/b.jpg"><div itemprop="offers" itemscope itemtype="https://schema.org/Offer">
 <span itemprop="price" content="9.90">9,90</span><meta itemprop="priceCurrency" content="EUR"></div></div>"""


def read(html: str, **locators: str) -> dict[str, str | None]:
    places = {column: (locator,) for column, locator in locators.items()}
    return read_fields(Selector(html), "http://site.example/x/", places, "Product").values


def test_json_ld() -> None:
    assert read(
        JSON_LD,
        name="schema:name",
        image="schema:image",
        price="schema:offers.offers.price",
        seller="schema:offers.offers.seller",
        nodes="schema:additionalProperty[name=nodes].value",
        colours="schema:additionalProperty[name=colours].value",
        gone="schema:additionalProperty[name=gone].value",
        deeper="schema:name.first",
    ) == {
        "name": "Red <b>hat</b>",
        "image": "/a.png",
        "price": "12.5",
        "seller": "Ann",
        "nodes": "7",
        "colours": "3",
        "gone": None,
        "deeper": None,
    }


def test_microdata() -> None:
    found = read(MICRODATA, name="schema:name", price="schema:offers.price", currency="schema:offers.priceCurrency")
    assert found == {"name": "Blue cup", "price": "9.90", "currency": "EUR"}


def test_css_xpath_and_constant() -> None:
    assert read(
        JSON_LD,
        text="css:p.d::text",
        origin="xpath://td[.='Origin']/following-sibling::td/text()",
        currency="constant:EUR",
        gone="css:p.e::text",
    ) == {"text": "long  text", "origin": "DE", "currency": "EUR", "gone": None}


def test_an_element_is_its_text_and_not_its_markup() -> None:
    html = '<h1>A <b>red</b> <!-- not -->hat<script>track()</script></h1><img src="/a.png"><i></i>'
    found = read(html, title="h1", also="xpath://h1", image="img::attr(src)", first="xpath:string(//b)", empty="css:i")
    assert found == {"title": "A red hat", "also": "A red hat", "image": "/a.png", "first": "red", "empty": None}


@pytest.mark.parametrize("script", ["{broken", "[]", "null", '"text"', '{"@type": null}', ""])
def test_useless_json_ld_is_no_product(script: str) -> None:
    html = f'<html><script type="application/ld+json">{script}</script><h1>Hat</h1></html>'
    assert read(html, name="schema:name", title="css:h1::text") == {"name": None, "title": "Hat"}


def test_a_broken_script_does_not_hide_the_microdata() -> None:
    html = f'<html><script type="application/ld+json">{{broken</script>{MICRODATA}</html>'
    assert read(html, name="schema:name") == {"name": "Blue cup"}


def test_links_are_taken_once_and_in_order() -> None:
    page = Selector('<ul><a href="/b">b</a><a href=" /a ">a</a><a href="#top">t</a><a>n</a><a href="/b">b</a></ul>')
    assert links(page, ("ul a", "xpath://a[2]")) == ["/b", "/a"]


def test_text_at_an_empty_list() -> None:
    assert Item({"image": []}, {}).text("image") is None


def test_links_in_attributes_and_inside_elements() -> None:
    page = Selector("<div data-href=/a>a</div><li class=i><b>x</b><a href=/b>b</a></li><li class=i><a>c</a></li>")
    assert links(page, ("div::attr(data-href)",)) == ["/a"]
    assert links(page, ("xpath://div/@data-href", "li.i")) == ["/a", "/b"]
    assert links(page, ("div",)) == []
