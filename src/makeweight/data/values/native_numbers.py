"""A column that has a type of numbers or booleans: nothing is parsed."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from makeweight.core.errors import InputError
from makeweight.data.values.missing import missing_numbers
from makeweight.data.values.number_format import NumberFormat, decimals_of
from makeweight.data.values.number_notes import infinite_change, missing_change, precision_change
from makeweight.data.values.number_style import native_style
from makeweight.data.values.number_texts import shown
from makeweight.data.values.reading import Change, Reading, Remedies

EXACT = 2**53


def read_native(cells: pd.Series, column: str, missing: Sequence[str | float] | None, remedies: Remedies) -> Reading:
    """Return numbers as float64, infinite ones as unread, False and True as 0 and 1.

    Raises:
        InputError: complex numbers; names the column.
    """
    if pd.api.types.is_complex_dtype(cells.dtype):
        raise InputError(f"column `{column}` holds complex numbers; real ones would be right, such as their parts")
    boolean = pd.api.types.is_bool_dtype(cells.dtype)
    numbers = cells.to_numpy(dtype=np.float64, na_value=np.nan).copy()
    infinite = np.isinf(numbers)
    unread = {int(row): str(cells.iloc[row]) for row in np.flatnonzero(infinite)}
    numbers[infinite] = np.nan
    words: dict[str, int] = {}
    for number in missing_numbers(missing):
        hits = numbers == number
        if hits.any():
            words[shown(number)] = int(hits.sum())
            numbers[hits] = np.nan
    present = int((~np.isnan(numbers)).sum())
    changes = [
        boolean_change(column, present) if boolean else None,
        infinite_change(column, unread) if unread else None,
        missing_change(column, words, remedies) if words else None,
        lost_digits(cells, numbers, column, remedies) if pd.api.types.is_integer_dtype(cells.dtype) else None,
    ]
    return Reading(
        column=column,
        kind="number" if present or unread else "empty",
        values=pd.Series(numbers, index=cells.index, name=cells.name),
        format=NumberFormat(words=("False", "True")) if boolean else style_of_type(cells, numbers),
        missing=len(numbers) - present - len(unread),
        missing_words=words,
        unread=pd.Series(unread, dtype=object),
        changes=tuple(change for change in changes if change),
        examples=tuple((str(value), shown(float(value))) for value in cells[~np.isnan(numbers)].head(3)),
    )


def boolean_change(column: str, count: int) -> Change:
    """Tell truth values read as numbers."""
    text = f"column `{column}`: False and True are read as 0 and 1"
    return Change("boolean", count, text, examples=(("False", "0"), ("True", "1")))


def lost_digits(cells: pd.Series, numbers: np.ndarray, column: str, remedies: Remedies) -> Change | None:
    """Tell whole numbers that no float holds."""
    large = [int(value) for value in cells[np.abs(numbers) >= EXACT]]
    lost = [value for value in large if int(float(value)) != value]
    return precision_change(column, len(lost), str(lost[0]), shown(float(lost[0])), remedies) if lost else None


def style_of_type(cells: pd.Series, numbers: np.ndarray) -> NumberFormat:
    """Return how Python writes numbers of this type; those of single precision with fewer digits."""
    style = native_style(numbers)
    return replace(style, decimals=decimals_of(numbers)) if not style.exponent else style
