"""Which train row a synthetic row is nearest to: an engine has seen all train rows, those that are held out as well."""

from typing import Any

import numpy as np
from scipy.sparse import issparse

from makeweight.data.labelled import Labelled, as_vectors

PART = 1024
"""Rows that are compared with all others at once, so that memory does not grow with the product of both counts."""


def nearest_rows(rows: Labelled, others: Labelled) -> np.ndarray:
    """The number of the nearest of `others` to each row, int `(n,)`, by the squared distance over all modalities.

    Both have the same modalities; of equally near rows it is the first.
    """
    nearest = np.empty(len(rows), dtype=int)
    for start in range(0, len(rows), PART):
        part = np.arange(start, min(start + PART, len(rows)))
        distances = sum(squared_distances(array[part], others.inputs[name]) for name, array in rows.inputs.items())
        nearest[part] = np.asarray(distances).argmin(1)
    return nearest


def squared_distances(first: Any, second: Any) -> np.ndarray:
    """Squared distances `(n, m)` between rows `(n, ...)` and `(m, ...)`, less the part that is the same for all `m`.

    Both are dense, or both are sparse.
    """
    first, second = as_vectors(first), as_vectors(second)
    if issparse(second):
        return np.asarray(second.multiply(second).sum(1)).ravel() - 2 * (first @ second.T).toarray()
    return np.square(second).sum(1) - 2 * first @ second.T
