"""Distribution calibration: rows of a small class with the variation of large classes that are near to it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from scipy import sparse

from makeweight.balance.train_split import TrainSplit
from makeweight.data.codecs.spec import Spec
from makeweight.data.labelled import Labelled, as_vectors


@dataclass(frozen=True)
class DistributionCalibration:
    """Add rows to small classes, in the space that the learner reads, with covariance lent by near large classes.

    A few rows say where a class lies, but not how it varies. A new row is the class's mean, a share of how one of its
    rows differs from that, and the rest of how a row of a near large class differs from the mean of *its* class (after
    Yang et al. 2021 and TailCalib, Vigneswaran et al. 2021). The squared shares add up to 1, so that the new rows vary
    as much as real ones, and the lent variation needs no covariance matrix. Each row of the balanced split is drawn
    by itself.
    """

    own: float = 0.6
    """Share of a row's own difference from its class's mean, 0 to 1: 1 repeats rows, 0 lends all of the variation."""
    lenders: int = 3
    """Large classes that lend to a small one: those whose means are nearest to its mean."""
    layouts: Mapping[str, Spec] = field(default_factory=dict)
    """Modality -> layout of its vectors: categories are those of the row of the small class."""

    def balance(self, train: TrainSplit, target: np.ndarray, rng: np.random.Generator) -> TrainSplit:
        """The split with new rows up to the target.

        Where no class has as many rows as an equal share, or none but the class itself, nobody lends: the class's own
        rows do. A class of one row has no variation of its own to keep.
        """
        counts, missing = train.counts, train.missing(target)
        large = large_classes(train.rows.labels, train.classes)
        means = {name: class_means(array, train.rows.labels, counts) for name, array in train.rows.inputs.items()}
        bases, lent, labels = [], [], []
        without = 0
        for name in np.flatnonzero((missing > 0) & (counts > 0)):
            near = nearest(means, int(name), large[large != name], self.lenders)
            without += not len(near)
            pool = np.flatnonzero(np.isin(train.rows.labels, near if len(near) else [name]))
            bases.append(rng.choice(np.flatnonzero(train.rows.labels == name), missing[name]))
            lent.append(rng.choice(pool, missing[name]))
            labels.append(np.full(missing[name], name))
        if not labels:
            return train
        own, other = np.concatenate(bases), np.concatenate(lent)
        inputs = {
            name: self.varied(array, means[name], train.rows.labels, own, other, self.layouts.get(name))
            for name, array in train.rows.inputs.items()
        }
        added = Labelled(inputs, np.concatenate(labels).astype(train.rows.labels.dtype))
        warnings = {
            "calibration_classes_without_lenders": without,
            "calibration_classes_of_one_row": int(((counts == 1) & (missing > 0)).sum()),
        }
        return train.with_rows(added).with_warnings(warnings)

    def varied(
        self, array: Any, means: np.ndarray, labels: np.ndarray, own: np.ndarray, other: np.ndarray, layout: Spec | None
    ) -> Any:
        """New rows of a modality: row `own[i]` of a small class with the variation of row `other[i]` of a large one."""
        rest = float(np.sqrt(1 - self.own**2))
        if sparse.issparse(array):
            # Means of sparse rows are not sparse: two rows of the lender differ by the root of 2 times as much, and the
            # row itself takes the place of the class's mean.
            partners = partner_rows(labels, other)
            rows = (array[own] + (array[other] - array[partners]) * np.float32(rest / np.sqrt(2))).tocsr()
            rows.data = np.maximum(rows.data, 0)
            rows.eliminate_zeros()
            return rows.astype(array.dtype)
        shape = (-1, *(1,) * (array.ndim - 1))
        x = array.astype(np.float32, copy=False)
        base, lender = means[labels[own]], means[labels[other]]
        rows = base + np.float32(self.own) * (x[own] - base) + np.float32(rest) * (x[other] - lender)
        if array.dtype == np.uint8:
            return np.clip(np.round(rows), 0, 255).astype(np.uint8).reshape(shape[:1] + array.shape[1:])
        for block in layout.choices if layout is not None else ():
            rows[:, block.start : block.stop] = x[own, block.start : block.stop]
        return rows.astype(array.dtype)


def large_classes(labels: np.ndarray, classes: int) -> np.ndarray:
    """The classes with at least as many rows as an equal share of the classes that have any, and with two at least."""
    counts = np.bincount(labels, minlength=classes)
    return np.flatnonzero(counts >= max(2, len(labels) / max(1, int(np.count_nonzero(counts)))))


def class_means(array: Any, labels: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """The mean row of each class, float32 `(classes, ...)`; zeros for a class without a row."""
    members = sparse.csr_array(
        (np.ones(len(labels), dtype=np.float32), (labels, np.arange(len(labels)))), shape=(len(counts), len(labels))
    )
    sums = members @ as_vectors(array)
    sums = sums.toarray() if sparse.issparse(sums) else sums
    return (sums / np.maximum(counts, 1)[:, None]).astype(np.float32).reshape(len(counts), *array.shape[1:])


def nearest(means: Mapping[str, np.ndarray], name: int, others: np.ndarray, count: int) -> np.ndarray:
    """Of these classes, those whose means are nearest to that of a class, over all modalities."""
    if not len(others):
        return others
    squared = sum(((array[others] - array[name]).reshape(len(others), -1) ** 2).sum(1) for array in means.values())
    return others[np.argsort(squared, kind="stable")[:count]]


def partner_rows(labels: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """For each of these rows the next row of its class, the first after the last."""
    order = np.argsort(labels, kind="stable")
    place = np.empty(len(labels), dtype=int)
    place[order] = np.arange(len(labels))
    counts = np.bincount(labels)
    first = np.concatenate([[0], np.cumsum(counts)])[labels[rows]]
    return order[first + (place[rows] - first + 1) % counts[labels[rows]]]
