"""A Gaussian for each class: near large classes lend it covariance as far as it has too few rows of its own."""

from dataclasses import dataclass

import numpy as np

from makeweight.balance.calibration import large_classes, nearest

SMALLEST_SHARE = 1e-3
"""Of the mean variance: no direction has less, so that whitened rows stay finite."""


@dataclass(frozen=True)
class LentGaussians:
    """Mean and covariance of each class, and the way from rows to standard normal ones and back."""

    counts: np.ndarray
    """Rows of each class `(classes,)`."""
    means: np.ndarray
    """float64 `(classes, k)`."""
    roots: np.ndarray
    """float64 `(classes, k, k)`: the symmetric root of each covariance."""
    lenders: tuple[np.ndarray, ...]
    """The classes that lend to each."""

    @classmethod
    def fit(cls, codes: np.ndarray, labels: np.ndarray, classes: int, lenders: int) -> "LentGaussians":
        """A class of n rows in k dimensions keeps n parts of its own covariance and takes k parts of that of others.

        These are the large classes whose means are nearest; where there is none, all rows, each less its class's mean.

        Args:
            codes: rows `(n, k)`.
            labels: class index of each row `(n,)`.
            classes: how many there are, some maybe without rows.
            lenders: how many classes lend to one.
        """
        codes, dimensions = codes.astype(np.float64), codes.shape[1]
        counts, large = np.bincount(labels, minlength=classes), large_classes(labels, classes)
        means, own = np.zeros((classes, dimensions)), np.zeros((classes, dimensions, dimensions))
        for name in np.flatnonzero(counts):
            rows = codes[labels == name]
            means[name] = rows.mean(0)
            own[name] = (rows - means[name]).T @ (rows - means[name]) / len(rows)
        within = np.tensordot(counts / max(1, len(labels)), own, 1)
        near = tuple(nearest({"codes": means}, name, large[large != name], lenders) for name in range(classes))
        roots = np.zeros_like(own)
        for name in np.flatnonzero(counts):
            lent = own[near[name]].mean(0) if len(near[name]) else within
            covariance = (counts[name] * own[name] + dimensions * lent) / (counts[name] + dimensions)
            roots[name] = symmetric_root(covariance)
        return cls(counts, means, roots, near)

    def whitened(self, codes: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """Rows `(n, k)` as standard normal ones, as far as their class is Gaussian, float32."""
        return self.by_class(codes - self.means[labels], labels, [inverse(root) for root in self.roots])

    def restored(self, white: np.ndarray, labels: np.ndarray) -> np.ndarray:
        """The inverse of `whitened`, float32 `(n, k)`."""
        return (self.means[labels] + self.by_class(white, labels, list(self.roots))).astype(np.float32)

    def places(self) -> tuple[np.ndarray, np.ndarray]:
        """Where each class lies among the others, and how surely that is known: means and their standard errors.

        Both float32 `(classes, k)`, in standard deviations over classes with rows.
        """
        known = self.means[self.counts > 0]
        scale = np.maximum(known.std(0), 1e-6)
        errors = np.sqrt(np.square(self.roots).sum(2) / np.maximum(self.counts, 1)[:, None])
        return ((self.means - known.mean(0)) / scale).astype(np.float32), (errors / scale).astype(np.float32)

    def by_class(self, rows: np.ndarray, labels: np.ndarray, matrices: list[np.ndarray]) -> np.ndarray:
        """Each row times the matrix of its class, float32 `(n, k)`."""
        found = np.zeros(rows.shape, dtype=np.float32)
        for name in np.unique(labels):
            found[labels == name] = rows[labels == name] @ matrices[name]
        return found


def symmetric_root(covariance: np.ndarray) -> np.ndarray:
    """The symmetric matrix whose square is the covariance, with no direction below `SMALLEST_SHARE`.

    Unlike another root it turns nothing: classes of the same shape have the same whitened rows.
    """
    values, vectors = np.linalg.eigh(covariance)
    values = np.maximum(values, max(SMALLEST_SHARE * values.mean(), 1e-12))
    root: np.ndarray = (vectors * np.sqrt(values)) @ vectors.T
    return root


def inverse(root: np.ndarray) -> np.ndarray:
    """The inverse of a root; zeros for that of a class without rows."""
    return np.linalg.inv(root) if root.any() else root
