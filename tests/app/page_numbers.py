"""Every number in the tables, facts and charts of a page, and whether results/ gives it for the row it stands in."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from numbers import Real
from typing import Any

import pandas as pd
from lxml import html

from makeweight.balance.arm import Arm
from makeweight.results.classifiers import ArmConfusion, Confusion
from makeweight.results.embedding import Embedding
from makeweight.results.run import Run

NUMBER = re.compile(r"(?<![\w.])[+\u2212\u00b1-]?\d[\d,]*(?:\.\d+)?(?:e-?\d+)?(?![\w])")
ALIASES = {
    "Recall of rare classes, points": "minority recall",
    "Synthetic rows, %": "amount",
    "recall of rare classes": "minority recall",
    "missing in rows out": "missing in kept",
    "purity before t-SNE": "purity before tsne",
    "Real and synthetic on one plane, points": "embedding",
    "argmax": "argmax macro f1",
    "cells": "count",
    "What the rules of cleaning did, left": "steps",
    "What the rules of cleaning did, rows": "count",
    "left out while read": "rows left out",
    "dropped by rules": "rows dropped",
    "rows out": "kept",
    "samples found": "samples",
    "failed to load": "failures",
    "kept by cleaning": "samples out",
    "largest to smallest class": "imbalance ratio",
}
"""Head of a column (after that of its part), or name of a fact -> what results/ calls its numbers."""
SERIES = re.compile(r"plots/(\S+\.csv)")
SCALES = (1, 100)
"""A share may be shown in points or per cent."""


@dataclass(frozen=True)
class Leaf:
    """A number of a run, with every name on the way to it."""

    value: float
    names: frozenset[str]


@dataclass(frozen=True)
class Shown:
    """A cell of a page: its text, the words of its row, and the name of its column and of its part of the page."""

    text: str
    row: tuple[str, ...]
    column: str = ""
    part: str = ""


@cache
def words(name: object) -> str:
    """A name as pages write it."""
    return re.sub(r"\s+", " ", re.sub(r"[_\-.]|\s*\(.*?\)", " ", str(name).replace("+", " + "))).strip().lower()


# What results/ gives


def leaves_of(run: Run) -> list[Leaf]:
    """Every number of a run, through the reader's own values."""
    found = [leaf for name in vars(Run) if isinstance(getattr(Run, name), property)
             for leaf in walk(getattr(run, name), {words(name)})]  # fmt: skip
    found += walk(run.arm_confusions(), set())
    verdict = run.verdict
    for arm in verdict.arm_names if verdict else ():
        for value in (run.score(arm), run.cost(arm), run.scores_beside(arm, verdict.view)):
            found += walk(value, {words(arm)})
        for engine in Arm.parse(arm).engines if run.fidelity else ():
            attack = run.fidelity.worst_membership_auc(engine)
            found += walk(attack, {words(arm), "membership attack"})
    return found


def walk(value: Any, names: set[str]) -> Iterator[Leaf]:
    """The numbers in a value of the reader; texts in a dataclass name the numbers beside them."""
    if isinstance(value, Confusion | ArmConfusion):
        beside = names | {words(getattr(value, name)) for name in ("trained_on", "network", "tested_on", "arm")
                          if hasattr(value, name)}  # fmt: skip
        for actual, counts in zip(value.labels, value.counts, strict=True):
            for predicted, count in zip(value.labels, counts, strict=True):
                yield Leaf(count, frozenset({*beside, words(actual), words(predicted)}))
    elif isinstance(value, Real) and not isinstance(value, bool):
        yield Leaf(float(value), frozenset(names))
    elif isinstance(value, Embedding):
        yield from walk(value.sources, names)  # its points are places without a unit
    elif isinstance(value, pd.DataFrame):
        for row in value.to_dict("records"):
            yield from walk(row, names)
    elif isinstance(value, Mapping):
        texts = {words(part) for part in value.values() if isinstance(part, str)}
        for name, part in value.items():
            yield from walk(part, names | texts | {words(name)})
    elif is_dataclass(value):
        parts = {one.name: getattr(value, one.name) for one in fields(value)}
        own = [name for name, attribute in vars(type(value)).items() if isinstance(attribute, property)]
        parts |= {name: getattr(value, name) for name in own}
        yield from walk(parts, names)
    elif isinstance(value, Sequence) and not isinstance(value, str | bytes):
        for part in value:
            yield from walk(part, names)


# What a page shows


def shown_on(page: str) -> list[Shown]:
    """The cells of a page's tables, the values of its lists of facts, and the numbers of its charts' rows."""
    root = html.fromstring(page.encode(), parser=html.HTMLParser(encoding="utf-8"))
    for tick in root.xpath("//*[contains(@class, 'axis')] | //svg[contains(@class, 'ticks')]"):
        tick.drop_tree()
    return [*cells_of(root), *facts_of(root), *rows_of(root)]


