"""Clusters of near copies, which stay in one split; among observations no chain of them may take a class apart."""

import numpy as np
import pandas as pd
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from makeweight.core.progress import say

SMALL_CLUSTER = 10
"""Clusters of so few rows stay whole, however few rows there are."""


def connected_sets(rows: pd.Index, pairs: pd.DataFrame) -> pd.Series:
    """Return the number of the connected component of each row."""
    positions = pd.Series(np.arange(len(rows)), index=rows)
    left, right = positions[pairs["left"]].to_numpy(), positions[pairs["right"]].to_numpy()
    graph = coo_array((np.ones(len(left)), (left, right)), shape=(len(rows), len(rows)))
    return pd.Series(connected_components(graph, directed=False)[1], index=rows)


def bounded(clusters: pd.Series, exact: pd.Series, labels: pd.Series, max_share: float, min_units: int) -> pd.Series:
    """Return clusters of which none holds too much: those that do tie exact copies only.

    Pictures that all look alike (scanned digits, cells, frames of one camera) would otherwise be one chain of near
    copies, and a class that is one unit cannot be split.

    Args:
        clusters: row -> number of its cluster of near copies.
        exact: row -> number of its set of exact copies, each within one cluster.
        labels: row -> class.
        max_share: the largest share of all rows that a cluster may hold; `SMALL_CLUSTER` rows are always allowed.
        min_units: clusters that a class needs, where its exact copies alone leave it as many.
    """
    size = clusters.map(clusters.value_counts())
    loosened = size > max(SMALL_CLUSTER, max_share * len(clusters))
    few = clusters.groupby(labels).nunique() < min_units
    enough = exact.groupby(labels).nunique() >= min_units
    scarce = labels.isin(few.index[few & enough])
    loosened |= clusters.isin(clusters[scarce & (size > 1)])
    if not loosened.any():
        return clusters
    result = pd.Series(pd.factorize(clusters.where(~loosened, exact + clusters.max() + 1))[0], index=clusters.index)
    freed = int((result.map(result.value_counts()) < size).sum())
    if freed:
        say(
            f"clean: {freed} pictures look so alike that as near copies they would be one unit each class or chain: of "
            f"these only exact copies are kept in one split"
        )
    return result
