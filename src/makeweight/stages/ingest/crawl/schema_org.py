"""The schema.org item that a page is about, and the values at a path in it."""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

import extruct
from parsel import Selector

from makeweight.stages.ingest.crawl import responses
from makeweight.stages.ingest.crawl.json_ld import JsonNumber, decode_entities, read_scripts, storable

PATH_STEP = re.compile(r"([^.\[\]]+)(?:\[([^=\]]+)=([^\]]*)\])?(?:\.|$)")
"""One step of a dotted path: `name`, or `name[key=value]`."""
RELATED = {"itemListElement", "isRelatedTo", "isSimilarTo", "isAccessoryOrSparePartFor", "isConsumableFor", "mentions"}
"""Properties whose items are beside the one that the page is about."""
TEXT_KEYS = ("@value", "value", "name", "url")
"""Where an object has its text, in this order."""
PICTURE_KEYS = ("contentUrl", "url", "src", "thumbnailUrl", "thumbnail", "@id")
"""Where an ImageObject has the address of the picture; its name is none."""
NO_EVIDENCE = 3
"""The rank of an item that neither names the page nor another one."""

Address = tuple[str, str, str]
"""Host, path, query."""


@dataclass(frozen=True, slots=True)
class Item:
    """An object of the page's data, with the objects to which it may refer by `@id`."""

    content: dict[str, Any]
    nodes: dict[str, dict[str, Any]]

    def values(self, path: str) -> Iterator[Any]:
        """Yield the values at a dotted path; `additionalProperty[name=nodes].value` selects a member of a list."""
        yield from values_at(self.content, PATH_STEP.findall(path), self.nodes)

    def text(self, path: str) -> str | None:
        """Return the first text at a path, or None."""
        return next((text for value in self.values(path) if (text := self.plain(value)) is not None), None)

    def pictures(self, path: str) -> Iterator[str]:
        """Yield the addresses of pictures at a path, in their order."""
        for value in self.values(path):
            yield from self.addresses(value)

    def plain(self, value: Any) -> str | None:
        """Return a value as text without surrounding white space; None for an empty one."""
        if isinstance(value, JsonNumber):
            return value
        if isinstance(value, bool):
            return str(value).lower()
        if isinstance(value, str):
            return storable(value).strip() or None
        if isinstance(value, list):
            return next((text for member in value if (text := self.plain(member)) is not None), None)
        if not isinstance(value, dict):
            return None
        value = resolve(value, self.nodes)
        texts = (self.plain(property_of(value, key)) for key in TEXT_KEYS)
        found = next((text for text in texts if text is not None), None)
        identifier = str(value.get("@id", ""))
        return identifier if found is None and identifier.startswith(("http://", "https://")) else found

    def addresses(self, value: Any) -> Iterator[str]:
        """Yield the addresses of a picture, which is given as text, as an ImageObject or as a list of both."""
        if isinstance(value, str) and value.strip():
            yield decode_entities(storable(value)).strip()
        elif isinstance(value, list):
            for member in value:
                yield from self.addresses(member)
        elif isinstance(value, dict):
            found = resolve(value, self.nodes)
            for key in PICTURE_KEYS:
                part = property_of(found, key)
                if key != "@id" or str(part).startswith(("http://", "https://")):
                    yield from self.addresses(part)


@dataclass(frozen=True, slots=True)
class PageData:
    """The item of a page, and why there is none or what of the page's data could not be read."""

    item: Item | None
    faults: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """An item of the right type, and how it stands on the page."""

    content: dict[str, Any]
    related: bool = False
    main: bool = False