def cells_of(root: html.HtmlElement) -> Iterator[Shown]:
    part = ""
    for element in root.iter("h2", "h3", "summary", "table"):
        if element.tag == "table":
            yield from cells_of_table(element, part)
        else:
            part = text_of(element)


def cells_of_table(table: html.HtmlElement, part: str) -> Iterator[Shown]:
    lines = [line.xpath("./th | ./td") for line in table.iter("tr")]
    heads = [text_of(cell) for cell in lines[0]] if lines else []
    for cells in lines[1:]:
        texts = [text_of(cell) for cell in cells]
        names = tuple(text for text in texts[1:] if text and not NUMBER.search(text))
        for cell, text, column in zip(cells[1:], texts[1:], heads[1:], strict=False):
            if "words-column" not in cell.get("class", ""):
                yield Shown(text, (texts[0], *names), column, part)


def facts_of(root: html.HtmlElement) -> Iterator[Shown]:
    for fact in root.xpath("//dl[contains(@class, 'facts')]/div"):
        name = text_of(fact.find("dt"))
        for value in fact.findall("dd"):
            yield Shown(text_of(value), (name,), part="facts")


def rows_of(root: html.HtmlElement) -> Iterator[Shown]:
    for row in root.xpath("//div[contains(@class, 'row')][span[@class='name']]"):
        name = row.find("span[@class='name']")
        texts = row.xpath("./span[@class='numbers'] | .//text")
        yield from (Shown(text_of(text), (text_of(name, "small"),), part="chart") for text in texts)


def text_of(element: html.HtmlElement, without: str = "") -> str:
    parts = [element.text or ""]
    for child in element:
        parts += [text_of(child) if child.tag != without else "", child.tail or ""]
    return re.sub(r"\s+", " ", " ".join(parts)).strip()


# Whether they are the same


class Results:
    """What a run's results give; `facts` are texts of results/ whose numbers may stand in the fact of their name."""

    def __init__(self, run: Run, facts: Mapping[str, str]) -> None:
        leaves = leaves_of(run)
        self.run, self.facts = run, facts
        self.values = [leaf.value for leaf in leaves]
        self.places: dict[str, set[int]] = {}
        for place, leaf in enumerate(leaves):
            for name in leaf.names:
                self.places.setdefault(name, set()).add(place)

    def wrong(self, page: str) -> list[tuple[str, Shown]]:
        """The numbers of a page that results/ does not give for their row, with the cells they stand in."""
        found = []
        for shown in shown_on(page):
            numbers = NUMBER.findall(shown.text)
            known = self.of(shown) if numbers else []
            found += [(one, shown) for one in numbers if not any(is_shown(one, value) for value in known)]
        return found

    def of(self, shown: Shown) -> list[float]:
        """The numbers that may stand in a cell: those of its row, and of its column and part where they have names."""
        heading, *others = shown.row
        if shown.part == "facts" and heading in self.facts:
            return [parsed(one)[0] for one in NUMBER.findall(self.facts[heading])]
        if series := SERIES.match(shown.part):
            table = self.run.folders.series(*series[1].split("/"))
            return [] if table is None else [float(value) for value in table[shown.column].dropna()]
        named = self.named(ALIASES.get(heading, heading))
        if not named:
            return []
        places = set(self.places[named[0]])
        for name in named[1:]:
            places = places & self.places[name] or places
        for text in (self.column_of(shown), shown.part):
            places = places & self.inside(words(text)) or places
        for name in [name for text in others for name in self.named(text)]:
            places = places & self.places[name] or places
        return [self.values[place] for place in places]

    def column_of(self, shown: Shown) -> str:
        """What results/ calls the numbers of a column."""
        return ALIASES.get(f"{shown.part}, {shown.column}", ALIASES.get(shown.column, shown.column))

    def named(self, text: str) -> list[str]:
        """The names that a heading has: as a whole, as its beginning and its rest, or part by part."""
        first, _, rest = text.partition(",")
        for parts in ([text], [first, rest], text.split(",")):
            names = [words(part.replace(",", " ")) for part in parts]
            if all(name in self.places for name in names):
                return names
        return []

    @cache  # noqa: B019
    def inside(self, text: str) -> set[int]:
        """The places of the numbers that have a name which stands in a text."""
        names = [name for name in self.places if name and re.search(rf"\b{re.escape(name)}\b", text)]
        return set().union(*(self.places[name] for name in names))


def is_shown(text: str, value: float) -> bool:
    """Whether a text is a number to the digits that it has."""
    number, half = parsed(text)
    return any(abs(abs(scale * value) - number) <= half for scale in SCALES)


def parsed(text: str) -> tuple[float, float]:
    """A number without its sign, and half of its last digit."""
    plain = text.lstrip("+-\u2212\u00b1").replace(",", "")
    mantissa, _, exponent = plain.partition("e")
    digits = len(mantissa.partition(".")[2]) - int(exponent or 0)
    return float(plain), 0.5 * 10.0**-digits * (1 + 1e-6)
