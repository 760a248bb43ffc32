"""The microdata and RDFa of a page, as objects like those of JSON-LD."""

import json
import re
from typing import Any

import extruct
from parsel import Selector

from makeweight.stages.ingest.crawl.json_objects import local_name


def microdata(page: Selector, base: str) -> list[Any]:
    """Return the page's microdata items."""
    if not page.xpath("//@itemtype[1]"):
        return []
    found = extruct.extract(page.get(), base_url=base, syntaxes=["microdata"], uniform=True, errors="ignore")
    return list(found.get("microdata", []))


def rdfa(page: Selector, base: str) -> list[Any]:
    """Return the page's RDFa objects with the names of their properties instead of addresses, in a fixed order."""
    if not page.xpath("//@typeof[1]"):
        return []
    found = extruct.extract(page.get(), base_url=base, syntaxes=["rdfa"], errors="ignore").get("rdfa", [])
    nodes = [
        {key if key[0] == "@" else local_name(key): in_order(value) for key, value in node.items()} for node in found
    ]
    return in_order(nodes)


def in_order(values: Any) -> Any:
    """Return a list sorted without regard to the names of blank nodes, which differ from run to run."""
    if not isinstance(values, list):
        return values
    return sorted(values, key=lambda value: re.sub(r"_:\w+", "", json.dumps(value, sort_keys=True)))