def read_item(page: Selector, url: str, base: str, schema_type: str) -> PageData:
    """Return the item that the page is about: one that names the page comes before the first one.

    Args:
        page: the parsed page.
        url: its address.
        base: the address to which its relative links refer.
        schema_type: the schema.org type.
    """
    scripts = read_scripts(page)
    own = own_addresses(page, url, base)
    contents = list(scripts.contents)
    try:
        best = choose(contents, own, base, schema_type)
        if best is None or best[0] > NO_EVIDENCE:
            contents += [*microdata(page, base), *rdfa(page, base)]
            best = choose(contents, own, base, schema_type)
        if best is None:
            return PageData(None, (*scripts.faults, describe_types(contents, schema_type)))
        return PageData(Item(best[1], index_nodes(contents)), tuple(scripts.faults))
    except RecursionError:
        return PageData(None, (*scripts.faults, "its schema.org data are nested too deep"))


def choose(contents: list[Any], own: set[Address], base: str, schema_type: str) -> tuple[int, dict[str, Any]] | None:
    """Return rank and content of the best item of a type, or None if all belong to other pages."""
    main = main_entities(contents)
    ranked: list[tuple[int, Candidate]] = []
    for candidate in candidates_of(contents, local_name(schema_type)):
        named = candidate.content.get("@id") in main if candidate.content.get("@id") else False
        rank = rank_of(candidate, candidate.main or named, own, base)
        if rank is not None:
            ranked.append((rank, candidate))
    best = min(ranked, key=lambda pair: (pair[0], pair[1].related), default=None)
    return None if best is None else (best[0], best[1].content)


def rank_of(candidate: Candidate, main: bool, own: set[Address], base: str) -> int | None:
    """Return how well an item fits the page, 0 for the best, or None if it belongs to another page."""
    content = candidate.content
    identifier = str(content.get("@id") or "")
    names = named_addresses([property_of(content, "url"), property_of(content, "mainEntityOfPage")], base)
    identifiers = named_addresses([identifier], base)
    offers = named_addresses([property_of(offer, "url") for offer in objects(property_of(content, "offers"))], base)
    if names & own or ("#" not in identifier and identifiers & own):
        return 0
    if nearly_own(names, own) or (not names and (identifiers | offers) & own):
        return 1
    if main:
        return 2
    elsewhere = bool(names) or identifier.startswith(("http://", "https://"))
    if candidate.related:
        return None if elsewhere else 5
    return 4 if elsewhere else NO_EVIDENCE


def nearly_own(names: set[Address], own: set[Address]) -> bool:
    """Return whether a name is the page but for its host, or but for a query.

    A copy of a site names the host of the original. Where only one of both has a query, it is a variant of the product,
    or a mark of the visitor.
    """
    paths = {address[:2] for address in own}
    without_host = {address[1:] for address in own if address[1]}
    page_has_query = any(query for _, _, query in own)
    return any(
        address[1:] in without_host or (address[:2] in paths and not (address[2] and page_has_query))
        for address in names
    )


def own_addresses(page: Selector, url: str, base: str) -> set[Address]:
    """Return the addresses of a page: that of the response, and those that the page itself names."""
    canonical = page.xpath("//link[@rel='canonical']/@href | //meta[@property='og:url']/@content").getall()
    return named_addresses([url, *canonical], base)


def named_addresses(values: Sequence[Any], base: str) -> set[Address]:
    """Return the pages that values name; a value is an address, an object with one, or a list of them."""
    found = set()
    for value in values:
        if isinstance(value, list):
            found |= named_addresses(value, base)
        elif isinstance(value, dict):
            found |= named_addresses([value.get("@id"), value.get("url")], base)
        elif isinstance(value, str) and value.strip():
            address = address_of(value, base)
            found |= {address} if address else set()
    return found


def address_of(text: str, base: str) -> Address | None:
    """Return host, path and query of an address without what does not change the page; None if it is no page."""
    try:
        url = urljoin(base, decode_entities(text).strip())
        parts = urlsplit(url)
        host = responses.host_of(url).removeprefix("www.")
    except ValueError:
        return None
    return (host, unquote(parts.path).rstrip("/"), parts.query) if parts.scheme in ("http", "https") else None


