"""The schema.org data of a page: the item that it is about, and the texts and pictures at a path in them."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from parsel import Selector

from makeweight.stages.ingest.crawl.item import Item
from makeweight.stages.ingest.crawl.item_choice import (
    NO_EVIDENCE,
    Address,
    Candidate,
    Choice,
    candidates_of,
    choose,
    describes_the_same,
    groups_of,
    own_addresses,
    rank_of,
)
from makeweight.stages.ingest.crawl.json_ld import read_scripts
from makeweight.stages.ingest.crawl.json_objects import Nodes, index_nodes, is_a, local_name, objects_in, types_of
from makeweight.stages.ingest.crawl.markup import MarkupError, microdata, rdfa

SUBTYPES = {"Product": ("ProductGroup", "IndividualProduct", "ProductModel", "SomeProducts", "Vehicle", "Car")}
"""Types that are read where none of the type itself is on the page."""
SEVERAL = "fit the page equally well; the first is read"
"""The end of the fault by which a page has several items and no sign of its own."""
TOO_DEEP = "its schema.org data are nested too deep"


@dataclass(frozen=True)
class Sources:
    """Where a page has schema.org data; microdata and RDFa are read when they are needed, for that is slow."""

    page: Selector
    base: str
    own: set[Address]
    """The addresses of the page."""
    scripts: list[Any]
    faults: list[str] = field(default_factory=list)
    """Why microdata or RDFa could not be read."""

    @cached_property
    def markup(self) -> list[list[Any]]:
        """The objects of microdata, and those of RDFa; what cannot be read is added to `faults`."""
        found: list[list[Any]] = []
        for read in (microdata, rdfa):
            try:
                found.append(read(self.page, self.base))
            except MarkupError as error:
                self.faults.append(str(error))
                found.append([])
        return found

    def parts(self) -> Iterator[list[Any]]:
        """Yield the objects in JSON-LD, in microdata and in RDFa."""
        yield self.scripts
        yield from self.markup


@dataclass(frozen=True)
class PageData:
    """The schema.org data of a page, and what of them is missing, doubtful or could not be read."""

    choice: Choice | None = None
    sources: Sources | None = None
    schema_type: str = ""
    faults: tuple[str, ...] = ()
    nodes: Nodes = field(default_factory=dict)

    def text(self, path: str) -> str | None:
        """Return the first text at a path in the page's item, or else in what describes the same thing."""
        found = (item.text(rest) for item, rest in self.places(path))
        return next((text for text in found if text is not None), None)

    def pictures(self, path: str) -> Iterator[str]:
        """Yield the addresses of pictures at a path: of the first item that has any."""
        for item, rest in self.places(path):
            found = list(item.pictures(rest))
            if found:
                yield from found
                return

    def places(self, path: str) -> Iterator[tuple[Item, str]]:
        """Yield the items in which a path is looked up, with the rest of the path in each."""
        yield from ((item, path) for item in self.descriptions())
        name, _, rest = path.partition(".")
        if self.sources is not None and name[:1].isupper():
            for part in self.sources.parts():
                nodes = index_nodes(part)
                yield from ((Item(node, nodes), rest) for node in objects_in(part) if is_a(node, name))

    def descriptions(self) -> Iterator[Item]:
        """Yield the page's item, its product group, and other items that describe the same thing."""
        if self.choice is None or self.sources is None:
            return
        best = self.choice.best
        yield Item(best.content, self.nodes)
        yield from (Item(group, self.nodes) for group in groups_of(best, self.nodes))
        yield from self.others_in_scripts
        yield from self.others_in_markup

    @cached_property
    def others_in_scripts(self) -> list[Item]:
        """The items in JSON-LD that describe the same thing as the page's item; found once, for every field asks."""
        return [] if self.sources is None else self.others_in(self.sources.scripts)

    @cached_property
    def others_in_markup(self) -> list[Item]:
        """Those in microdata and RDFa; looked for when they are needed, for that is slow."""
        return [] if self.sources is None else [item for part in self.sources.markup for item in self.others_in(part)]

    def others_in(self, part: list[Any]) -> list[Item]:
        """Return the items in a part of the page that describe the same thing as the page's item."""
        if self.choice is None or self.sources is None:
            return []
        best = self.choice.best.content
        candidates = list(candidates_of(part, local_name(self.schema_type)))
        found = []
        for other in candidates:
            alone = len(candidates) == 1 and not names_another_page(other, self.sources)
            if other.content is not best and describes_the_same(best, other.content, alone):
                found.append(other.content)
        nodes = index_nodes(part) if found else {}
        return [Item(content, nodes) for content in found]


def read_data(page: Selector, url: str, base: str, schema_type: str) -> PageData:
    """Return the page's data with the item that it is about: one that names the page comes before the first one.

    Args:
        page: the parsed page.
        url: its address.
        base: the address to which its relative links refer.
        schema_type: the schema.org type.
    """
    scripts = read_scripts(page)
    own = own_addresses(page, url, base)
    sources = Sources(page, base, own, list(scripts.contents))
    try:
        contents = sources.scripts
        choice = choose(contents, own, base, schema_type)
        if choice is None or choice.rank > NO_EVIDENCE:
            contents = [content for part in sources.parts() for content in part]
            choice = choose(contents, own, base, schema_type) or choose_subtype(contents, own, base, schema_type)
        if choice is None:
            faults = (*scripts.faults, *sources.faults, describe_types(contents, schema_type))
            return PageData(None, sources, schema_type, faults)
        nodes = index_nodes(contents)
    except RecursionError:
        return PageData(faults=(*scripts.faults, TOO_DEEP))
    several = f"{choice.equals + 1} {local_name(schema_type)} items {SEVERAL}"
    faults = (*scripts.faults, *sources.faults, *([several] if choice.equals else []))
    return PageData(choice, sources, schema_type, faults, nodes)


def names_another_page(candidate: Candidate, sources: Sources) -> bool:
    """Return whether an item belongs to another page, by what it names or by where it stands."""
    rank = rank_of(candidate, candidate.main, sources.own, sources.base)
    return rank is None or rank > NO_EVIDENCE


def choose_subtype(contents: list[Any], own: set[Address], base: str, schema_type: str) -> Choice | None:
    """Return the best item of a more special type, where no item of the type itself is on the page."""
    name = local_name(schema_type)
    if any(True for _ in candidates_of(contents, name)):
        return None
    choices = (choose(contents, own, base, subtype) for subtype in SUBTYPES.get(name, ()))
    return next((choice for choice in choices if choice is not None), None)


def describe_types(contents: Any, schema_type: str) -> str:
    """Return in words that no item of a type is on the page, and which types are."""
    if any(True for _ in candidates_of(contents, local_name(schema_type))):
        return f"every {schema_type} in its schema.org data names another page"
    found = list(dict.fromkeys(name for node in objects_in(contents) for name in types_of(node)))
    there = f", but {', '.join(found[:6])}" if found else ""
    return f"no {schema_type} in its schema.org data{there}"
