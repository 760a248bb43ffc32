"""Batches of synthetic rows, kept only where rows that the learner has not seen are predicted better with them."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from makeweight.balance.train_split import TrainSplit
from makeweight.data.folds import fold_numbers
from makeweight.data.labelled import Labelled
from makeweight.learn.fusion import SMALLEST
from makeweight.stages.contest.origins import nearest_rows

BATCHES = 4
HELD_OUT = 3
"""One part in so many of the real rows decides on the batches."""

Fit = Callable[[TrainSplit], Callable[[Labelled], np.ndarray]]
"""Train a learner on a split; what comes back returns class probabilities `(n, classes)`."""


def with_accepted(split: TrainSplit, fit: Fit, seed: int) -> TrainSplit:
    """The split with the batches of its synthetic rows that help, one batch after the other (as TAP, 2605.10315).

    A batch has an equal part of each class's synthetic rows. It is kept if a learner of the other real rows, the
    batches kept so far and this one has a lower loss on the held-out real rows than without it. The loss is that of
    classes alike: a batch that only makes rare classes more probable, as the decision rule does anyway, gains nothing.
    Rows that are nearest to a held-out one go with their batch but do not speak for it: their engine has seen that row.

    Args:
        split: real and synthetic rows.
        fit: the view's learner.
        seed: of the rows that are held out.
    """
    real, synthetic = np.flatnonzero(~split.synthetic), np.flatnonzero(split.synthetic)
    folds = fold_numbers(split.rows.labels[real], np.arange(len(real)), HELD_OUT, seed)
    checked, kept = real[folds == 0], real[folds != 0]
    if not len(kept):
        return replace(split, accept=False).with_warnings({"accept_without_rows_to_check": 1})
    origins = nearest_rows(split.rows.take(synthetic), split.rows.take(real))
    apart = folds[origins] != 0
    found, accepted = kept, synthetic[:0]
    loss = loss_of(split.take(found), split.rows.take(checked), fit)
    for batch in batches_of(split.rows.labels[synthetic]):
        with_batch = np.concatenate([found, synthetic[batch][apart[batch]]])
        new = loss_of(split.take(with_batch), split.rows.take(checked), fit)
        if new < loss:
            found, loss = with_batch, new
            accepted = np.concatenate([accepted, synthetic[batch]])
    rejected = {"accept_rows_rejected": len(synthetic) - len(accepted)}
    return replace(split.take(np.concatenate([real, accepted])), accept=False).with_warnings(rejected)


def batches_of(labels: np.ndarray) -> list[np.ndarray]:
    """Row numbers of each batch: of every class as many in one as in another, in the order of the rows."""
    place = np.empty(len(labels), dtype=int)
    for name in np.unique(labels):
        members = np.flatnonzero(labels == name)
        place[members] = np.arange(len(members)) % BATCHES
    return [rows for batch in range(BATCHES) if len(rows := np.flatnonzero(place == batch))]


def loss_of(train: TrainSplit, checked: Labelled, fit: Fit) -> float:
    """The log loss of a learner's probabilities for classes alike, each class of the checked rows counting the same."""
    shares = np.bincount(train.rows.labels, train.weights, minlength=train.classes)
    probabilities = fit(train)(checked) / np.maximum(shares / shares.sum(), SMALLEST)
    probabilities = np.where(shares > 0, probabilities, 0)
    probabilities /= np.maximum(probabilities.sum(1, keepdims=True), SMALLEST)
    own = -np.log(np.maximum(probabilities[np.arange(len(checked)), checked.labels], SMALLEST))
    return float(np.mean([own[checked.labels == name].mean() for name in np.unique(checked.labels)]))
