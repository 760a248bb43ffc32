"""A column of numbers, however it is written."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from makeweight.core.errors import InputError
from makeweight.data.values import column_types, number_notes
from makeweight.data.values.decimal_sign import NO_EVIDENCE, DecimalEvidence
from makeweight.data.values.distinct_texts import DistinctTexts
from makeweight.data.values.missing import is_missing, missing_numbers
from makeweight.data.values.native_numbers import read_native
from makeweight.data.values.number_texts import NumberTexts
from makeweight.data.values.reading import CARD, Reading, Remedies, counted, quoted
from makeweight.data.values.written import Written

Words = Sequence[str | float] | None


def read_number(
    cells: pd.Series,
    column: str,
    *,
    decimal: str | None = None,
    thousands: str | None = None,
    missing: Words = None,
    money: bool = False,
    lenient: bool = False,
    evidence: DecimalEvidence = NO_EVIDENCE,
    remedies: Remedies = CARD,
) -> Reading:
    """Return a column as float64; cells that are numbers already are never parsed.

    Args:
        cells: numbers, booleans, texts, or a mixture.
        column: its name, for messages.
        decimal: the decimal sign, where the user says it; otherwise it is found.
        thousands: the separator of thousands, likewise.
        missing: words and numbers that mean "missing", instead of the usual words.
        money: amounts as scraped: only empty cells are missing, 1.299 is 1299, and cells may contradict each other.
        lenient: a number among words is read, as in scraped cells.
        evidence: what the table says about its decimal sign.
        remedies: what the user can do, for messages.

    Raises:
        InputError: lists or bytes, leading zeros, or more than half of the cells are no numbers; names the column.
    """
    check_signs(decimal, thousands, column)
    if is_native(cells):
        return read_native(cells, column, missing, remedies)
    values = column_types.objects_of(cells)
    column_types.check_single_values(values, column)
    if money and missing is None:
        missing = ()
    written = Written(column, decimal, thousands, missing, money, lenient or money, evidence, remedies)
    texts = NumberTexts.read(DistinctTexts.of(values), written)
    numbers = np.full(len(values), np.nan)
    numbers[texts.distinct.rows] = texts.distinct.spread(texts.values)
    unread = texts.unread_cells()
    others = [row for row, value in enumerate(values) if not isinstance(value, str) and not is_missing(value)]
    for row in others:
        number = column_types.number_of(values[row])
        if number is None:
            unread[row] = str(values[row])
        else:
            numbers[row] = number
    return finished(cells, numbers, unread, texts, written)


def is_native(cells: pd.Series) -> bool:
    """Return whether a column has a type of numbers, so that nothing is to be parsed."""
    return pd.api.types.is_bool_dtype(cells.dtype) or pd.api.types.is_numeric_dtype(cells.dtype)


def finished(
    cells: pd.Series, numbers: np.ndarray, unread: dict[int, str], texts: NumberTexts, written: Written
) -> Reading:
    """Return the reading of a column of objects: infinite and missing numbers taken out, everything told."""
    for row in np.flatnonzero(np.isinf(numbers)):
        unread.setdefault(int(row), str(cells.iloc[row]))
    numbers[np.isinf(numbers)] = np.nan
    words = dict(texts.missing_words)
    for number in missing_numbers(written.missing):
        hits = int((numbers == number).sum())
        if hits:
            words[f"{number:g}"] = hits
            numbers[numbers == number] = np.nan
    present = int((~np.isnan(numbers)).sum())
    check_enough(present, unread, written)
    return Reading(
        column=written.column,
        kind="number" if present or unread else "empty",
        values=pd.Series(numbers, index=cells.index, name=cells.name),
        format=texts.format(numbers),
        missing=len(numbers) - present - len(unread),
        missing_words=words,
        unread=pd.Series(unread, dtype=object),
        changes=number_notes.changes(texts, numbers, words, unread, written),
        examples=texts.examples(),
    )


def check_enough(present: int, unread: dict[int, str], written: Written) -> None:
    """Refuse a column of which more than half cannot be read, unless it was scraped."""
    if not unread or written.lenient or len(unread) <= present:
        return
    row, text = next(iter(sorted(unread.items())))
    raise InputError(
        f"column `{written.column}`: {counted(len(unread), 'cell')} of {len(unread) + present:,} cannot be read as "
        f"numbers, such as {quoted(text)} (row {row + 1}); {written.remedies.number}"
    )


def check_signs(decimal: Any, thousands: Any, column: str) -> None:
    """Refuse the same sign for decimals and thousands."""
    if decimal is not None and decimal == thousands:
        raise InputError(f"column `{column}`: `decimal` and `thousands` are both {decimal!r}; they must differ")
