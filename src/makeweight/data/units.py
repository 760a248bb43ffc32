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
    present = [name for name in group_by if name in table]
    number = np.arange(len(table))
    keys = [pd.factorize(table[reserved.CLUSTER])[0]] if reserved.CLUSTER in table else []
    if present:
        series = table.groupby(present).ngroup().fillna(-1).to_numpy(dtype=int)
        keys.append(np.where(series < 0, -1 - number, series))
    left, right = [number], [number]
    for key in keys:
        first = pd.Series(number).groupby(key).transform("first").to_numpy()
        left.append(number)
        right.append(first)
    edges = (np.ones(sum(map(len, left))), (np.concatenate(left), np.concatenate(right)))
    _, component = connected_components(coo_array(edges, shape=(len(table), len(table))), directed=False)
    return table["id"].groupby(component).transform("min").rename(reserved.UNIT)
