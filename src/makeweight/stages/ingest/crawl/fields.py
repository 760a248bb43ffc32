"""Read a listing's fields from its page: schema.org data, CSS, XPath or a constant."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

import extruct
from extruct.jsonld import JsonLdExtractor
from parsel import Selector

PATH_STEP = re.compile(r"([^.\[\]]+)(?:\[([^=\]]+)=([^\]]*)\])?(?:\.|$)")
"""One step of a dotted path: `name`, or `name[key=value]`."""
JSON_LD = JsonLdExtractor()


def read_fields(page: Selector, url: str, locators: dict[str, str], schema_type: str) -> dict[str, str | None]:
    """Return column -> text on the page without surrounding white space; None where there is none.

    Args:
        page: the parsed page.
        url: its address, to which schema.org data may refer.
        locators: column -> where its text is: `schema:...`, `css:...`, `xpath:...` or `constant:...`.
        schema_type: the schema.org type that `schema:` reads.
    """
    needs_schema = any(locator.startswith("schema:") for locator in locators.values())
    item = schema_item(page, url, schema_type) if needs_schema else {}
    return {column: read_field(page, item, locator) for column, locator in locators.items()}


def read_field(page: Selector, item: dict[str, Any], locator: str) -> str | None:
    """Return the text to which one locator points."""
    kind, _, path = locator.partition(":")
    if kind == "constant":
        return path
    if kind == "schema":
        value = text_at(item, path)
    else:
        matches = select(page, locator)
        value = text_of(matches[0]) if matches else None
    return (value or "").strip() or None


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
    """Return the href of every element that a selector matches, each once, by selector and in page order."""
    hrefs = (element.attrib.get("href", "").strip() for selector in selectors for element in select(page, selector))
    return list(dict.fromkeys(href for href in hrefs if href and not href.startswith("#")))


def schema_item(page: Selector, url: str, schema_type: str) -> dict[str, Any]:
    """Return the first schema.org item of a type, from JSON-LD or else from microdata; empty where there is none."""
    try:
        json_ld = JSON_LD.extract_items(page.root, base_url=url)
    except (ValueError, RecursionError):
        json_ld = []  # a script that is not JSON, or is nested too deep; there may still be microdata
    item = next(items_of(json_ld, schema_type), None)
    if item is None and page.xpath("//@itemtype[1]"):
        syntaxes = ["microdata"]
        microdata = extruct.extract(page.get(), base_url=url, syntaxes=syntaxes, uniform=True, errors="ignore")
        item = next(items_of(microdata["microdata"], schema_type), None)
    return item or {}


def items_of(content: Any, schema_type: str) -> Iterator[dict[str, Any]]:
    """Yield every object of a type, at any depth."""
    if isinstance(content, dict):
        types = content.get("@type")
        if schema_type in (types if isinstance(types, list) else [types]):
            yield content
        for value in content.values():
            yield from items_of(value, schema_type)
    elif isinstance(content, list):
        for value in content:
            yield from items_of(value, schema_type)


def text_at(item: dict[str, Any], path: str) -> str | None:
    """Return the text at a dotted path; `additionalProperty[name=nodes].value` selects a member of a list."""
    value: Any = item
    for name, key, expected in PATH_STEP.findall(path):
        value = first(value).get(name) if isinstance(first(value), dict) else None
        if key:
            members = (one for one in as_list(value) if isinstance(one, dict))
            value = next((one for one in members if str(one.get(key)) == expected), None)
    value = first(value)
    if isinstance(value, dict):
        value = value.get("url") or value.get("@value") or value.get("name")
    return None if value is None else str(value)


def first(value: Any) -> Any:
    """Return the first member of a list (None if it is empty), any other value unchanged."""
    return next(iter(value), None) if isinstance(value, list) else value


def as_list(value: Any) -> list[Any]:
    """Return a list unchanged, any other value as the only member of one."""
    return value if isinstance(value, list) else [value]
