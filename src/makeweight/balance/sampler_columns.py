"""One column of the rows given to GANSampler: as numbers or states for the codec, and back in the type that came in."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
from pandas.api.types import infer_dtype, is_bool_dtype, is_numeric_dtype

from makeweight.balance.sampler_times import times_of
from makeweight.core.errors import InputError

EXACT = 2**53
"""Largest whole number up to which float64 holds every one."""


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
    if isinstance(column.dtype, pd.CategoricalDtype) or is_bool_dtype(column.dtype):
        return True
    return not is_numeric_dtype(column.dtype) and times_of(column) is None and object_kind(column) is None


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
    except TypeError:
        kind = next(type(cell).__name__ for cell in column if isinstance(cell, list | dict | set | np.ndarray))
        raise InputError(
            f"X: column {name!r} has a {kind} in a cell; one number, text or date in each would be right"
        ) from None
    known, first = np.unique(codes, return_index=True)
    if known[0] < 0:
        first = np.append(first[1:], first[0])
    plain = pd.Series([None if code < 0 else str(code) for code in codes], dtype=object)
    # `factorize` numbers the states by their first row, so that state n is the n-th of these rows.
    return Category(plain, column.iloc[first].reset_index(drop=True))


def number(column: pd.Series, name: Any) -> Number:
    """Return a column of numbers, dates or times.

    Raises:
        InputError: it holds something else; or an infinite number.
    """
    times = times_of(column)
    if times is not None:
        return Number(times.steps, times.cells)
    kind = object_kind(column)
    if kind is None and is_numeric_dtype(column.dtype):
        kind = {"c": None, "f": "float"}.get(column.dtype.kind, "integer")
    makers = {"integer": number_of_integers, "float": number_of_floats, "decimal": number_of_decimals}
    if kind is None:
        raise InputError(f"X: column {name!r} holds {column.dtype} values; numbers or categories would be right")
    return makers[kind](column, name)


def number_of_decimals(column: pd.Series, name: Any) -> Number:
    """Return Python's decimal numbers with the most decimals among them."""
    present = [cell for cell in column.astype(object) if isinstance(cell, Decimal) and cell.is_finite()]
    decimals = max((-int(cell.as_tuple().exponent) for cell in present), default=0)
    plain = pd.Series([float(cell) if isinstance(cell, Decimal) else np.nan for cell in column.astype(object)])

    def cells(values: np.ndarray) -> pd.Series:
        step = Decimal(1).scaleb(-decimals)
        rounded = [None if np.isnan(value) else Decimal(repr(float(value))).quantize(step) for value in values]
        return pd.Series(rounded, dtype=object).astype(column.dtype)

    return Number(plain, cells)


def number_of_integers(column: pd.Series, name: Any) -> Number:
    """Return whole numbers, counted from the least one: a float holds the differences of large ones better."""
    present = column.dropna()
    low, high = (int(present.min()), int(present.max())) if len(present) else (0, 0)
    offset = 0 if max(abs(low), abs(high)) < EXACT else low
    plain = np.full(len(column), np.nan)
    plain[column.notna().to_numpy()] = [int(value) - offset for value in present]

    def cells(values: np.ndarray) -> pd.Series:
        # A float may lie beyond the largest whole number of the type: clip once more as whole numbers.
        whole = [None if np.isnan(value) else min(high, max(low, int(round(value)) + offset)) for value in values]
        return pd.Series(whole, dtype=object).astype(column.dtype)

    return Number(pd.Series(plain), cells)


def number_of_floats(column: pd.Series, name: Any) -> Number:
    """Return broken numbers with the most decimals among their shortest written forms."""
    narrow = column.dtype == np.float32 or column.dtype == np.float16
    # The shortest form of a narrow float: 0.1, not 0.10000000149.
    if narrow:
        plain = column.astype(str).astype(float).to_numpy(dtype=np.float64)
    else:
        # A nullable column's gap is pandas.NA, which is no float.
        cells_given = column.astype(object)
        plain = cells_given.where(column.notna(), np.nan).to_numpy(dtype=np.float64)
    infinite = np.flatnonzero(np.isinf(plain))
    if len(infinite):
        raise InputError(
            f"X: column {name!r} has {len(infinite)} infinite numbers (the first in row {infinite[0]}); finite ones or "
            "missing ones would be right, as after X.replace([numpy.inf, -numpy.inf], numpy.nan)"
        )

    def cells(values: np.ndarray) -> pd.Series:
        if is_numeric_dtype(column.dtype):
            return pd.Series(values).astype(column.dtype)
        return pd.Series([None if np.isnan(value) else float(value) for value in values], dtype=object)

    return Number(pd.Series(plain), cells)
