"""The types of a column's cells: what may stand in a column of numbers or of words, and what is refused."""

import datetime
import decimal
from typing import Any

import numpy as np
import pandas as pd

from makeweight.core.errors import InputError

NESTED = {
    list: "lists",
    tuple: "lists",
    set: "lists",
    np.ndarray: "lists",
    dict: "structs",
    bytes: "bytes",
    bytearray: "bytes",
}
TIMES = (datetime.date, datetime.time, datetime.timedelta, np.datetime64, np.timedelta64)


def objects_of(cells: pd.Series) -> np.ndarray:
    """Return the cells as Python objects, nothing rounded: integers stay integers although others are missing."""
    return cells.astype(object).to_numpy(dtype=object)


def is_text(cells: pd.Series) -> bool:
    """Return whether a column has the type of strings, so that every cell is one, or is missing."""
    return isinstance(cells.dtype, pd.StringDtype)


def check_single_values(values: np.ndarray, column: str) -> None:
    """Check that no cell is a list, a struct or bytes.

    Raises:
        InputError: names the column, the row and what would be right.
    """
    found = {kind for kind in set(map(type, values)) if issubclass(kind, tuple(NESTED))}
    if not found:
        return
    row = next(position for position, value in enumerate(values) if isinstance(value, tuple(found)))
    word = next(word for kind, word in NESTED.items() if isinstance(values[row], kind))
    right = "a text or a number in each cell" if word == "bytes" else "one text or number in each cell"
    raise InputError(
        f"column `{column}` holds {word} (row {row + 1}: {str(values[row])[:40]!r}); right would be {right}, "
        "or the column left out"
    )


def is_time(value: Any) -> bool:
    """Return whether a cell is a date, a time or a duration."""
    return isinstance(value, TIMES)


def number_of(value: Any) -> float | None:
    """Return a cell that is a number already as a float, None for anything else."""
    if isinstance(value, bool | np.bool_ | int | float | np.integer | np.floating | decimal.Decimal):
        try:
            return float(value)
        except OverflowError:
            return float("inf") if value > 0 else float("-inf")
    return None
