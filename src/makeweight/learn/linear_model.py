"""Multinomial logistic regression on features, dense or sparse: a classifier that trains in seconds."""

import warnings
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from makeweight.core import files
from makeweight.learn.fusion import softmax

MAX_ITERATIONS = 200
TOLERANCE = 1e-4
"""Where the largest slope of the mean loss is smaller, a fit ends; as scikit-learn's own."""
WIDE = 500
"""From this many features on a fit ends earlier: it takes a half of the time and scores the same, while the last slopes
belong to features that hardly matter. Standardised features are larger than those of sparse rows of length 1."""
WIDE_TOLERANCE = {"dense": 3e-3, "sparse": 3e-4}


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
        with np.load(path, allow_pickle=False) as arrays:
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
    if start is not None:
        model.coef_, model.intercept_ = starting_point(start, present)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", ConvergenceWarning)
        model.fit(x, codes, sample_weight=row_weights)
    converged = not any(issubclass(warning.category, ConvergenceWarning) for warning in caught)
    coefficients, intercepts = model.coef_, model.intercept_
    if len(present) == 2:
        # scikit-learn has one row for two classes: the second class's score less the first's.
        coefficients, intercepts = (np.concatenate([-array, array]) / 2 for array in (coefficients, intercepts))
    return coefficients.astype(np.float32), intercepts.astype(np.float32), int(model.n_iter_.max()), converged


def tolerance(x: Any) -> float:
    """Return the slope below which a fit on these features ends."""
    from scipy.sparse import issparse

    return TOLERANCE if x.shape[1] < WIDE else WIDE_TOLERANCE["sparse" if issparse(x) else "dense"]


def starting_point(start: LinearModel, present: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return `coef_` and `intercept_` of another model for these classes; one that it lacks starts at its mean."""
    places = {int(label): index for index, label in enumerate(start.present)}
    rows = [
        (start.coefficients[places[label]], start.intercepts[places[label]])
        if label in places
        else (np.zeros_like(start.coefficients[0]), start.intercepts.mean())
        for label in map(int, present)
    ]
    coefficients, intercepts = np.stack([row[0] for row in rows]), np.array([row[1] for row in rows], dtype=np.float32)
    if len(present) == 2:
        return coefficients[1:] - coefficients[:1], intercepts[1:] - intercepts[:1]
    return coefficients, intercepts
