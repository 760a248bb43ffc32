"""Synthetic rows under the classes in which a model of the real rows sees them."""

from dataclasses import replace

import numpy as np

from makeweight.balance.train_split import TrainSplit
from makeweight.learn.fusion import SMALLEST

TEACHER_SHARE = 0.5
"""Of a synthetic row's weight: so much counts under the teacher's classes, the rest under the class it was made for."""
MOST_CLASSES = 3
"""A row counts under at most so many of the teacher's classes: the others' shares are small."""


def with_soft_labels(split: TrainSplit, teacher: np.ndarray) -> TrainSplit:
    """The split in which a synthetic row stands once for each class that it counts under, weighted by its share.

    A learner that takes weights but no shares learns the same from that. A class without a real row has no share in
    what the teacher says.

    Args:
        split: with synthetic rows, not in bags.
        teacher: class probabilities of its synthetic rows, in their order `(synthetic, classes)`, of a model that
            learned from the real rows as they are.
    """
    real = split.rows.labels[~split.synthetic]
    prior = np.bincount(real, minlength=split.classes) / max(1, len(real))
    # Without the correction for the prior, the teacher would give rare classes' rows to the common ones.
    shares = np.where(prior > 0, teacher / np.maximum(prior, SMALLEST), 0)
    most = np.sort(shares, axis=1)[:, -MOST_CLASSES:].min(1, keepdims=True) if split.classes > MOST_CLASSES else 0
    shares = np.where(shares >= most, shares, 0)
    shares = TEACHER_SHARE * shares / np.maximum(shares.sum(1, keepdims=True), SMALLEST)
    positions = np.flatnonzero(split.synthetic)
    shares[np.arange(len(positions)), split.rows.labels[positions]] += 1 - TEACHER_SHARE
    own, classes = np.nonzero(shares)
    order = np.concatenate([np.flatnonzero(~split.synthetic), positions[own]])
    repeated = split.take(order)
    labels, weights = repeated.rows.labels.copy(), repeated.weights.copy()
    labels[len(real) :] = classes
    weights[len(real) :] *= shares[own, classes]
    return replace(repeated, rows=replace(repeated.rows, labels=labels), row_weights=weights, soft_labels=False)
