"""What the columns of an uploaded table hold, as the reader of values finds it, and what else they may be."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from makeweight.app.csv_table import Upload
from makeweight.core.errors import InputError

if TYPE_CHECKING:  # slow to import: loaded only by the pages that need them
    import pandas as pd

    from makeweight.data.values import Change, DecimalEvidence, Reading, Remedies

Kind = Literal["number", "whole", "date", "category", "unused"]
KINDS: dict[Kind, str] = {
    "number": "number",
    "whole": "whole number",
    "date": "date or time",
    "category": "category",
    "unused": "not used (empty in synthetic rows)",
}
Sign = Literal[".", ","]
MOST_STATES = 1000
"""Most distinct values of a category."""
EXAMPLES = 3
FEWEST_NUMBERS = 3
"""Beside words, fewer different numbers than these are states: 0 and 1 beside +."""
NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d+)?|\.\d+)", re.ASCII)


@dataclass(frozen=True, slots=True)
class Column:
    """A column with its inferred kind and the numbers of missing cells and of distinct values."""

    name: str
    kind: Kind
    missing: int
    distinct: int
    examples: tuple[str, ...]
    kinds: tuple[Kind, ...]
    """Every kind that its cells allow."""
    reading: Reading
    signs: dict[str, str]
    """Decimal sign -> what an example is read as under it, where the cells leave both open; else empty."""

    @property
    def is_guess(self) -> bool:
        """Whether nothing in the table says which decimal sign is right."""
        return bool(self.signs) and any(change.what == "decimal" and change.loud for change in self.reading.changes)


def remedies() -> Remedies:
    """Return what a user of the form does to have a column read in another way."""
    from makeweight.data.values import Remedies

    return Remedies(
        categorical="choose `category` as its kind",
        decimal="choose `{sign}` as its decimal sign",
        missing="choose `category` as its kind",
        number="numbers would be right; or choose `category` as its kind",
    )


def evidence_of(upload: Upload) -> DecimalEvidence:
    """Return what the table says about its decimal sign."""
    from makeweight.data.values import find_decimal

    return find_decimal({str(name): upload.table[name] for name in upload.table}, upload.dialect.separator)


def infer_columns(
    upload: Upload, signs: Mapping[str, Sign] | None = None, file_sign: Sign | None = None
) -> list[Column]:
    """Infer from its cells what each column holds.

    Args:
        upload: the table.
        signs: column -> its decimal sign, as the user says.
        file_sign: the decimal sign of the columns that leave it open.
    """
    evidence = evidence_of(upload)
    return [infer_column(upload, str(name), evidence, (signs or {}).get(str(name), file_sign)) for name in upload.table]


def infer_column(upload: Upload, name: str, evidence: DecimalEvidence, sign: Sign | None) -> Column:
    """Infer what a column holds, and what else it may be."""
    from makeweight.data.values import infer

    cells = upload.table[name]
    found = infer(cells, name, evidence=evidence, remedies=remedies())
    if found.kind == "number" and len(found.unread) and found.values.nunique() < FEWEST_NUMBERS:
        found = read_as("category", cells, name, evidence, None)
    signs = open_signs(cells, found)
    if sign and signs:
        found = read_as("number", cells, name, evidence, sign)
    texts = cells.str.strip()
    distinct = texts[texts != ""].unique()
    kinds = possible_kinds(cells, name, found, len(distinct), evidence)
    if name in upload.dialect.nameless:
        kinds = ("unused",)
    inferred = kind_of_reading(found)
    return Column(
        name=name,
        kind=inferred if inferred in kinds else "unused",
        missing=found.missing + len(found.unread),
        distinct=len(distinct),
        examples=tuple(map(str, distinct[:EXAMPLES])),
        kinds=kinds,
        reading=found,
        signs=signs,
    )


def kind_of_reading(reading: Reading) -> Kind:
    """Return the kind of a column as the form names it."""
    if reading.kind == "number":
        # The decimals of a column with exponents, such as 2e-09, do not say whether its numbers are whole.
        is_whole = getattr(reading.format, "decimals", 1) == 0 and (reading.values.dropna() % 1 == 0).all()
        return "whole" if is_whole else "number"
    return reading.kind if reading.kind in ("date", "category") else "unused"


def possible_kinds(
    cells: pd.Series, name: str, found: Reading, distinct: int, evidence: DecimalEvidence
) -> tuple[Kind, ...]:
    """Return every kind that the cells of a column allow."""
    possible: set[Kind] = {"unused"}
    if 0 < distinct <= MOST_STATES:
        possible.add("category")
    for kind in ("number", "date"):
        reading = found if found.kind == kind else attempt(kind, cells, name, evidence)
        if reading is not None:
            possible.update((kind, kind_of_reading(reading)))
    return tuple(kind for kind in KINDS if kind in possible)


def attempt(kind: Kind, cells: pd.Series, name: str, evidence: DecimalEvidence) -> Reading | None:
    """Return a column read as a kind, None where its cells do not allow it."""
    try:
        reading = read_as(kind, cells, name, evidence, None)
    except InputError:
        return None
    return reading if reading.kind == kind and reading.missing + len(reading.unread) < len(cells) else None


def read_as(kind: Kind, cells: pd.Series, name: str, evidence: DecimalEvidence, sign: Sign | None) -> Reading:
    """Return a column read as a kind that the user chose.

    Raises:
        InputError: its cells do not allow it; the message names the column.
    """
    from makeweight.data import values

    if kind in ("number", "whole"):
        return values.read_number(cells, name, decimal=sign, evidence=evidence, remedies=remedies())
    if kind == "date":
        return values.read_date(cells, name, remedies=remedies())
    return values.read_category(cells, name, remedies=remedies())


def open_signs(cells: pd.Series, reading: Reading) -> dict[str, str]:
    """Return what an example is read as under each decimal sign, where the cells of a column leave both open."""
    from makeweight.data.values import read_number

    in_doubt = [change for change in reading.changes if change.what == "decimal" and change.remedy and change.examples]
    if reading.kind != "number" or not in_doubt or not is_worth_telling(in_doubt[0]):
        return {}
    example = in_doubt[0].examples[0][0]
    read = {sign: read_number(cells[cells.str.strip() == example], "", decimal=sign).values for sign in (".", ",")}
    return {sign: f"{numbers.iloc[0]:g}" for sign, numbers in read.items() if numbers.notna().all()}


def is_worth_telling(change: Change) -> bool:
    """Return whether a user may be surprised: 2.390 read as 2.39 is what everybody expects."""
    if change.what != "decimal" or change.loud or not change.examples:
        return True
    written, read = change.examples[0]
    return not NUMBER.fullmatch(written) or float(written) != float(read)


def guess_label(columns: Sequence[Column]) -> str | None:
    """Guess the label: the last column with 2 to 20 values and no missing cell, as in most tables."""
    fitting = [column.name for column in columns if 2 <= column.distinct <= 20 and column.missing == 0]
    return fitting[-1] if fitting else None
