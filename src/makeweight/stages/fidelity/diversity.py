"""Diversity: has a class collapsed, so that its synthetic samples are nearly all the same?"""

import numpy as np
from sklearn.metrics import pairwise_distances


def diversity_ratio(real: np.ndarray, synthetic: np.ndarray) -> float:
    """Effective number of synthetic rows over that of as many real rows `(n, d)`: 1 equally varied, 1 / n all equal."""
    # Half the usual distance: rows that are usually far apart count as different, near ones as the same.
    width = median_distance(real) / 2
    return effective_number(synthetic, width) / effective_number(real, width)


def effective_number(rows: np.ndarray, width: float) -> float:
    """How many clearly different rows there are (Vendi score, Friedman and Dieng 2023, definition 3.1).

    The exponential of the entropy of the eigenvalues of the rows' similarity, a Gaussian of the given width: two modes
    give 2 however far they are from each other, where a mean distance would call them varied.
    """
    similarity = np.exp(-(pairwise_distances(rows) ** 2) / (2 * width**2)) / len(rows)
    shares = np.clip(np.linalg.eigvalsh(similarity), 0.0, None)
    shares = shares[shares > 1e-12]
    return float(np.exp(-(shares * np.log(shares)).sum()))


def median_distance(rows: np.ndarray) -> float:
    """Median distance between two different rows; 1 where they are all the same."""
    distances = pairwise_distances(rows)[np.triu_indices(len(rows), k=1)]
    return float(np.median(distances)) or 1.0
