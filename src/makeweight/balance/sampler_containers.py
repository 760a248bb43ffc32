"""The container of the rows given to GANSampler: opened as a frame or an array, and closed again with more rows."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
import pandas as pd
import pyarrow as pa
import torch

from makeweight.core.errors import InputError
from makeweight.data.values.reading import counted

Rows: TypeAlias = "np.ndarray | pd.DataFrame"

SHAPES = "rows and columns, as in a pandas.DataFrame, or pictures of (row, height, width) or (row, height, width, 3)"


@dataclass(frozen=True)
class Container:
    """Rows as a frame or an array, and the way back into the type that they came in."""

    rows: Any
    """A frame, an array, or what scikit-learn is to refuse."""
    close: Callable[[Rows], Any]
    """Given and synthetic rows -> the container that came in."""


def opened(given: Any, as_pictures: bool = False) -> Container:
    """Open a container of rows.

    Args:
        given: a frame of pandas, polars or Arrow, an array, a tensor, or a list or tuple of rows.
        as_pictures: whether each row is a flat picture, so that all its cells are of one type.

    Raises:
        InputError: it holds no rows of equal length, or masked or complex numbers.
    """
    if isinstance(given, pd.DataFrame):
        if not given.shape[1]:
            raise InputError("X: the frame has no column; at least one would be right")
        return Container(given, lambda level: level)
    if isinstance(given, torch.Tensor):
        rows = given.detach().cpu().numpy()
        return Container(checked(rows), lambda level: torch.as_tensor(level, dtype=given.dtype, device=given.device))
    if hasattr(given, "__arrow_c_stream__") and not isinstance(given, pd.Series | pa.ChunkedArray):
        return arrow_table(given)
    if isinstance(given, list | tuple):
        return listed(given, as_pictures)
    if isinstance(given, str | bytes | dict | set | pd.Series | None):
        remedy = {dict: "; pandas.DataFrame(X)", pd.Series: "; X.to_frame()"}.get(type(given), "")
        raise InputError(f"X: a {type(given).__name__} is no table; right would be {SHAPES}{remedy}")
    return Container(checked(given) if isinstance(given, np.ndarray) else given, lambda level: level)


def checked(rows: np.ndarray) -> np.ndarray:
    """Return an array that has rows.

    Raises:
        InputError: it has one dimension only, no names for its fields, masked cells or complex numbers.
    """
    if rows.dtype.names:
        raise InputError("X: an array with fields is no table; pandas.DataFrame(X) would be right")
    if rows.ndim < 2:
        raise InputError(f"X: its shape is {rows.shape}; right would be {SHAPES}; one column is X.reshape(-1, 1)")
    if rows.dtype.kind == "c":
        raise InputError("X: Complex data not supported; real numbers would be right, as X.real and X.imag")
    masked = int(np.ma.getmaskarray(rows).sum()) if isinstance(rows, np.ma.MaskedArray) else 0
    if masked:
        raise InputError(
            f"X: the mask hides {counted(masked, 'cell')} and would be lost; missing numbers would be right, as after "
            "X.astype(float).filled(numpy.nan)"
        )
    return rows


def listed(given: list | tuple, as_pictures: bool) -> Container:
    """Open a list of rows; each cell keeps its own type.

    Raises:
        InputError: the rows have different lengths, or are none.
    """
    try:
        natural = np.asarray(given)
    except ValueError:
        raise InputError(
            f"X: the {len(given)} rows are of different lengths; one cell for each column would be right"
        ) from None
    if natural.ndim < 2:
        kind = type(given[0]).__name__ if len(given) else "nothing"
        raise InputError(f"X: a row is a {kind}; right would be {SHAPES}; pandas.DataFrame(X) makes one of dicts")
    rows = natural
    if natural.ndim == 2 and not as_pictures:
        # One array of all cells would write the numbers beside a text as texts.
        rows = np.empty(natural.shape, dtype=object)
        for position, row in enumerate(given):
            rows[position] = list(row)

    def close(level: Rows) -> Any:
        return type(given)([*given, *(like(given[0], row) for row in level[len(given) :])])

    return Container(checked(rows), close)


def like(given: Any, row: np.ndarray) -> Any:
    """Return a row of cells as a list, a tuple or an array, as a given row is one."""
    if isinstance(given, list | tuple):
        return type(given)(row.tolist())
    return pd.Series(row.tolist(), given.index) if isinstance(given, pd.Series) else np.array(row.tolist())


def arrow_table(given: Any) -> Container:
    """Open a table of Arrow, or of a library that gives its tables as Arrow does, such as polars.

    Raises:
        InputError: it is not a table.
    """
    try:
        table = given if isinstance(given, pa.Table) else pa.table(given)
    except (pa.ArrowException, TypeError, ValueError):
        raise InputError(f"X: a {type(given).__name__} is no table; right would be {SHAPES}") from None

    def close(level: Rows) -> Any:
        assert isinstance(level, pd.DataFrame)
        columns = [pa.array(level.iloc[:, position], kind) for position, kind in enumerate(table.schema.types)]
        joined = pa.Table.from_arrays(columns, schema=table.schema)
        return joined if isinstance(given, pa.Table) else type(given)(joined)

    def type_of(kind: pa.DataType) -> Any:
        return None if isinstance(kind, pa.ExtensionType) else pd.ArrowDtype(kind)

    return Container(opened(table.to_pandas(types_mapper=type_of)).rows, close)


def notes_on_index(given: Any, target: Any) -> list[str]:
    """Return a line where an index holds data, which is not kept, or where it pairs rows and labels otherwise."""
    if not isinstance(given, pd.DataFrame):
        return []
    notes = []
    index = given.index
    if any(name is not None for name in index.names) or not pd.api.types.is_integer_dtype(index.dtype):
        name = " and ".join(repr(name) for name in index.names if name is not None) or f"of type {index.dtype}"
        notes.append(
            f"X: the index {name} is not kept: rows are numbered from 0, as by every imbalanced-learn sampler; "
            "X.reset_index() makes it a column"
        )
    paired = isinstance(target, pd.Series | pd.DataFrame) and len(target) == len(index)
    if paired and not index.equals(target.index) and set(index) == set(target.index):
        notes.append(
            "X and y have the same index in another order: row by row the labels are taken as they stand; "
            "y.loc[X.index] would pair them by index"
        )
    return notes
