"""The microdata and RDFa of a page, as objects like those of JSON-LD."""

import copy
import json
import re
from typing import Any

import extruct
from parsel import Selector

from makeweight.stages.ingest.crawl.json_objects import local_name

ADDRESSES = ("action", "href", "name", "src")
COMMENTS_IN_ADDRESSES = "//*[" + " or ".join(f"contains(@{name}, '<!--')" for name in ADDRESSES) + "]"


def microdata(page: Selector, base: str) -> list[Any]:
    """Return the page's microdata items."""
    if not page.xpath("//@itemtype[1]"):
        return []
    found = extruct.extract(source_of(page), base_url=base, syntaxes=["microdata"], uniform=True, errors="ignore")
    return list(found.get("microdata", []))


def rdfa(page: Selector, base: str) -> list[Any]:
    """Return the page's RDFa objects with the names of their properties instead of addresses, in a fixed order."""
    if not page.xpath("//@typeof[1]"):
        return []
    found = extruct.extract(source_of(page), base_url=base, syntaxes=["rdfa"], errors="ignore").get("rdfa", [])
    nodes = [
        {key if key[0] == "@" else local_name(key): in_order(value) for key, value in node.items()} for node in found
    ]
    return in_order(nodes)


def source_of(page: Selector) -> str:
    """Return the page as HTML, without `<!--` in addresses, each of which libxml2 follows to the address's end."""
    if not page.xpath(COMMENTS_IN_ADDRESSES):
        return page.get()
    copied = Selector(root=copy.deepcopy(page.root), type="html")
    for element in copied.xpath(COMMENTS_IN_ADDRESSES):
        for name in set(ADDRESSES) & set(element.root.attrib):
            element.root.set(name, element.root.get(name).replace("<!--", ""))
    return copied.get()


def in_order(values: Any) -> Any:
    """Return a list sorted without regard to the names of blank nodes, which differ from run to run."""
    if not isinstance(values, list):
        return values
    return sorted(values, key=lambda value: re.sub(r"_:\w+", "", json.dumps(value, sort_keys=True)))
