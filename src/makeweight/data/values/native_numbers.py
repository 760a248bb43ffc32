"""A column that has a type of numbers or booleans: nothing is parsed."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from makeweight.data.values.missing import missing_numbers
from makeweight.data.values.number_format import NumberFormat, decimals_of
from makeweight.data.values.number_notes import infinite_change, missing_change, precision_change
from makeweight.data.values.reading import Change, Reading, Remedies

EXACT = 2**53


def read_native(cells: pd.Series, column: str, missing: Sequence[str | float] | None, remedies: Remedies) -> Reading:
    """Return numbers as float64, infinite ones as unread, False and True as 0 and 1."""
    boolean = pd.api.types.is_bool_dtype(cells.dtype)
    numbers = cells.to_numpy(dtype=np.float64, na_value=np.nan).copy()
    changes: list[Change] = []
    if boolean:
        text = f"column `{column}`: False and True are read as 0 and 1"
        changes.append(Change("boolean", int((~np.isnan(numbers)).sum()), text, examples=(("True", "1"),)))
    infinite = np.flatnonzero(np.isinf(numbers))
    unread = {int(row): str(cells.iloc[row]) for row in infinite}
    if unread:
        changes.append(infinite_change(column, unread))
    numbers[infinite] = np.nan
    words: dict[str, int] = {}
    for number in missing_numbers(missing):
        hits = int((numbers == number).sum())
        if hits:
            words[f"{number:g}"] = hits
            numbers[numbers == number] = np.nan
    if words:
        changes.append(missing_change(column, words, remedies))
    if pd.api.types.is_integer_dtype(cells.dtype):
        large = [int(value) for value in cells[np.abs(numbers) >= EXACT]]
        lost = [value for value in large if int(float(value)) != value]
        if lost:
            changes.append(precision_change(column, len(lost), str(lost[0]), f"{float(lost[0]):.0f}", remedies))
    present = int((~np.isnan(numbers)).sum())
    return Reading(
        column=column,
        kind="number" if present or unread else "empty",
        values=pd.Series(numbers, index=cells.index, name=cells.name),
        format=NumberFormat(decimals=decimals_of(numbers), words=("False", "True") if boolean else None),
        missing=len(numbers) - present - len(unread),
        missing_words=words,
        unread=pd.Series(unread, dtype=object),
        changes=tuple(changes),
        examples=tuple((str(value), str(value)) for value in cells.dropna().head(3)),
    )
