"""Frechet distance between two sets of vectors, by mean and covariance."""

import numpy as np


def frechet_distance(real: np.ndarray, synthetic: np.ndarray) -> float:
    """Squared distance between the normal distributions fitted to `(n, d)` rows; 0 where mean and covariance agree.

    Heusel et al. 2017, equation 6. It shrinks as rows are added, so compare only sets of equal size.
    """
    real_root, synthetic_root = covariance_root(real), covariance_root(synthetic)
    gap = real.mean(0) - synthetic.mean(0)
    # The eigenvalues of the product of both covariances are the squared singular values of the product of their roots:
    # exact, real, and right where there are fewer rows than columns, which a matrix square root is not.
    shared = np.linalg.svd(real_root @ synthetic_root.T, compute_uv=False).sum()
    return max(0.0, float(gap @ gap + (real_root**2).sum() + (synthetic_root**2).sum() - 2 * shared))


def covariance_root(rows: np.ndarray) -> np.ndarray:
    """A matrix R with R'R the covariance of the rows."""
    centred = np.asarray(rows, dtype=np.float64) - rows.mean(0)
    return np.asarray(np.linalg.qr(centred / np.sqrt(max(1, len(rows) - 1)), mode="r"))
