"""Late fusion: one prediction of several views. The contest and the application both fuse by this module."""

from collections.abc import Sequence

import numpy as np

SMALLEST = 1e-7
"""Probabilities are kept this far from 0 before their logarithm is taken."""


def fuse(views: Sequence[np.ndarray], weights: Sequence[float] | np.ndarray) -> np.ndarray:
    """The views' log-probabilities, each times its weight, summed and normalised, float64 `(..., classes)`.

    Args:
        views: class probabilities of each view `(..., classes)`, all of one shape.
        weights: one weight per view.
    """
    return softmax(np.tensordot(weights, stacked_logs(views), axes=1))


def fusion_weights(views: Sequence[np.ndarray], labels: np.ndarray) -> np.ndarray:
    """The weight of each view, none negative, that minimises the log-loss with every class counting the same.

    The problem is convex (the log-loss of a log-linear pool); it is solved on validation rows by L-BFGS-B.

    Args:
        views: class probabilities of each view on validation rows `(n, classes)`.
        labels: class indices of these rows `(n,)`.
    """
    from scipy.optimize import minimize

    logs = stacked_logs(views)
    counts = np.bincount(labels, minlength=logs.shape[2])
    importance = 1 / counts[labels]
    importance /= importance.sum()

    def loss(weights: np.ndarray) -> tuple[float, np.ndarray]:
        pooled = softmax(np.tensordot(weights, logs, axes=1))
        own = np.arange(len(labels)), labels
        value = -np.sum(importance * np.log(np.maximum(pooled[own], SMALLEST)))
        slopes = [np.sum(importance * ((pooled * view).sum(1) - view[own])) for view in logs]
        return float(value), np.array(slopes)

    start = np.full(len(logs), 1 / len(logs))
    found = minimize(loss, start, jac=True, bounds=[(0, None)] * len(logs), method="L-BFGS-B")
    return found.x if found.x.sum() > 0 else start


def stacked_logs(views: Sequence[np.ndarray]) -> np.ndarray:
    """Logarithms of the views' probabilities `(views, ..., classes)`, finite for a probability of 0 too."""
    return np.stack([np.log(np.maximum(view, SMALLEST)) for view in views])


def softmax(logits: np.ndarray) -> np.ndarray:
    """Probabilities along the last axis."""
    shifted = np.exp(logits - logits.max(-1, keepdims=True))
    return shifted / shifted.sum(-1, keepdims=True)