def candidates_of(content: Any, name: str, related: bool = False, main: bool = False) -> Iterator[Candidate]:
    """Yield every object of a type, at any depth, in the order of the page."""
    if isinstance(content, dict):
        if name in types_of(content):
            yield Candidate(content, related, main)
        for key, value in content.items():
            beside = related or local_name(str(key)) in RELATED
            yield from candidates_of(value, name, beside, local_name(str(key)) == "mainEntity")
    elif isinstance(content, list):
        for value in content:
            yield from candidates_of(value, name, related, main)


def types_of(content: dict[str, Any]) -> list[str]:
    """Return the types of an object by name: `Product` also where it is `http://schema.org/Product`."""
    return [local_name(value) for value in as_list(content.get("@type")) if isinstance(value, str)]


def local_name(name: str) -> str:
    """Return the last part of a type or property that is written as an address or with a prefix."""
    return re.split(r"[/#:]", name.strip().rstrip("/#"))[-1]


def describe_types(contents: Any, schema_type: str) -> str:
    """Return in words that no item of a type is on the page, and which types are."""
    if any(True for _ in candidates_of(contents, local_name(schema_type))):
        return f"every {schema_type} in its schema.org data names another page"
    found = list(dict.fromkeys(name for node in objects_in(contents) for name in types_of(node)))
    there = f", but {', '.join(found[:6])}" if found else ""
    return f"no {schema_type} in its schema.org data{there}"


def main_entities(contents: list[Any]) -> set[str]:
    """Return the ids to which `mainEntity` refers."""
    entities = (entity for node in objects_in(contents) for entity in objects(node.get("mainEntity")))
    return {str(entity["@id"]) for entity in entities if "@id" in entity}


def index_nodes(contents: list[Any]) -> dict[str, dict[str, Any]]:
    """Return id -> the object that says most about it."""
    nodes: dict[str, dict[str, Any]] = {}
    for node in objects_in(contents):
        identifier = node.get("@id")
        if isinstance(identifier, str) and len(node) > len(nodes.get(identifier, {"@id": identifier})):
            nodes[identifier] = node
    return nodes


def objects_in(content: Any) -> Iterator[dict[str, Any]]:
    """Yield every object, at any depth."""
    if isinstance(content, dict):
        yield content
    members = content.values() if isinstance(content, dict) else content if isinstance(content, list) else ()
    for value in members:
        yield from objects_in(value)


def objects(value: Any) -> list[dict[str, Any]]:
    """Return the objects among a value or its members."""
    return [one for one in as_list(value) if isinstance(one, dict)]


def values_at(value: Any, steps: Sequence[tuple[str, str, str]], nodes: dict[str, dict[str, Any]]) -> Iterator[Any]:
    """Yield the values at the steps of a path; of a list those of every member in turn."""
    if isinstance(value, list):
        for member in value:
            yield from values_at(member, steps, nodes)
    elif not steps:
        yield value
    elif isinstance(value, dict):
        name, key, expected = steps[0]
        found = property_of(resolve(value, nodes), name)
        if key:
            found = [one for one in objects(found) if str(property_of(one, key)) == expected]
        yield from values_at(found, steps[1:], nodes)


def resolve(value: dict[str, Any], nodes: dict[str, dict[str, Any]]) -> dict[str, Any]:
    """Return the object to which a mere `@id` refers, any other object unchanged."""
    return nodes.get(value["@id"], value) if isinstance(value.get("@id"), str) and len(value) <= 2 else value


def property_of(content: dict[str, Any], name: str) -> Any:
    """Return a property, also where its name is written with a prefix or as an address."""
    if name in content:
        return content[name]
    return next((value for key, value in content.items() if key[:1] != "@" and local_name(key) == name), None)


def as_list(value: Any) -> list[Any]:
    """Return a list unchanged, any other value as the only member of one."""
    return value if isinstance(value, list) else [value]


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
