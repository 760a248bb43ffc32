"""One column of the rows given to GANSampler: as numbers or states for the codec, and back in the type that came in."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal, localcontext
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
from pandas.api.types import infer_dtype, is_bool_dtype, is_hashable, is_numeric_dtype

from makeweight.balance.sampler_times import times_of
from makeweight.core.errors import InputError
from makeweight.data.values.reading import counted

EXACT = 2**53
"""Largest whole number up to which float64 holds every one."""
EXACT_DIGITS = 15
"""Most decimal digits that float64 holds of every number."""
LARGEST = 1e100
"""Floats beyond this are learned as a share of the largest one."""


@dataclass(frozen=True)
class Category:
    """A column of states: synthetic rows take the cell of a given row, so that its type and its gaps stay."""

    plain: pd.Series
    """The number of the state of each row as text, None for a gap."""
    levels: pd.Series
    """A given cell of every state; the last one is a gap if there is any."""

    def restore(self, decoded: pd.Series) -> pd.Series:
        """Return cells of the given column."""
        gap = len(self.levels) - 1
        positions = [gap if pd.isna(state) else int(state) for state in decoded]
        return self.levels.iloc[positions].reset_index(drop=True)


@dataclass(frozen=True)
class Number:
    """A column of numbers, or of dates and times as numbers."""

    plain: pd.Series
    """float64; NaN for a gap."""
    cells: Callable[[np.ndarray], pd.Series]
    """Numbers within the range of the given ones -> cells in the type of the given column."""

    def restore(self, decoded: pd.Series) -> pd.Series:
        """Return numbers within the range of the given ones."""
        low, high = self.plain.min(), self.plain.max()
        return self.cells(np.clip(decoded.to_numpy(dtype=float), low, high))


Column: TypeAlias = Category | Number


def is_category(column: pd.Series) -> bool:
    """Return whether a column is one of categories where the user said nothing: texts, booleans, pandas categories."""
    if isinstance(column.dtype, pd.CategoricalDtype) or is_bool_dtype(column.dtype) or is_dictionary(column):
        return True
    return not is_numeric_dtype(column.dtype) and times_of(column) is None and object_kind(column) is None


def is_dictionary(column: pd.Series) -> bool:
    """Return whether a column is of Arrow's type for categories."""
    return isinstance(column.dtype, pd.ArrowDtype) and pa.types.is_dictionary(column.dtype.pyarrow_dtype)


def object_kind(column: pd.Series) -> str | None:
    """Return `integer`, `float` or `decimal` for a column of Python's objects that are all numbers, else None."""
    kinds = {"integer": "integer", "floating": "float", "mixed-integer-float": "float", "decimal": "decimal"}
    if column.dtype != object and not isinstance(column.dtype, pd.ArrowDtype):
        return None
    return kinds.get(infer_dtype(column.astype(object), skipna=True))


def category(column: pd.Series, name: Any) -> Category:
    """Return a column as states.

    Raises:
        InputError: a cell is a list or another collection.
    """
    cells = column if column.dtype != object else column.where(column.notna(), None)
    try:
        codes, _ = pd.factorize(cells)
    except (TypeError, pa.ArrowException):
        kind = next((type(cell).__name__ for cell in column if not is_hashable(cell)), str(column.dtype))
        raise InputError(
            f"X: column {name!r} has a {kind} in a cell; one number, text or date in each would be right"
        ) from None
    # Counted without gaps: a dictionary of Arrow may number states that no row has.
    known, first, states = np.unique(codes, return_index=True, return_inverse=True)
    if known[0] < 0:
        first, states = np.append(first[1:], first[0]), states - 1
    plain = pd.Series([None if state < 0 else str(state) for state in states], dtype=object)
    return Category(plain, column.iloc[first].reset_index(drop=True))


def number(column: pd.Series, name: Any) -> Number:
    """Return a column of numbers, dates or times.

    Raises:
        InputError: it holds something else; or an infinite number.
    """
    times = None if is_dictionary(column) else times_of(column)
    if times is not None:
        return Number(times.steps, times.cells)
    kind = None if is_dictionary(column) else object_kind(column)
    if kind is None and is_numeric_dtype(column.dtype):
        kind = {"c": None, "f": "float"}.get(column.dtype.kind, "integer")
    makers = {"integer": number_of_integers, "float": number_of_floats, "decimal": number_of_decimals}
    if kind is None:
        raise InputError(f"X: column {name!r} holds {column.dtype} values; numbers or categories would be right")
    return makers[kind](column, name)


