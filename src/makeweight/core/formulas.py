"""Cells of a CSV that a spreadsheet would run as formulas: they are written with an apostrophe, and read without it."""

import re
from collections.abc import Callable

import pandas as pd

FORMULA = re.compile(r"'*[=+\-@\t\r\n]")
"""How a formula begins; one with an apostrophe gets another, so that reading gives back what was written."""
NUMBER = re.compile(r"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?", re.IGNORECASE | re.ASCII)
SIGNS = ("+", "-", "=")


def is_formula(cell: str) -> bool:
    """Return whether a spreadsheet would take a cell for a formula; a lone sign and a number are none."""
    return FORMULA.match(cell) is not None and cell not in SIGNS and NUMBER.fullmatch(cell) is None


def guarded(table: pd.DataFrame) -> pd.DataFrame:
    """Return the table with an apostrophe before each formula, in cells and in names of columns."""
    return with_texts(table, lambda cell: f"'{cell}" if is_formula(cell) else cell)


def unguarded(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table that `guarded` returned as it was before."""
    return with_texts(table, lambda cell: cell[1:] if cell[:1] == "'" and is_formula(cell[1:]) else cell)


def with_texts(table: pd.DataFrame, change: Callable[[str], str]) -> pd.DataFrame:
    """Return the table with each of its texts, and each name of a column that is one, changed."""

    def changed(value: object) -> object:
        return change(value) if isinstance(value, str) else value

    result = table.copy()
    for position, kind in enumerate(table.dtypes):
        if not pd.api.types.is_numeric_dtype(kind) and not pd.api.types.is_datetime64_any_dtype(kind):
            cells = table.iloc[:, position]
            texts = cells.astype(object).map(changed)
            if not texts.equals(cells.astype(object)):
                result.isetitem(position, texts)
    result.columns = pd.Index([changed(name) for name in table.columns], name=table.columns.name)
    return result
