"""Read a listing's fields from its page: schema.org data, CSS, XPath or a constant."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import extruct
from extruct.jsonld import JsonLdExtractor
from parsel import Selector

STEP = re.compile(r"([^.\[\]]+)(?:\[([^=\]]+)=([^\]]*)\])?(?:\.|$)")
JSON_LD = JsonLdExtractor()


def read_fields(page: Selector, url: str, places: dict[str, str], item: str) -> dict[str, str | None]:
    """Column -> text as it stands on the page, white space at its ends removed; None where there is none."""
    wants_item = any(place.startswith("schema:") for place in places.values())
    product = schema_item(page, url, item) if wants_item else {}
    return {column: read_place(page, product, place) for column, place in places.items()}


def read_place(page: Selector, product: dict[str, Any], place: str) -> str | None:
    """The text at one place."""
    kind, _, where = place.partition(":")
    if kind == "constant":
        return where
    if kind == "schema":
        value = text_at(product, where)
    else:
        found = select(page, place)
        value = text_of(found[0]) if found else None
    return (value or "").strip() or None


def text_of(found: Selector) -> str:
    """A text or an attribute as it is; of an element all the text inside it, without its tags."""
    if isinstance(found.root, str):
        return found.root
    return "".join(found.xpath(".//text()[not(parent::script or parent::style)]").getall())


def select(page: Selector, selector: str) -> Any:
    """What a CSS selector, or an XPath after `xpath:`, finds."""
    if selector.startswith("xpath:"):
        return page.xpath(selector.removeprefix("xpath:"))
    return page.css(selector.removeprefix("css:"))


def links(page: Selector, selectors: Sequence[str]) -> list[str]:
    """The href of every element that one of the selectors finds, in page order per selector, each once."""
    found = (element.attrib.get("href", "").strip() for selector in selectors for element in select(page, selector))
    return list(dict.fromkeys(href for href in found if href and not href.startswith("#")))


def schema_item(page: Selector, url: str, item: str) -> dict[str, Any]:
    """The first schema.org item of a type: from JSON-LD, else from microdata; empty where there is none."""
    root = page.root
    try:
        linked = JSON_LD.extract_items(root, base_url=url)
    except (ValueError, RecursionError):
        linked = []  # a script that is no JSON at all, or a trap for parsers; microdata may still be there
    found = next(items_of(linked, item), None)
    if found is None and page.xpath("//@itemtype[1]"):
        marked = extruct.extract(page.get(), base_url=url, syntaxes=["microdata"], uniform=True, errors="ignore")[
            "microdata"
        ]
        found = next(items_of(marked, item), None)
    return found or {}


def items_of(content: Any, item: str) -> Iterator[dict[str, Any]]:
    """Every object of a type, at any depth."""
    if isinstance(content, dict):
        types = content.get("@type")
        if item in (types if isinstance(types, list) else [types]):
            yield content
        for value in content.values():
            yield from items_of(value, item)
    elif isinstance(content, list):
        for value in content:
            yield from items_of(value, item)


def text_at(item: dict[str, Any], path: str) -> str | None:
    """The text under a dotted path; `additionalProperty[name=nodes].value` chooses among the members of a list."""
    value: Any = item
    for name, key, wanted in STEP.findall(path):
        value = first(value).get(name) if isinstance(first(value), dict) else None
        if key:
            value = next((one for one in listed(value) if isinstance(one, dict) and str(one.get(key)) == wanted), None)
    value = first(value)
    if isinstance(value, dict):
        value = value.get("url") or value.get("@value") or value.get("name")
    return None if value is None else str(value)


def first(value: Any) -> Any:
    """The first of a list, else the value."""
    return next(iter(value), None) if isinstance(value, list) else value


def listed(value: Any) -> list[Any]:
    """A list as it is, anything else as the only member of one."""
    return value if isinstance(value, list) else [value]
