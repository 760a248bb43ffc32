"""Which of several schema.org items on a page is the one that the page is about, and which describe the same thing."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urljoin, urlsplit

from parsel import Selector

from makeweight.stages.ingest.crawl import responses
from makeweight.stages.ingest.crawl.json_ld import decode_entities
from makeweight.stages.ingest.crawl.json_objects import (
    Nodes,
    is_a,
    local_name,
    objects,
    objects_in,
    property_of,
    resolve,
)

RELATED = {"itemListElement", "isRelatedTo", "isSimilarTo", "isAccessoryOrSparePartFor", "isConsumableFor", "mentions"}
"""Properties whose items are beside the one that the page is about."""
IDENTIFIERS = ("sku", "productID", "mpn", "isbn", "gtin", "gtin8", "gtin12", "gtin13", "gtin14")
NO_EVIDENCE = 3
"""The rank of an item that neither names the page nor another one."""

Address = tuple[str, str, str]
"""Host, path, query."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """An item of the right type, and how it stands on the page."""

    content: dict[str, Any]
    related: bool = False
    main: bool = False
    group: dict[str, Any] | None = None
    """The ProductGroup of which it is a variant."""


@dataclass(frozen=True, slots=True)
class Choice:
    """The item that fits a page best, and its rank, 0 for one that names the page."""

    rank: int
    best: Candidate
    equals: int = 0
    """Items of something else that fit equally well."""


def choose(contents: list[Any], own: set[Address], base: str, schema_type: str) -> Choice | None:
    """Return the best item of a type, or None if there is none or all belong to other pages."""
    main = main_entities(contents)
    ranked: list[tuple[int, Candidate]] = []
    for candidate in candidates_of(contents, local_name(schema_type)):
        named = candidate.content.get("@id") in main if candidate.content.get("@id") else False
        rank = rank_of(candidate, candidate.main or named, own, base)
        if rank is not None:
            ranked.append((rank, candidate))
    found = min(ranked, key=lambda pair: (pair[0], pair[1].related), default=None)
    if found is None:
        return None
    rank, best = found
    others = [one for other, one in ranked if other == rank and one.related == best.related and one is not best]
    return Choice(rank, best, sum(differ(best.content, other.content) for other in others))


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


def candidates_of(content: Any, name: str) -> Iterator[Candidate]:
    """Yield every object of a type, at any depth, in the order of the page."""
    yield from candidates_under(content, name, Candidate({}))


def candidates_under(content: Any, name: str, where: Candidate) -> Iterator[Candidate]:
    """Yield every object of a type inside a content; `where` says how that stands on the page."""
    if isinstance(content, dict):
        if is_a(content, name):
            yield Candidate(content, where.related, where.main, where.group)
        for key, value in content.items():
            if not isinstance(value, (dict, list)):
                continue
            property_name = local_name(str(key))
            related = where.related or property_name in RELATED
            group = content if property_name == "hasVariant" else None
            yield from candidates_under(value, name, Candidate({}, related, property_name == "mainEntity", group))
    elif isinstance(content, list):
        for value in content:
            if isinstance(value, (dict, list)):
                yield from candidates_under(value, name, where)


def main_entities(contents: list[Any]) -> set[str]:
    """Return the ids to which `mainEntity` refers."""
    entities = (entity for node in objects_in(contents) for entity in objects(node.get("mainEntity")))
    return {str(entity["@id"]) for entity in entities if "@id" in entity}


def groups_of(candidate: Candidate, nodes: Nodes) -> list[dict[str, Any]]:
    """Return the groups of which an item is a variant: what they say holds for it too."""
    named = [resolve(group, nodes) for group in objects(property_of(candidate.content, "isVariantOf"))]
    return named + ([candidate.group] if candidate.group is not None else [])


def describes_the_same(content: dict[str, Any], other: dict[str, Any], alone: bool) -> bool:
    """Return whether two items are the same thing: by an identifier or the name, or nothing says that they differ.

    Args:
        content: an item.
        other: another one.
        alone: whether the other one is the only item of its type in its part of the page.
    """
    if differ(content, other):
        return False
    return alone or any(texts_of(content, key) & texts_of(other, key) for key in (*IDENTIFIERS, "name"))


def differ(content: dict[str, Any], other: dict[str, Any]) -> bool:
    """Return whether two items are different things: by an identifier, or without a common one by the name."""
    for keys in (IDENTIFIERS, ("name",)):
        pairs = [(texts_of(content, key), texts_of(other, key)) for key in keys]
        both = [(mine, theirs) for mine, theirs in pairs if mine and theirs]
        if both:
            return any(not mine & theirs for mine, theirs in both)
    return False


def texts_of(content: dict[str, Any], key: str) -> set[str]:
    """Return the texts of a property without regard to capitals and white space."""
    value = property_of(content, key)
    values = value if isinstance(value, list) else [value]
    plain = [one.get("@value") if isinstance(one, dict) else one for one in values]
    return {" ".join(decode_entities(one).lower().split()) for one in plain if isinstance(one, str) and one.strip()}
