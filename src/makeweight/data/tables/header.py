"""The names of columns in a file's first row: cleaned, without repetition, and told apart from a row of data."""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from makeweight.core.errors import InputError
from makeweight.core.names import listed

NUMBER = re.compile(r"[+-]?(\d+([.,]\d+)*|[.,]\d+)([eE][+-]?\d+)?\s*%?")
DECIMAL = re.compile(r"[+-]?\d*[.,]\d+([eE][+-]?\d+)?")


@dataclass(frozen=True, slots=True)
class Names:
    """Names of columns, those among them that stand for none, and what is to be told."""

    columns: list[str]
    nameless: tuple[str, ...]
    notes: tuple[str, ...]


def clean_names(cells: Sequence[object]) -> Names:
    """Return names without white space around them and in composed characters; nameless columns get a placeholder.

    Raises:
        InputError: two columns have one name.
    """
    names = [unicodedata.normalize("NFC", str(cell).replace("\ufeff", "").strip()) for cell in cells]
    positions: dict[str, int] = {}
    for position, name in enumerate(names, start=1):
        if name and name in positions:
            raise InputError(
                f"columns {positions[name]} and {position} are both called {name!r}; give each its own name"
            )
        positions[name] = position
    placeholders: list[str] = []
    for index, name in enumerate(names):
        if not name:
            names[index] = placeholder(index, positions)
            placeholders.append(names[index])
    changed = [str(cell) for cell, name in zip(cells, names, strict=True) if str(cell) != name and str(cell).strip()]
    notes = (f"white space or the like is taken off the names {listed(changed, 5, repr)}",) if changed else ()
    return Names(names, tuple(placeholders), notes)


def placeholder(index: int, taken: dict[str, int]) -> str:
    """Return the name that pandas gives to a nameless column, made different from all others."""
    name = f"Unnamed: {index}"
    while name in taken:
        name += "_"
    return name


def looks_like_data(names: Sequence[str], table: pd.DataFrame) -> bool:
    """Whether the first row is one of data, so that the file has no names.

    It is if every cell is a number above a column of numbers, or a value that its column has again. Whole numbers in
    equal steps, and years, are names: of pixels, of a time series.
    """
    first_rows = table.head(1000)
    numbers = [name for index, name in enumerate(names) if is_number_over_numbers(name, first_rows.iloc[:, index])]
    if are_names(numbers):
        return False
    if any(DECIMAL.fullmatch(name) for name in numbers):
        return True
    return all(
        not name or name in numbers or (first_rows.iloc[:, index] == name).any() for index, name in enumerate(names)
    )


def is_number_over_numbers(name: str, cells: pd.Series) -> bool:
    """Whether a name is a number, as all cells below it are."""
    return bool(NUMBER.fullmatch(name)) and all(NUMBER.fullmatch(cell.strip()) or not cell for cell in cells)


def are_names(numbers: Sequence[str]) -> bool:
    """Whether numbers name columns: several whole ones in equal steps, or years in order."""
    if len(numbers) < 2 or not all(number.isascii() and number.isdigit() for number in numbers):
        return False
    values = [int(number) for number in numbers]
    steps = {after - before for before, after in zip(values, values[1:], strict=False)}
    years = all(1800 <= value <= 2100 for value in values) and min(steps) > 0
    return (len(steps) == 1 and min(steps) > 0) or years
