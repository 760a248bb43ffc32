"""A column of numbers, however it is written."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from makeweight.core.errors import InputError
from makeweight.data.values import column_types, number_notes
from makeweight.data.values.decimal_sign import NO_EVIDENCE, DecimalEvidence
from makeweight.data.values.distinct_texts import DistinctTexts
from makeweight.data.values.missing import is_missing, missing_numbers
from makeweight.data.values.native_numbers import read_native
from makeweight.data.values.number_texts import NumberTexts, read_texts, shown
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
    values, others, distinct = cells_of(cells, column)
    if others and not len(distinct.texts) and all(isinstance(values[row], bool | np.bool_) for row in others):
        return read_native(cells.astype("boolean"), column, missing, remedies)
    if money and missing is None:
        missing = ()
    written = Written(column, decimal, thousands, missing, money, lenient or money, evidence, remedies)
    texts = read_texts(distinct, written)
    numbers = np.full(len(cells), np.nan)
    numbers[distinct.rows] = distinct.spread(texts.values)
    unread = texts.unread_cells()
    for row in others:
        number = column_types.number_of(values[row])
        numbers[row] = np.nan if number is None else number
        if number is None or np.isinf(number):
            unread[row] = str(values[row])
    numbers[np.isinf(numbers)] = np.nan
    exact = [values[row] for row in others if row not in unread and isinstance(values[row], int | Decimal)]
    return finished(pd.Series(numbers, index=cells.index, name=cells.name), unread, texts, exact, written)


def cells_of(cells: pd.Series, column: str) -> tuple[np.ndarray, list[int], DistinctTexts]:
    """Return the cells as Python objects, the rows of those that are neither texts nor missing, and the texts.

    Of a column of strings the texts say everything: it has no objects.

    Raises:
        InputError: lists, structs or bytes; names the column.
    """
    if column_types.is_text(cells):
        return np.empty(0, dtype=object), [], DistinctTexts.of_column(cells)
    values = column_types.objects_of(cells)
    column_types.check_single_values(values, column)
    others = [row for row, value in enumerate(values) if not isinstance(value, str) and not is_missing(value)]
    return values, others, DistinctTexts.of(values)


def is_native(cells: pd.Series) -> bool:
    """Return whether a column has a type of numbers, so that nothing is to be parsed."""
    if pd.api.types.is_bool_dtype(cells.dtype):
        return True
    return pd.api.types.is_numeric_dtype(cells.dtype) and not is_decimal(cells)


def is_decimal(cells: pd.Series) -> bool:
    """Return whether a column has Arrow's type of decimal numbers."""
    return isinstance(cells.dtype, pd.ArrowDtype) and pa.types.is_decimal(cells.dtype.pyarrow_dtype)


def finished(
    values: pd.Series,
    unread: dict[int, str],
    texts: NumberTexts,
    exact: list[Any],
    written: Written,
) -> Reading:
    """Return the reading of a column of objects: the card's numbers for "missing" taken out, everything told."""
    words = texts.missing_words | take_missing_numbers(values, written.missing)
    numbers = values.to_numpy()
    present = int((~np.isnan(numbers)).sum())
    check_enough(present, unread, written)
    style = texts.format(numbers)
    if exact and not len(texts.distinct.texts):
        style = replace(style, least_decimals=min(map(scale_of, exact)))
    read = np.flatnonzero(np.isfinite(texts.values))
    return Reading(
        column=written.column,
        kind="number" if present or unread else "empty",
        values=values,
        format=style,
        missing=len(numbers) - present - len(unread),
        missing_words=words,
        unread=pd.Series(unread, dtype=object).sort_index(),
        changes=number_notes.changes(texts, words, unread, exact, written),
        examples=texts.pairs(read) or tuple((str(value), shown(float(value))) for value in exact[:3]),
    )


def scale_of(value: int | Decimal) -> int:
    """Return the decimals that a number has, zeros at its end included."""
    exponent = value.as_tuple().exponent if isinstance(value, Decimal) else 0
    return max(0, -exponent) if isinstance(exponent, int) else 0


def take_missing_numbers(values: pd.Series, words: Words) -> dict[str, int]:
    """Make the card's numbers for "missing" NaN in place, and return them with their counts."""
    found = {}
    for number in missing_numbers(words):
        hits = values == number
        if hits.any():
            found[shown(number)] = int(hits.sum())
            values[hits] = np.nan
    return found


def check_enough(present: int, unread: dict[int, str], written: Written) -> None:
    """Refuse a column of which more than half cannot be read, unless it was scraped.

    Raises:
        InputError: names the column, the first row and what would be right.
    """
    if not unread or written.lenient or len(unread) <= present:
        return
    row, text = min(unread.items())
    raise InputError(
        f"column `{written.column}`: {counted(len(unread), 'cell')} of {len(unread) + present:,} cannot be read as "
        f"numbers, such as {quoted(text)} (row {row + 1}); {number_notes.refusal_remedy(unread.values(), written)}"
    )


def check_signs(decimal: Any, thousands: Any, column: str) -> None:
    """Refuse the same sign for decimals and thousands."""
    if decimal is not None and decimal == thousands:
        raise InputError(f"column `{column}`: `decimal` and `thousands` are both {decimal!r}; they must differ")
