"""The labels given to GANSampler: one class per row, and labels of new rows in the type that came in."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import torch
from imblearn.utils import check_target_type
from pandas.api.types import is_extension_array_dtype
from sklearn.utils.multiclass import check_classification_targets

from makeweight.core.errors import InputError
from makeweight.data.values.reading import counted

PLAIN = (str, bool, int, float, np.generic)
"""Types of labels that scikit-learn reads in a list, if all are of one type."""


@dataclass(frozen=True)
class Target:
    """Labels in any container and of any type."""

    given: Any
    values: np.ndarray
    """One class per row, as `sampling_strategy` names them."""

    @classmethod
    def of(cls, given: Any) -> "Target":
        """Read labels.

        Raises:
            InputError: a row has no label, or labels cannot be compared with each other.
        """
        check_container(given)
        column = single_column(given)
        if column is None:
            check_classification_targets(given)
            return cls(given, np.asarray(check_target_type(given)))
        check_complete(column)
        if needs_reading(column):
            return cls(given, comparable(column))
        values = column.to_numpy()
        check_classification_targets(values)
        return cls(given, np.asarray(check_target_type(values)))

    def taken(self, rows: np.ndarray) -> Any:
        """Return the labels at these positions, in the container and type of the given ones."""
        if isinstance(self.given, pd.Series | pd.DataFrame):
            return self.given.iloc[rows].reset_index(drop=True)
        if isinstance(self.given, np.ndarray | torch.Tensor):
            return self.given[rows]
        if isinstance(self.given, pd.Index | pd.api.extensions.ExtensionArray | pa.Array | pa.ChunkedArray):
            return self.given.take(rows)
        if isinstance(self.given, list | tuple):
            return type(self.given)(self.given[row] for row in rows.tolist())
        try:
            found = self.given[rows]  # a series of polars
        except (TypeError, IndexError, KeyError):
            return np.asarray(self.given)[rows]
        return found


def check_container(given: Any) -> None:
    """Refuse what has not one label for each row."""
    kind = type(given).__name__
    right = "one label for each row of X would be right"
    if isinstance(given, str | bytes):
        raise InputError(f"y: {given!r} is a single text; {right}, as X.pop({given!r}) takes them out of a frame")
    if given is None or isinstance(given, dict | set | frozenset) or not hasattr(given, "__len__"):
        raise InputError(f"y: a {kind} holds no labels in an order; {right}, as in a list")
    if isinstance(given, pd.DataFrame) and given.shape[1] != 1:
        raise InputError(
            f"y: the frame has {given.shape[1]} columns; {right}: y['name'], or y.idxmax(axis=1) of one per class"
        )
    masked = int(np.ma.getmaskarray(given).sum()) if isinstance(given, np.ma.MaskedArray) else 0
    if masked:
        raise InputError(
            f"y: the mask hides {counted(masked, 'label')}; leave such rows out: X[~y.mask], y.compressed()"
        )


def single_column(given: Any) -> pd.Series | None:
    """Return labels of any container with one dimension as a series; None for those that scikit-learn is to read."""
    if isinstance(given, pd.DataFrame):
        return given.iloc[:, 0]
    if isinstance(given, pd.Series):
        return given
    if isinstance(given, pd.Index | pd.api.extensions.ExtensionArray):
        return pd.Series(given)
    if hasattr(given, "__arrow_c_stream__") or isinstance(given, pa.Array):
        chunked = given if isinstance(given, pa.Array | pa.ChunkedArray) else pa.chunked_array(given)
        return pd.Series(pd.arrays.ArrowExtensionArray(chunked))
    if isinstance(given, list | tuple):
        if len({type(label) for label in given}) < 2 and isinstance(next(iter(given), ""), PLAIN):
            return series_of(np.asarray(given))
        return None if all(isinstance(label, list | np.ndarray) for label in given) else objects(list(given))
    return series_of(np.asarray(given))


def series_of(array: np.ndarray) -> pd.Series | None:
    """Return an array of labels as a series, those that numpy alone has as objects; None for several columns."""
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
    if array.ndim != 1:
        return None
    if array.dtype.kind in "fiubUT":
        return pd.Series(
            array.astype(object) if array.dtype.kind in "UT" else array.astype(array.dtype.newbyteorder("="))
        )
    return pd.Series(array) if array.dtype.kind in "mM" else objects(array.tolist())


def objects(labels: list[Any]) -> pd.Series:
    """Return labels as a series of objects."""
    cells = np.empty(len(labels), dtype=object)
    cells[:] = labels
    return pd.Series(cells)


def check_complete(column: pd.Series) -> None:
    """Refuse labels with a gap."""
    gaps = np.flatnonzero(column.isna().to_numpy())
    have = "has" if len(gaps) == 1 else "have"
    if len(gaps):
        raise InputError(
            f"y: {len(gaps)} of {len(column)} rows {have} no label (the first is row {gaps[0]}); leave them out: "
            "X[y.notna()], y[y.notna()]"
        )


def needs_reading(column: pd.Series) -> bool:
    """Return whether scikit-learn knows no classes of this type: those of pandas, dates, and mere objects."""
    if column.dtype == object:
        return not all(isinstance(value, str) for value in column)
    return is_extension_array_dtype(column.dtype) or column.dtype.kind in "mM"


def comparable(column: pd.Series) -> np.ndarray:
    """Return the labels as an array of one type where they have one, else as objects that can be sorted."""
    values = column.astype(object).tolist()
    kinds = {type(value) for value in values}
    for kind in kinds:
        if issubclass(kind, complex | tuple | list | dict | set | np.ndarray):
            raise InputError(
                f"y: a label is a {kind.__name__}; one text, number or date in each row would be right, as after "
                "y.map(str)"
            )
    if kinds <= {bool, np.bool_} or kinds <= {int, float} or all(issubclass(kind, str) for kind in kinds):
        return np.array(values)
    labels = np.empty(len(values), dtype=object)
    labels[:] = values
    try:
        np.unique(labels)
    except TypeError:
        names = sorted(kind.__name__ for kind in kinds)
        raise InputError(
            f"y: labels of the types {', '.join(names)} cannot be compared with each other; one type would be right, "
            "as after y.astype(str)"
        ) from None
    return labels
