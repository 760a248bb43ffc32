"""Read a listing's fields from its page: schema.org data, CSS, XPath, meta tags or a constant."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from parsel import Selector

from makeweight.stages.ingest.crawl import schema_org
from makeweight.stages.ingest.crawl.addresses import picture_addresses
from makeweight.stages.ingest.crawl.schema_org import PageData

META = "//meta[@property=$name or @name=$name or @itemprop=$name]/@content"


@dataclass(frozen=True, slots=True)
class PageFields:
    """What a listing's page has."""

    values: dict[str, str | None]
    """Column -> text on the page without surrounding white space; None where there is none."""
    pictures: tuple[str, ...] = ()
    """Possible addresses of the picture, the best first."""
    faults: tuple[str, ...] = ()
    """What of the page's schema.org data could not be read."""


def read_fields(
    page: Selector,
    url: str,
    locators: Mapping[str, Sequence[str]],
    schema_type: str,
    picture_field: str | None = None,
    base: str | None = None,
) -> PageFields:
    """Return what is on a page at the places that a card names.

    Args:
        page: the parsed page.
        url: its address, which tells the page's own item from others.
        locators: column -> the places where its text may be, in this order; each begins with one of `FIELD_KINDS`.
        schema_type: the schema.org type that `schema:` reads.
        picture_field: the column that holds a picture's address.
        base: the address to which relative links refer, where that is not `url`.
    """
    needs_schema = any(place.startswith("schema:") for places in locators.values() for place in places)
    data = schema_org.read_data(page, url, base or url, schema_type) if needs_schema else PageData()
    values = {
        column: next((text for place in places if (text := read_field(page, data, place)) is not None), None)
        for column, places in locators.items()
        if column != picture_field
    }
    places = locators.get(picture_field, ()) if picture_field else ()
    pictures = (address for place in places for address in read_pictures(page, data, place))
    return PageFields(values, tuple(dict.fromkeys(pictures)), data.faults)


def read_field(page: Selector, data: PageData, locator: str) -> str | None:
    """Return the text to which one locator points, or None."""
    kind, _, path = locator.partition(":")
    if kind == "constant":
        return path
    if kind == "schema":
        return data.text(path)
    if kind == "meta":
        texts: Any = page.xpath(META, name=path).getall()
    else:
        texts = (text_of(match) for match in select(page, locator)[:1])
    return next((text.strip() for text in texts if text.strip()), None)


def read_pictures(page: Selector, data: PageData, locator: str) -> Iterator[str]:
    """Yield the addresses of pictures to which one locator points."""
    kind, _, path = locator.partition(":")
    if kind == "schema":
        yield from data.pictures(path)
        if path == "image":
            # Microdata whose picture a script loads: the item has only the placeholder.
            yield from late_microdata_pictures(page)
    elif kind in ("css", "xpath"):
        yield from picture_addresses(page, locator)
    else:
        text = read_field(page, data, locator)
        yield from [text] if text else []


def late_microdata_pictures(page: Selector) -> Iterator[str]:
    """Yield the addresses at the only `itemprop="image"` of a page."""
    if len(page.xpath("//img[@itemprop='image']")) == 1:
        yield from picture_addresses(page, "xpath://img[@itemprop='image']")


def text_of(match: Selector) -> str:
    """Return a text node or an attribute unchanged; of an element all text inside it, without tags."""
    if isinstance(match.root, str):
        return match.root
    return "".join(match.xpath(".//text()[not(parent::script or parent::style)]").getall())


def select(page: Selector, selector: str) -> Any:
    """Return the matches of a CSS selector, or of an XPath after `xpath:`."""
    if selector.startswith("xpath:"):
        return page.xpath(selector.removeprefix("xpath:"))
    return page.css(selector.removeprefix("css:"))


def links(page: Selector, selectors: Sequence[str]) -> list[str]:
    """Return the link of every match of a selector, each once, by selector and in page order.

    The link is the text of an attribute (`css:div::attr(data-href)`), the element's `href`, or those inside it.
    """
    hrefs = (href.strip() for selector in selectors for match in select(page, selector) for href in hrefs_of(match))
    return list(dict.fromkeys(href for href in hrefs if href and not href.startswith("#")))


def hrefs_of(match: Selector) -> list[str]:
    """Return the links of one match."""
    if isinstance(match.root, str):
        return [match.root]
    own = match.attrib.get("href")
    return [own] if own is not None else match.xpath(".//a/@href").getall()
