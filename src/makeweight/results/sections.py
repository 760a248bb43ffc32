"""The parts of the page, each made from the numbers, series and pictures of one stage or two."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from numbers import Integral, Real

import pandas as pd
from markupsafe import Markup

from makeweight.results.charts_old import join, number, tag
from makeweight.results.shelf import Shelf

MOST_ROWS = 100
"""Rows of a series without words of its own that the page shows."""


@dataclass(frozen=True)
class Section:
    """A part of the page."""

    anchor: str
    title: str
    lead: str
    body: Markup


@dataclass(frozen=True)
class Chapter:
    """How to make a section: its stages, the first of which is told where it is missing, and what draws it."""

    anchor: str
    title: str
    lead: str
    stages: tuple[str, ...]
    draw: Callable[[Shelf], Markup]

    def make(self, shelf: Shelf) -> Section:
        """The section; pictures and series of its stages that have no words of their own come last."""
        body = self.draw(shelf) or not_made_yet(self.stages[0])
        others = [other_file(parts, shelf) for stage in self.stages for parts in shelf.untaken(stage)]
        return Section(self.anchor, self.title, self.lead, join([body, *others]))


def other_file(parts: tuple[str, ...], shelf: Shelf) -> Markup:
    """A picture or a series, to be opened; nothing for other files."""
    name = readable(" ".join(parts).rpartition(".")[0])
    if parts[-1].endswith(".png"):
        return details(name, figure(shelf.picture(*parts), name))
    series = shelf.series(*parts) if parts[-1].endswith(".csv") else None
    return Markup("") if series is None else details(name, table(series.head(MOST_ROWS)))


def not_made_yet(stage: str) -> Markup:
    """What stands where a piece is missing."""
    told = Markup("Not made yet: <code>dvc repro {}</code>").format(stage)
    return tag("p", told, class_="missing")


def facts(pairs: Sequence[tuple[str, str]]) -> Markup:
    """A few big numbers with their names."""
    return tag(
        "dl", join([tag("div", join([tag("dt", name), tag("dd", value)])) for name, value in pairs]), class_="facts"
    )


def figure(address: str | None, words: str, caption: str = "") -> Markup:
    """A picture with its description; nothing where there is no picture."""
    if address is None:
        return Markup("")
    image = Markup('<img src="{}" alt="{}" loading="lazy">').format(address, words)
    return tag("figure", join([image, tag("figcaption", caption or words)]))


def table(rows: pd.DataFrame, words: Sequence[str] = (), best: Sequence[bool] | None = None, digits: int = 3) -> Markup:
    """A table; `words` names the columns that hold words, `best` marks rows."""
    word_columns = set(words) | {rows.columns[0]}
    head = [tag("th", str(name), scope="col", class_=side(name, word_columns)) for name in rows.columns]
    body = []
    for place, values in enumerate(rows.itertuples(index=False)):
        cells = [
            tag("td", shown(value, digits), class_=side(name, word_columns))
            for name, value in zip(rows.columns, values, strict=True)
        ]
        body.append(tag("tr", join(cells), class_="best" if best is not None and best[place] else ""))
    whole = tag("table", join([tag("thead", tag("tr", join(head))), tag("tbody", join(body))]))
    return tag("div", whole, class_="scroll")


def side(name: str, word_columns: set[str]) -> str:
    """Words stand on the left, numbers on the right."""
    return "words-column" if name in word_columns else ""


def shown(value: object, digits: int = 3) -> str:
    """A cell's value as a person reads it; nothing for a missing one."""
    if value is None or (isinstance(value, Real) and value != value):
        return ""
    if isinstance(value, Integral):
        return number(int(value))
    return number(float(value), digits) if isinstance(value, Real) else str(value)


def details(title: str, body: Markup, is_open: bool = False) -> Markup:
    """Something that opens on demand."""
    inside = join([tag("summary", title), body])
    return Markup("<details open>{}</details>").format(inside) if is_open else tag("details", inside)


def titled(title: str, body: Markup) -> Markup:
    """A small title with what it stands over."""
    return tag("div", join([tag("h3", title), body]))


def readable(name: str) -> str:
    """A name from code as words."""
    return name.replace("_", " ").replace("+", " + ")
