"""Multinomial logistic regression on features, dense or sparse: a classifier that trains in seconds."""

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from makeweight.core import files
from makeweight.core.reading import reading
from makeweight.learn.fusion import SMALLEST, softmax

MAX_ITERATIONS = 100
"""Twice as many score the same: what a longer fit still changes are features that are nearly sums of others."""
TOLERANCE = 1e-4
"""Where the largest slope of the mean loss is smaller, a fit ends; as scikit-learn's own."""
WIDE = 500
"""From this many features on a fit ends earlier: it takes a half of the time and scores the same, while the last slopes
belong to features that hardly matter. Standardised features are larger than those of sparse rows of length 1."""
WIDE_TOLERANCE = {"dense": 3e-3, "sparse": 3e-4}
MOSTLY_EMPTY = 0.5
"""Of the columns of sparse features: where fewer have a value in any row, a fit takes only those, in half the time."""


@dataclass(frozen=True)
class LinearModel:
    """A fitted model: class scores are `x @ coefficients.T + intercepts`."""

    classes: int
    present: np.ndarray
    """int64 `(present,)`: the classes that had rows, in increasing order."""
    coefficients: np.ndarray
    """float32 `(present, width)`."""
    intercepts: np.ndarray
    """float32 `(present,)`."""
    iterations: int
    converged: bool
    """False if the fit ended at `MAX_ITERATIONS` or could not go on; the model can be used all the same."""

    @classmethod
    def fit(
        cls,
        x: Any,
        labels: np.ndarray,
        classes: int,
        strength: float,
        row_weights: np.ndarray | None = None,
        start: "LinearModel | None" = None,
    ) -> "LinearModel":
        """Fit by scikit-learn's LogisticRegression (L-BFGS).

        With one class only, that class has probability 1 everywhere; without any feature the classes have their shares.

        Args:
            x: features `(n, width)`, float32, a numpy array or a sparse one.
            labels: class indices `(n,)`, less than `classes`.
            classes: number of classes; some may be absent.
            strength: C of LogisticRegression, the weight of the data against the penalty.
            row_weights: how many times each row counts `(n,)`; a row of weight 0 does not count at all.
            start: a model of the same features to start from, such as that of a similar set of rows.

        Raises:
            ValueError: there is no row that counts.
        """
        if row_weights is not None and not np.all(row_weights > 0):
            kept = np.flatnonzero(row_weights > 0)
            x, labels, row_weights = x[kept], labels[kept], row_weights[kept]
        if not len(labels):
            raise ValueError("a linear model needs at least one row with a weight above 0")
        present, codes = np.unique(labels, return_inverse=True)
        width = x.shape[1]
        if len(present) == 1 or width == 0:
            totals = np.bincount(codes, row_weights)
            empty = np.zeros((len(present), width), dtype=np.float32)
            return cls(classes, present, empty, np.log(totals / totals.sum()).astype(np.float32), 0, True)
        return cls(classes, present, *fitted(x, codes, present, strength, row_weights, start))

    @classmethod
    def fit_near(
        cls,
        x: Any,
        labels: np.ndarray,
        classes: int,
        strength: float,
        start: "LinearModel",
        row_weights: np.ndarray | None = None,
    ) -> "LinearModel":
        """Fit as `fit`, but with a penalty on the distance of the coefficients to those of `start`, not on their size.

        What the rows say nothing about stays as `start` has it (a ridge towards other coefficients, as in Chelba and
        Acero 2006). Classes that `start` lacks begin at coefficients of 0.

        Args:
            x: features `(n, width)`, float32, a numpy array or a sparse one.
            labels: class indices `(n,)`, less than `classes`.
            classes: number of classes; some may be absent, also from both models: they get probability 0.
            strength: C of LogisticRegression, the weight of the data against the penalty: near 0, `start` is returned.
            start: a model of the same features, such as one of synthetic rows.
            row_weights: how many times each row counts `(n,)`.

        Raises:
            ValueError: there is no row that counts.
        """
        if not len(labels) or (row_weights is not None and not np.any(row_weights > 0)):
            raise ValueError("a linear model needs at least one row with a weight above 0")
        present, codes = np.unique(labels, return_inverse=True)
        if len(present) == 1 or x.shape[1] == 0:
            return cls.fit(x, labels, classes, strength, row_weights)
        weights = np.ones(len(labels)) if row_weights is None else np.asarray(row_weights, dtype=np.float64)
        return cls(classes, present, *fitted_near(x, codes, weights, strength, *start.rows_of(present)))

    def rows_of(self, present: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return coefficients `(present, width)` and intercepts `(present,)` for these classes.

        A class that the model lacks has coefficients of 0 and the mean intercept.
        """
        places = {int(label): index for index, label in enumerate(self.present)}
        rows = [
            (self.coefficients[places[label]], self.intercepts[places[label]])
            if label in places
            else (np.zeros_like(self.coefficients[0]), self.intercepts.mean())
            for label in map(int, present)
        ]
        return np.stack([row[0] for row in rows]), np.array([row[1] for row in rows], dtype=np.float32)

    def predict(self, x: Any) -> np.ndarray:
        """Return class probabilities, float32 `(n, classes)`: 0 for the classes that had no rows."""
        probabilities = np.zeros((x.shape[0], self.classes), dtype=np.float32)
        probabilities[:, self.present] = softmax(x @ self.coefficients.T + self.intercepts)
        return probabilities

    def save(self, path: Path) -> None:
        """Write everything as one .npz file."""
        with files.replacing(path) as partial, partial.open("wb") as file:
            np.savez(file, **vars(self))

    @classmethod
    def load(cls, path: Path) -> "LinearModel":
        """Read what `save` wrote."""
        with reading(path), np.load(path, allow_pickle=False) as arrays:
            return cls(
                int(arrays["classes"]),
                arrays["present"],
                arrays["coefficients"],
                arrays["intercepts"],
                int(arrays["iterations"]),
                bool(arrays["converged"]),
            )


def fitted(
    x: Any,
    codes: np.ndarray,
    present: np.ndarray,
    strength: float,
    row_weights: np.ndarray | None,
    start: LinearModel | None,
) -> tuple[np.ndarray, np.ndarray, int, bool]:
    """Return coefficients, intercepts, iterations, and whether the fit converged, for at least two classes."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.linear_model import LogisticRegression

    model = LogisticRegression(C=strength, max_iter=MAX_ITERATIONS, tol=tolerance(x), warm_start=start is not None)
    used = few_columns(x) if start is None else None
    if start is not None:
        model.coef_, model.intercept_ = starting_point(start, present)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ConvergenceWarning)
        model.fit(x if used is None else x[:, used], codes, sample_weight=row_weights)
    converged = not any(issubclass(warning.category, ConvergenceWarning) for warning in caught)
    coefficients, intercepts = model.coef_, model.intercept_
    if len(present) == 2:
        # scikit-learn has one row for two classes: the second class's score less the first's.
        coefficients, intercepts = (np.concatenate([-array, array]) / 2 for array in (coefficients, intercepts))
    if used is not None:
        whole = np.zeros((len(coefficients), x.shape[1]))
        whole[:, used] = coefficients
        coefficients = whole
    return coefficients.astype(np.float32), intercepts.astype(np.float32), int(model.n_iter_.max()), converged


