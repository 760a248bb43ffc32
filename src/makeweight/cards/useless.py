"""Why nothing can be learned from a column, whichever way it is read: one rule for tables with and without a card."""

from typing import Any

import numpy as np
import pandas as pd

EMPTY = "no value in any row"
CONSTANT = "the same value in every row"
LEAK = "each class has one value of it: a second label, or known only after it"
LEAST_REPEATS = 20
"""Labelled rows beyond the first of each class, so that one value per class is no coincidence."""


def why_useless(values: pd.Series, labels: Any) -> str:
    """Return why nothing can be learned from a column, in words; empty where something may.

    Args:
        values: the column as it was read; None and NaN where a cell is missing.
        labels: the class of each row, None where it has none.
    """
    codes, distinct = pd.factorize(values, use_na_sentinel=False)
    if not values.notna().any():
        return EMPTY
    if len(distinct) < 2:
        return CONSTANT
    return LEAK if is_function_of(codes, np.asarray(labels)) else ""


def is_function_of(codes: np.ndarray, labels: np.ndarray) -> bool:
    """Return whether all rows of a class have the same code, and there are several: then it gives the label away."""
    known = pd.notna(labels)
    classes, names = pd.factorize(labels[known])
    own = codes[known].astype(np.int64)
    if len(own) - len(names) < LEAST_REPEATS or len(np.unique(own)) < 2:
        return False
    return len(np.unique(own * len(names) + classes)) == len(names)
