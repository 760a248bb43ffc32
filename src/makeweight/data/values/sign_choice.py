"""One decimal sign for the cells of a column: stated, unambiguous in the column, or as in the rest of the table."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np

from makeweight.data.values import number_cells
from makeweight.data.values.amounts import parse_number
from makeweight.data.values.distinct_texts import DistinctTexts
from makeweight.data.values.number_cells import NumberCell
from makeweight.data.values.written import Written

OVERWHELMING = 9
"""Cells of one sign for each of the other, for ambiguous cells of a column with both to follow."""

Source = Literal["stated", "column", "table", "both", "none", "no question"]


@dataclass(frozen=True, slots=True)
class SignCounts:
    """What the cells of a column say about its decimal sign."""

    points: int = 0
    """Cells that only a decimal point fits."""
    commas: int = 0
    ambiguous: list[int] = field(default_factory=list)
    """Positions of distinct texts that both signs fit, with different numbers."""
    ambiguous_count: int = 0


@dataclass(frozen=True, slots=True)
class SignChoice:
    """The decimal sign of a column and why."""

    sign: str
    source: Source = "no question"
    """`both`: cells contradict each other; `none`: nothing is known."""
    reason: str = ""
    counts: SignCounts = field(default_factory=SignCounts)
    thousands: str | None = None
    alone: bool = False
    """Whether each ambiguous cell is read on its own."""
    money: bool = False

    def value(self, cell: NumberCell | None, text: str) -> float:
        """Return the number of a cell, NaN where it has none under this sign."""
        if cell is None:
            return infinite(text)
        signs = number_cells.signs_of(cell, self.thousands)
        if self.source == "both" and len(signs) == 1:
            return checked(cell, signs)
        if self.alone and signs == ".," and not cell.body.isdigit():
            number = parse_number(cell.body, self.money)
            return np.nan if number is None else -number if cell.negative else number
        return checked(cell, self.sign) if self.sign in signs else np.nan


def checked(cell: NumberCell, sign: str) -> float:
    """Return the number of a cell; NaN where it is too small for a float and would become 0."""
    value = number_cells.value_of(cell, sign)
    return np.nan if value == 0 and any(letter in "123456789" for letter in cell.body) else value


def infinite(text: str) -> float:
    """Return infinity for its words, NaN for any other text."""
    plain = number_cells.plain_characters(text)
    if number_cells.INFINITE.fullmatch(plain):
        return -np.inf if plain.startswith("-") else np.inf
    return np.nan


def choose_sign(distinct: DistinctTexts, cells: Sequence[NumberCell | None], written: Written) -> SignChoice:
    """Return the decimal sign of the column's cells."""
    counts = count_signs(distinct, cells, written.thousands)
    points, commas = counts.points, counts.commas
    choice = SignChoice(".", counts=counts, thousands=written.thousands, money=written.money)
    stated = written.decimal or {".": ",", ",": "."}.get(written.thousands or "")
    if stated:
        return replace(choice, sign=stated, source="stated")
    if points and commas:
        clear = max(points, commas) >= OVERWHELMING * min(points, commas) and not written.money
        return replace(choice, sign="." if points >= commas else ",", source="both", alone=not clear)
    if points or commas:
        return replace(choice, sign="." if points else ",", source="column")
    if not counts.ambiguous:
        return choice
    if written.money:
        return replace(choice, source="none", alone=True)
    first = cells[counts.ambiguous[0]]
    has_points = first is not None and "." in first.body
    known = written.evidence.of_points() if has_points else written.evidence.of_commas()
    return replace(choice, sign=known[0], source="table", reason=known[1]) if known else replace(choice, source="none")


def count_signs(
    distinct: DistinctTexts, cells: Sequence[NumberCell | None], thousands: str | None = None
) -> SignCounts:
    """Count the cells that only one decimal sign fits, and find those that both fit with different numbers."""
    counts = {".": 0, ",": 0}
    ambiguous: list[int] = []
    for position, cell in enumerate(cells):
        if cell is None or cell.body.isdigit():
            continue
        signs = number_cells.signs_of(cell, thousands)
        if len(signs) == 1:
            counts[signs] += int(distinct.counts[position])
        elif signs and number_cells.value_of(cell, ".") != number_cells.value_of(cell, ","):
            ambiguous.append(position)
    return SignCounts(counts["."], counts[","], ambiguous, int(distinct.counts[ambiguous].sum()) if ambiguous else 0)
