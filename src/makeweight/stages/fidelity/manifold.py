"""Precision and recall, density and coverage: what share of one cloud lies where the other one does."""

import numpy as np
from sklearn.metrics import pairwise_distances


def manifold_scores(real: np.ndarray, fake: np.ndarray, neighbours: int) -> dict[str, float]:
    """Four shares of `(n, d)` rows; a row's ball reaches to its k-th nearest neighbour of its own kind.

    Precision: fakes inside some real ball. Recall: reals inside some fake ball (Kynkaanniemi et al. 2019, equations 1
    to 3). Density: real balls around a fake, over k; may pass 1. Coverage: real balls with a fake inside (Naeem et al.
    2020, equations 3 and 4). In small sets k is at most the number of other rows.
    """
    between = pairwise_distances(real, fake)
    real_reach, fake_reach = reach(real, neighbours), reach(fake, neighbours)
    in_real_ball = between <= real_reach[:, None]
    return {
        "precision": float(in_real_ball.any(0).mean()),
        "recall": float((between <= fake_reach[None, :]).any(1).mean()),
        "density": float(in_real_ball.sum(0).mean() / min(neighbours, len(real) - 1)),
        "coverage": float((between.min(1) <= real_reach).mean()),
    }


def reach(rows: np.ndarray, neighbours: int) -> np.ndarray:
    """Distance of every row to its k-th nearest other row, `(n,)`."""
    k = min(neighbours, len(rows) - 1)
    distances = pairwise_distances(rows)
    np.fill_diagonal(distances, -1.0)
    return np.partition(distances, k, axis=1)[:, k]
