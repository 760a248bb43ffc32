"""Precision and recall, density and coverage: do two sets of vectors cover the same region?"""

import numpy as np
from sklearn.metrics import pairwise_distances


def manifold_scores(real: np.ndarray, synthetic: np.ndarray, neighbours: int) -> dict[str, float]:
    """Four shares of `(n, d)` rows; a row's ball reaches to its k-th nearest neighbour in its own set.

    Precision: synthetic rows inside some real ball. Recall: real rows inside some synthetic ball (Kynkaanniemi et al.
    2019, equations 1 to 3). Density: real balls around a synthetic row, over k; may exceed 1. Coverage: real balls with
    a synthetic row inside (Naeem et al. 2020, equations 3 and 4). In small sets k is at most the number of other rows.
    """
    between = pairwise_distances(real, synthetic)
    real_radius, synthetic_radius = radii(real, neighbours), radii(synthetic, neighbours)
    in_real_ball = between <= real_radius[:, None]
    return {
        "precision": float(in_real_ball.any(0).mean()),
        "recall": float((between <= synthetic_radius[None, :]).any(1).mean()),
        "density": float(in_real_ball.sum(0).mean() / min(neighbours, len(real) - 1)),
        "coverage": float((between.min(1) <= real_radius).mean()),
    }


def radii(rows: np.ndarray, neighbours: int) -> np.ndarray:
    """Distance of every row to its k-th nearest other row, `(n,)`."""
    k = min(neighbours, len(rows) - 1)
    distances = pairwise_distances(rows)
    np.fill_diagonal(distances, -1.0)
    return np.partition(distances, k, axis=1)[:, k]
