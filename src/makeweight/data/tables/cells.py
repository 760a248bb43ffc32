"""Cells that arrive with a type of their own, as in a workbook or in JSON, become a column without losing a digit."""

import datetime
import math
from collections.abc import Sequence
from typing import Any

import pandas as pd

from makeweight.core.errors import InputError

LARGEST_INT64 = 2**63 - 1
LARGEST_EXACT = 2**53
"""Above it, a float no longer holds every whole number."""


def as_column(cells: Sequence[Any], whole_floats: bool = False) -> pd.Series:
    """Return cells as a column of one type; None is missing.

    Whole numbers stay whole beside gaps; cells of several types become the texts that a person would read; lists and
    objects stay what they are; the reader of values refuses them by name.

    Args:
        cells: in order.
        whole_floats: whether 3.0 is 3 where all numbers are whole, as in a workbook, which has no whole numbers.
    """
    present = [cell for cell in cells if cell is not None]
    kinds = {type(cell) for cell in present}
    if kinds & {list, dict, bytes}:
        return pd.Series(list(cells), dtype=object)
    if kinds == {bool}:
        return pd.Series(list(cells), dtype="boolean" if len(present) < len(cells) else bool)
    if kinds and kinds <= {int, float}:
        column = number_column(cells, present, whole_floats)
        if column is not None:
            return column
    if kinds == {datetime.datetime} or kinds == {datetime.datetime, datetime.date}:
        return pd.Series(pd.to_datetime([None if cell is None else pd.Timestamp(cell) for cell in cells]))
    if kinds in ({datetime.date}, {datetime.time}, {datetime.timedelta}):
        return pd.Series(list(cells), dtype=object)
    return pd.Series([None if cell is None else as_text(cell, whole_floats) for cell in cells], dtype="str")


def number_column(cells: Sequence[Any], present: Sequence[Any], whole_floats: bool) -> pd.Series | None:
    """Return numbers as a column, or None where no numeric type holds them all."""
    whole = all(isinstance(cell, int) or (whole_floats and cell.is_integer()) for cell in present)
    if whole and max(map(abs, present)) <= LARGEST_INT64:
        numbers = [None if cell is None else int(cell) for cell in cells]
        return pd.Series(numbers, dtype="Int64" if len(present) < len(cells) else "int64")
    if all(isinstance(cell, float) or abs(cell) <= LARGEST_EXACT for cell in present):
        return pd.Series([math.nan if cell is None else float(cell) for cell in cells], dtype="float64")
    return None


def as_text(cell: Any, whole_floats: bool = False) -> str:
    """Return a cell as a person would write it."""
    if isinstance(cell, bool):
        return str(cell).lower()
    if isinstance(cell, float) and whole_floats and cell.is_integer():
        return str(int(cell))
    if isinstance(cell, datetime.date | datetime.time):
        return cell.isoformat(" ") if isinstance(cell, datetime.datetime) else cell.isoformat()
    return str(cell)


def is_mixed(cells: Sequence[Any]) -> bool:
    """Whether a column has texts and cells of another type."""
    kinds = {type(cell) for cell in cells if cell is not None}
    return str in kinds and len(kinds) > 1 and not kinds & {list, dict}


def common_column(parts: Sequence[pd.Series], names: Sequence[str]) -> pd.Series:
    """Return one column out of those of several files.

    Raises:
        InputError: they have types that no type holds without loss; the message names the first two files.
    """
    filled = [part for part in parts if part.notna().any()]
    types = list(dict.fromkeys(part.dtype for part in filled))
    if len(types) <= 1:
        target = types[0] if types else parts[0].dtype
        if pd.api.types.is_integer_dtype(target) and len(filled) < len(parts):
            target = pd.Int64Dtype()
        return pd.concat([part if part.dtype == target else part.astype(object).astype(target) for part in parts])
    if all(pd.api.types.is_bool_dtype(kind) for kind in types):
        return pd.concat([part.astype("boolean") for part in parts])
    if all(pd.api.types.is_integer_dtype(kind) for kind in types):
        return pd.concat([part.astype("Int64") for part in parts])
    if all(pd.api.types.is_numeric_dtype(kind) and not pd.api.types.is_bool_dtype(kind) for kind in types):
        whole = [part for part in filled if pd.api.types.is_integer_dtype(part.dtype)]
        if all(part.abs().max() <= LARGEST_EXACT for part in whole):
            return pd.concat([part.astype("Float64").astype("float64") for part in parts])
    if any(isinstance(kind, pd.StringDtype) for kind in types) and all(map(is_plain, types)):
        return pd.concat([texts(part) for part in parts])
    if all(pd.api.types.is_datetime64_dtype(kind) for kind in types):
        return pd.concat(list(parts))
    first, other = (next(name for part, name in zip(parts, names, strict=True) if part.dtype == k) for k in types[:2])
    raise InputError(f"it is {types[0]} in {first} and {types[1]} in {other}; write both files with one type")


def is_plain(kind: Any) -> bool:
    """Whether values of a type are numbers or texts."""
    return isinstance(kind, pd.StringDtype) or pd.api.types.is_numeric_dtype(kind)


def texts(column: pd.Series) -> pd.Series:
    """Return numbers as the texts that read as them, without `.0` where all are whole."""
    if isinstance(column.dtype, pd.StringDtype):
        return column
    plain = [None if pd.isna(cell) else as_text(cell, whole_floats=True) for cell in column.tolist()]
    return pd.Series(plain, index=column.index, dtype="str")