def number_of_decimals(column: pd.Series, name: Any) -> Number:
    """Return Python's decimal numbers with the most decimals among them, counted from the least one if they are long.

    Raises:
        InputError: one of them is infinite.
    """
    cells_given = [cell if isinstance(cell, Decimal) and not cell.is_nan() else None for cell in column.astype(object)]
    check_finite(np.array([cell is not None and cell.is_infinite() for cell in cells_given]), name)
    present = [cell for cell in cells_given if cell is not None]
    step = Decimal(1).scaleb(min((int(cell.as_tuple().exponent) for cell in present), default=0))
    low, high = min(present, default=Decimal(0)), max(present, default=Decimal(0))
    digits = max(low.adjusted(), high.adjusted()) - step.adjusted() + 1
    offset = low if digits > EXACT_DIGITS else Decimal(0)
    with localcontext() as context:
        context.prec = digits + EXACT_DIGITS
        plain = pd.Series([np.nan if cell is None else float(cell - offset) for cell in cells_given])
    check_finite(np.isinf(plain.to_numpy()), name)

    def cells(values: np.ndarray) -> pd.Series:
        with localcontext() as context:
            context.prec = digits + EXACT_DIGITS
            numbers = [None if np.isnan(value) else Decimal(repr(float(value))) + offset for value in values]
            rounded = [None if cell is None else min(high, max(low, cell)).quantize(step) for cell in numbers]
        return typed(rounded, column)

    return Number(plain, cells)


def number_of_integers(column: pd.Series, name: Any) -> Number:
    """Return whole numbers, counted from the least one: a float holds the differences of large ones better.

    Raises:
        InputError: they are further apart than floats can hold.
    """
    present = column.dropna()
    low, high = (int(present.min()), int(present.max())) if len(present) else (0, 0)
    if high - low > LARGEST:
        raise InputError(f"X: column {name!r} has numbers of {len(str(high))} digits; X.astype(str) keeps them")
    offset = 0 if max(abs(low), abs(high)) < EXACT else low
    plain = np.full(len(column), np.nan)
    plain[column.notna().to_numpy()] = [int(value) - offset for value in present]

    def cells(values: np.ndarray) -> pd.Series:
        # A float may lie beyond the largest whole number of the type: clip once more as whole numbers.
        whole = [None if np.isnan(value) else min(high, max(low, int(round(value)) + offset)) for value in values]
        return typed(whole, column)

    return Number(pd.Series(plain), cells)


def typed(cells: list[Any], column: pd.Series) -> pd.Series:
    """Return cells in the type of a column; Arrow's own conversion has all digits that its types have."""
    if isinstance(column.dtype, pd.ArrowDtype):
        chunked = pa.chunked_array([pa.array(cells, column.dtype.pyarrow_dtype)])
        return pd.Series(pd.arrays.ArrowExtensionArray(chunked))
    if column.dtype != object:
        return pd.Series(cells, dtype=object).astype(column.dtype)
    gap = next(iter(column[column.isna()]), None)
    return pd.Series([gap if cell is None else cell for cell in cells], dtype=object)


def check_finite(infinite: np.ndarray, name: Any) -> None:
    """Refuse a column with infinite numbers."""
    rows = np.flatnonzero(infinite)
    if len(rows):
        raise InputError(
            f"X: column {name!r} has {counted(len(rows), 'infinite number')} (the first in row {rows[0]}); finite "
            "ones or missing ones would be right, as after X.replace([numpy.inf, -numpy.inf], numpy.nan)"
        )


def number_of_floats(column: pd.Series, name: Any) -> Number:
    """Return broken numbers with the most decimals among their shortest written forms.

    Raises:
        InputError: one of them is infinite.
    """
    narrow = column.dtype == np.float32 or column.dtype == np.float16
    # The shortest form of a narrow float: 0.1, not 0.10000000149.
    if narrow:
        plain = column.astype(str).astype(float).to_numpy(dtype=np.float64)
    else:
        # A nullable column's gap is pandas.NA, which is no float.
        cells_given = column.astype(object)
        plain = cells_given.where(column.notna(), np.nan).to_numpy(dtype=np.float64)
    check_finite(np.isinf(plain), name)
    largest = np.nanmax(np.abs(plain), initial=0.0)
    # The squares of larger numbers are infinite; a power of two takes no digit from them.
    scale = 2.0 ** (np.frexp(largest)[1] - 1) if largest > LARGEST else 1.0

    def cells(values: np.ndarray) -> pd.Series:
        values = np.clip(values * scale, np.nanmin(plain), np.nanmax(plain))
        if is_numeric_dtype(column.dtype):
            return pd.Series(values).astype(column.dtype)
        return typed([None if np.isnan(value) else float(value) for value in values], column)

    return Number(pd.Series(plain / scale), cells)
