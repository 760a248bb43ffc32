"""Units: rows that are never divided among splits, because they are near copies or belong to one group."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from makeweight.data import reserved


def units(table: pd.DataFrame, group_by: Sequence[str]) -> pd.Series:
    """Return the unit of each row: rows that share a near-copy cluster or a series; the name is their smallest id.

    Args:
        table: samples with `id`, and `mw_cluster` where near copies were searched.
        group_by: rows with the same values in all these columns stay together; columns that are not there are ignored.
    """
    return smallest_ids(table["id"], unit_numbers(table, group_by)).rename(reserved.UNIT)


def unit_numbers(table: pd.DataFrame, group_by: Sequence[str]) -> np.ndarray:
    """Return a number for each row that is the same for rows of one unit, see `units`."""
    present = [name for name in group_by if name in table]
    number = np.arange(len(table))
    keys = [pd.factorize(table[reserved.CLUSTER])[0]] if reserved.CLUSTER in table else []
    if present:
        series = table.groupby(present).ngroup().fillna(-1).to_numpy(dtype=int)
        keys.append(np.where(series < 0, -1 - number, series))
    keys = [key for key in keys if has_repeats(key)]
    if not keys:
        return number
    left, right = [number], [number]
    for key in keys:
        first = pd.Series(number).groupby(key).transform("first").to_numpy()
        left.append(number)
        right.append(first)
    edges = (np.ones(sum(map(len, left))), (np.concatenate(left), np.concatenate(right)))
    _, component = connected_components(coo_array(edges, shape=(len(table), len(table))), directed=False)
    return np.asarray(component)


def has_repeats(numbers: np.ndarray) -> bool:
    """Return whether a number is there more than once."""
    return len(pd.unique(numbers)) < len(numbers)


def smallest_ids(ids: pd.Series, sets: np.ndarray) -> pd.Series:
    """Return for each row the smallest id of its set, given by a number."""
    return ids.groupby(sets).transform("min") if has_repeats(sets) else ids
