"""The labels given to GANSampler: one class per row, and labels of new rows in the type that came in."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from imblearn.utils import check_target_type
from pandas.api.types import is_extension_array_dtype
from sklearn.utils.multiclass import check_classification_targets

from makeweight.core.errors import InputError


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
        column = single_column(given)
        if isinstance(column, pd.Series):
            check_complete(column)
            if needs_reading(column):
                return cls(given, comparable(column))
        check_classification_targets(given)
        return cls(given, np.asarray(check_target_type(given)))

    def taken(self, rows: np.ndarray) -> Any:
        """Return the labels at these positions, in the container and type of the given ones."""
        if isinstance(self.given, pd.Series | pd.DataFrame):
            return self.given.iloc[rows].reset_index(drop=True)
        if isinstance(self.given, np.ndarray):
            return self.given[rows]
        if isinstance(self.given, pd.Index | pd.api.extensions.ExtensionArray):
            return self.given.take(rows)
        if isinstance(self.given, list | tuple):
            return type(self.given)(self.given[row] for row in rows.tolist())
        return np.asarray(self.given)[rows]


def single_column(given: Any) -> Any:
    """Return labels of pandas, and objects of other arrays, as a series; others as they are."""
    if isinstance(given, pd.DataFrame) and given.shape[1] == 1:
        return given.iloc[:, 0]
    if isinstance(given, pd.Index | pd.api.extensions.ExtensionArray):
        return pd.Series(given)
    if isinstance(given, np.ndarray) and given.ndim == 1 and given.dtype.kind in "OmM":
        return pd.Series(given)
    return given


def check_complete(column: pd.Series) -> None:
    """Refuse labels with a gap."""
    gaps = np.flatnonzero(column.isna().to_numpy())
    if len(gaps):
        raise InputError(
            f"y: {len(gaps)} of {len(column)} rows have no label (the first is row {gaps[0]}); leave them out: "
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
