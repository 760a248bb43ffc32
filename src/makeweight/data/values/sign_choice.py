"""One decimal sign for the cells of a column: stated, unambiguous in the column, or as in the rest of the table."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from makeweight.data.values import number_cells
from makeweight.data.values.amounts import parse_number
from makeweight.data.values.distinct_texts import DistinctTexts
from makeweight.data.values.number_cells import NumberCell
from makeweight.data.values.written import Written

OVERWHELMING = 9
"""Cells of one sign for each of the other, for ambiguous cells of a column with both to follow."""


@dataclass(frozen=True)
class SignChoice:
    """The decimal sign of a column and why."""

    sign: str
    source: str = ""
    """stated, column, table, both (cells contradict each other), none (nothing is known), or empty: no question."""
    reason: str = ""
    points: int = 0
    """Cells that only a decimal point fits."""
    commas: int = 0
    ambiguous: tuple[int, ...] = ()
    """Positions of distinct texts that both signs fit, with different numbers."""
    ambiguous_count: int = 0
    per_cell: bool = False
    """Whether each cell decides for itself."""
    ambiguous_as: Callable[[str], float | None] | None = None
    thousands: str | None = None

    def value(self, cell: NumberCell | None, text: str) -> float:
        """Return the number of a cell, NaN where it has none under this sign."""
        if cell is None:
            return infinite(text)
        signs = number_cells.signs_of(cell)
        if self.per_cell and len(signs) == 1:
            return checked(cell, signs)
        if self.per_cell and self.ambiguous_as and signs == ".," and not cell.body.isdigit():
            number = self.ambiguous_as(cell.body)
            return np.nan if number is None else -number if cell.negative else number
        if self.sign not in signs or not self.has_thousands(cell):
            return np.nan
        return checked(cell, self.sign)

    def has_thousands(self, cell: NumberCell) -> bool:
        """Return whether the separator of thousands is the stated one."""
        if self.thousands is None:
            return True
        found = {letter for letter in cell.body if letter not in "0123456789" and letter != self.sign}
        return found <= {self.thousands}


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
    counts = {".": 0, ",": 0}
    ambiguous: list[int] = []
    for position, cell in enumerate(cells):
        if cell is None or cell.body.isdigit():
            continue
        signs = number_cells.signs_of(cell)
        if len(signs) == 1:
            counts[signs] += int(distinct.counts[position])
        elif signs and number_cells.value_of(cell, ".") != number_cells.value_of(cell, ","):
            ambiguous.append(position)
    points, commas = counts["."], counts[","]
    stated = written.decimal or {".": ",", ",": "."}.get(written.thousands or "")

    def choice(sign: str, source: str, reason: str = "", **more: object) -> SignChoice:
        cells_in_doubt = int(distinct.counts[ambiguous].sum()) if ambiguous else 0
        return SignChoice(
            sign, source, reason, points, commas, tuple(ambiguous), cells_in_doubt,
            thousands=written.thousands, **more,  # type: ignore[arg-type]
        )  # fmt: skip

    if stated:
        return choice(stated, "stated")
    if points and commas:
        return choice("." if points >= commas else ",", "both", per_cell=True,
                      ambiguous_as=majority_or_alone(points, commas, written.money))  # fmt: skip
    if points or commas:
        return choice("." if points else ",", "column")
    if not ambiguous:
        return choice(".", "")
    if written.money:
        return choice(".", "none", per_cell=True, ambiguous_as=alone(True))
    has_points = "." in cells[ambiguous[0]].body  # type: ignore[union-attr]
    known = written.evidence.of_points() if has_points else written.evidence.of_commas()
    return choice(known[0], "table", known[1]) if known else choice(".", "none")


def alone(money: bool) -> Callable[[str], float | None]:
    """Return a reader of a cell on its own."""
    return lambda body: parse_number(body, money)


def majority_or_alone(points: int, commas: int, money: bool) -> Callable[[str], float | None]:
    """Return a reader of ambiguous cells: as nearly all others are written, else each cell on its own."""
    if not money and max(points, commas) >= OVERWHELMING * min(points, commas):
        point = points > commas
        return lambda body: float(body.replace(",", "") if point else body.replace(".", "").replace(",", "."))
    return alone(money)
