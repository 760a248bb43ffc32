"""Balancing with rows of an engine: a share of what each class lacks, or the same share of every class."""

from dataclasses import dataclass, replace

import numpy as np

from makeweight.balance.band import Band
from makeweight.balance.train_split import TrainSplit
from makeweight.data.labelled import Labelled


@dataclass(frozen=True)
class Generated:
    """Add rows of an engine."""

    pool: Labelled
    """The engine's rows of all classes, encoded like the real ones."""
    share: float
    """1: all that is missing from the target; 0.25: a quarter; 2: twice as much."""
    all_classes: bool = False
    """Whether every class, also the largest, gets this share of the target, weighted so that a synthetic row is as
    likely in one class as in another: then what looks synthetic tells nothing of the class."""
    band: Band | None = None
    """Which rows of the pool may be used; None: all of them."""

    def balance(self, train: TrainSplit, target: np.ndarray, rng: np.random.Generator) -> TrainSplit:
        """Sample rows from the pool without replacement; a smaller share takes the first of what a larger one takes."""
        pool, warnings = (self.pool, {}) if self.band is None else self.band.kept(self.pool, train)
        requested = np.round(self.share * (target if self.all_classes else train.missing(target))).astype(int)
        chosen, short = [], 0
        for name in range(train.classes):
            members = rng.permutation(np.flatnonzero(pool.labels == name))
            chosen.append(members[: requested[name]])
            short += max(0, int(requested[name]) - len(members))
        added = train.with_rows(pool.take(np.concatenate(chosen)))
        if self.all_classes:
            added = with_equal_shares(added, train, self.share)
        return added.with_warnings({"synthetic_rows_short": short, **warnings})


def with_equal_shares(split: TrainSplit, before: TrainSplit, share: float) -> TrainSplit:
    """The split with its new rows weighted so that those of a class weigh `share` times as much as its other rows.

    Args:
        split: `before`, then the new rows.
        before: the split that they were added to.
        share: weight of a class's new rows over that of the others.
    """
    new = np.arange(len(split.rows)) >= len(before.rows)
    labels = split.rows.labels
    weight = np.bincount(before.rows.labels, before.weights, minlength=split.classes)
    each = share * weight / np.maximum(np.bincount(labels[new], minlength=split.classes), 1)
    return replace(split, row_weights=np.where(new, each[labels], split.weights))
