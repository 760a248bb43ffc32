"""Which decimal sign a column has, from its own cells and from the rest of the table."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import pandas as pd

from makeweight.data import mapped
from makeweight.data.values import number_cells
from makeweight.data.values.column_types import is_text
from makeweight.data.values.missing import is_missing

MOST_CELLS = 50_000
"""Distinct cells of a column that are looked at; beyond them every n-th."""
MAJORITY = 3
"""Columns of one sign for each of the other, for the table to count as evidence."""


@dataclass(frozen=True, slots=True)
class DecimalEvidence:
    """What a table says about its decimal sign."""

    points: dict[str, str]
    """Column with decimal points -> an example."""
    commas: dict[str, str]
    separator: str | None = None
    """Between the columns of the file."""

    @property
    def sign(self) -> str | None:
        """The sign of the columns that leave no doubt; None if there are none or they differ."""
        points, commas = len(self.points), len(self.commas)
        if points > MAJORITY * commas:
            return "."
        return "," if commas > MAJORITY * points else None

    def of_commas(self) -> tuple[str, str] | None:
        """Return the sign of a column that has only cells such as 2,390, and the reason; None if nothing is known."""
        if self.sign:
            return self.sign, self.reason(self.sign)
        if self.separator == ";" and not self.points:
            return ",", "for the file separates its columns by semicolons"
        return None

    def of_points(self) -> tuple[str, str] | None:
        """Return the sign of a column that has only cells such as 2.390, and the reason; None if nothing is known."""
        return (self.sign, self.reason(self.sign)) if self.sign else None

    def reason(self, sign: str) -> str:
        """Return the column and the example that decide."""
        column, example = next(iter((self.points if sign == "." else self.commas).items()))
        return f"as in column `{column}`, which has {example!r}"


NO_EVIDENCE = DecimalEvidence({}, {})


def find_decimal(columns: Mapping[str, pd.Series], separator: str | None = None) -> DecimalEvidence:
    """Return what the cells of a table say about its decimal sign.

    Args:
        columns: those that may hold numbers.
        separator: between the columns of the file, if it has one.
    """
    points: dict[str, str] = {}
    commas: dict[str, str] = {}
    for name, cells in columns.items():
        found = own_signs(texts_with_separators(cells))
        if bool(found["."]) != bool(found[","]):
            sign = "." if found["."] else ","
            (points if sign == "." else commas)[str(name)] = found[sign]
    return DecimalEvidence(points, commas, separator)


def texts_with_separators(cells: pd.Series) -> list[str]:
    """Return distinct texts with a point or a comma in them."""
    if pd.api.types.is_numeric_dtype(cells) or pd.api.types.is_datetime64_any_dtype(cells):
        return []
    distinct = cells.unique() if is_text(cells) else cells.drop_duplicates()
    texts = [value for value in distinct.tolist() if isinstance(value, str) and not is_missing(value)]
    mapped.release()
    texts = [text for text in texts if "." in text or "," in text or not text.isascii()]
    return texts[:: 1 + len(texts) // MOST_CELLS]


def own_signs(texts: Iterable[str]) -> dict[str, str]:
    """Return an example of a cell that has only this decimal sign, or an empty text, for each sign.

    Both are empty where most cells are no numbers.
    """
    examples = {".": "", ",": ""}
    balance = 0
    for text in texts:
        cell = number_cells.take_apart(text)
        balance += 1 if cell else -1
        signs = number_cells.signs_of(cell) if cell else ""
        if len(signs) == 1 and not examples[signs]:
            examples[signs] = text.strip()
    return examples if balance > 0 else {".": "", ",": ""}