def tolerance(x: Any) -> float:
    """Return the slope below which a fit on these features ends."""
    return TOLERANCE if x.shape[1] < WIDE else WIDE_TOLERANCE["sparse" if is_sparse(x) else "dense"]


def is_sparse(x: Any) -> bool:
    """Return whether these features are an array of SciPy that holds only what is not 0."""
    from scipy.sparse import issparse

    return bool(issparse(x))


def few_columns(x: Any) -> np.ndarray | None:
    """Return the columns in which any row has a value, the first where none has; None where most have, or x is dense.

    The coefficients of others begin at 0 and nothing moves them, but each step of a fit goes over them.
    """
    if not is_sparse(x):
        return None
    used = np.unique(x.nonzero()[1])
    if len(used) > MOSTLY_EMPTY * x.shape[1]:
        return None
    return used if len(used) else np.zeros(1, dtype=int)


def starting_point(start: LinearModel, present: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return `coef_` and `intercept_` of another model for these classes; one that it lacks starts at its mean."""
    coefficients, intercepts = start.rows_of(present)
    if len(present) == 2:
        return coefficients[1:] - coefficients[:1], intercepts[1:] - intercepts[:1]
    return coefficients, intercepts


def fitted_near(
    x: Any, codes: np.ndarray, weights: np.ndarray, strength: float, coefficients: np.ndarray, intercepts: np.ndarray
) -> tuple[np.ndarray, np.ndarray, int, bool]:
    """Return coefficients, intercepts, iterations, and whether the fit converged, by L-BFGS from the given ones.

    Args:
        x: features `(n, width)`.
        codes: class of each row, an index into the rows of `coefficients`.
        weights: how many times each row counts `(n,)`.
        strength: C, the weight of the data against the squared distance to `coefficients`.
        coefficients: `(classes, width)`, where the penalty is 0.
        intercepts: `(classes,)`, not penalised.
    """
    from scipy.optimize import minimize

    total, shape = weights.sum(), coefficients.shape
    known = np.asarray(x @ coefficients.T)
    own = np.arange(len(codes)), codes

    def loss(values: np.ndarray) -> tuple[float, np.ndarray]:
        change, offsets = values[: coefficients.size].reshape(shape), values[coefficients.size :]
        shares = softmax(known + np.asarray(x @ change.T.astype(x.dtype)) + offsets)
        value = -(weights * np.log(np.maximum(shares[own], SMALLEST))).sum()
        shares[own] -= 1
        slopes = shares * weights[:, None]
        by_feature = np.asarray(x.T @ slopes.astype(x.dtype)).T
        penalty, scale = (change**2).sum() / (2 * strength), 1 / total
        gradient = np.concatenate([(by_feature + change / strength).ravel(), slopes.sum(0)])
        return float((value + penalty) * scale), gradient.astype(np.float64) * scale

    begin = np.concatenate([np.zeros(coefficients.size), intercepts.astype(np.float64)])
    # Every iteration improves the fit; like scikit-learn's, it ends where the largest slope is small.
    options = {"maxiter": MAX_ITERATIONS, "gtol": tolerance(x), "ftol": 64 * np.finfo(float).eps}
    found = minimize(loss, begin, jac=True, method="L-BFGS-B", options=options)
    fitted_coefficients = coefficients + found.x[: coefficients.size].reshape(shape)
    offsets = found.x[coefficients.size :]
    return fitted_coefficients.astype(np.float32), offsets.astype(np.float32), int(found.nit), bool(found.success)
