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


class MarkupError(ValueError):
    """The microdata or RDFa of a page cannot be read; the message says why."""


def microdata(page: Selector, base: str) -> list[Any]:
    """Return the page's microdata items."""
    if not page.xpath("//@itemtype[1]"):
        return []
    return list(extracted(page, base, "microdata", uniform=True))


def rdfa(page: Selector, base: str) -> list[Any]:
    """Return the page's RDFa objects with the names of their properties instead of addresses, in a fixed order."""
    if not page.xpath("//@typeof[1]"):
        return []
    nodes = [
        {key if key[0] == "@" else local_name(key): in_order(value) for key, value in node.items()}
        for node in extracted(page, base, "rdfa")
    ]
    return in_order(nodes)


def extracted(page: Selector, base: str, syntax: str, uniform: bool = False) -> list[Any]:
    """Return what a page has in one syntax.

    Raises:
        MarkupError: it is so broken that nothing of it can be read.
    """
    try:
        return extruct.extract(source_of(page), base_url=base, syntaxes=[syntax], uniform=uniform)[syntax]
    except RecursionError:
        raise
    except Exception as error:  # of whichever kind the libraries below raise
        raise MarkupError(f"its {syntax} cannot be read: {' '.join(str(error).split())[:120]}") from None


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
