"""Kernel distance: maximum mean discrepancy under the cubic kernel, unbiased in small samples too."""

import numpy as np


def kernel_distance(real: np.ndarray, synthetic: np.ndarray) -> float:
    """Unbiased squared discrepancy of `(n, d)` rows; around 0 (also below) where both come from one distribution.

    Binkowski et al. 2018, equation 4, with the kernel (x'y / d + 1)^3 of its section 4.
    """
    within = mean_off_diagonal(cubic(real, real)) + mean_off_diagonal(cubic(synthetic, synthetic))
    return within - 2 * float(cubic(real, synthetic).mean())


def cubic(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Cubic kernel of every pair of rows, `(n, m)`."""
    return (np.asarray(left, np.float64) @ np.asarray(right, np.float64).T / left.shape[1] + 1) ** 3


def mean_off_diagonal(square: np.ndarray) -> float:
    """Mean of a square matrix without its diagonal."""
    rows = len(square)
    return float((square.sum() - np.trace(square)) / (rows * (rows - 1)))
