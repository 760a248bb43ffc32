"""The train split as a balancer takes and returns it: rows, and how a learner is to weight and augment them."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np

from makeweight.data.labelled import Labelled


@dataclass(frozen=True)
class TrainSplit:
    """Rows to learn from. The real rows come first and are never changed."""

    rows: Labelled
    classes: int
    synthetic: np.ndarray
    """bool `(n,)`: rows that a balancer added, be they repeated, interpolated or generated."""
    class_weights: np.ndarray | None = None
    """float `(classes,)`: weight of a row's loss, about 1 on average over the rows."""
    row_weights: np.ndarray | None = None
    """float `(n,)`: how much each row counts beside the weight of its class; None: all rows count the same."""
    prior: np.ndarray | None = None
    """float `(classes,)`: class shares that predictions are to be corrected for."""
    augmentations: tuple[str, ...] = ()
    """Names in `learn.augment.AUGMENTATIONS`, applied to each batch."""
    mixup: float | None = None
    """Both parameters of the Beta distribution that pairs of rows are mixed with; None: no mixup."""
    bags: tuple[np.ndarray, ...] = ()
    """Row numbers of each of several smaller splits: a learner is trained on each, and predictions are averaged."""
    refit: bool = False
    """Whether the last layer is trained once more, on real rows alone, with all classes equally likely."""
    first: Labelled | None = None
    """Synthetic rows that a learner meets before `rows`, equally many of each class as far as there are."""
    accept: bool = False
    """Whether batches of synthetic rows are kept only where they lower the loss on real rows that are held out."""
    soft_labels: bool = False
    """Whether synthetic rows count under the classes in which a model of the real rows sees them."""
    warnings: Mapping[str, int] = field(default_factory=dict)
    """What could not be done as its name says -> in how many classes or rows."""

    @property
    def counts(self) -> np.ndarray:
        """Rows per class `(classes,)`."""
        return np.bincount(self.rows.labels, minlength=self.classes)

    def missing(self, target: np.ndarray) -> np.ndarray:
        """Rows per class that are missing from the target `(classes,)`; never negative."""
        return np.maximum(np.asarray(target) - self.counts, 0)

    def with_rows(self, added: Labelled) -> "TrainSplit":
        """The split with synthetic rows after its own."""
        synthetic = np.concatenate([self.synthetic, np.ones(len(added), dtype=bool)])
        weights = None if self.row_weights is None else np.concatenate([self.row_weights, np.ones(len(added))])
        return replace(self, rows=self.rows.joined(added), synthetic=synthetic, row_weights=weights)

    def take(self, rows: np.ndarray) -> "TrainSplit":
        """The split with the rows at these positions, or those where a mask is true; without bags."""
        weights = None if self.row_weights is None else self.row_weights[rows]
        return replace(self, rows=self.rows.take(rows), synthetic=self.synthetic[rows], row_weights=weights, bags=())

    @property
    def weights(self) -> np.ndarray:
        """How much each row counts beside the weight of its class, float64 `(n,)`."""
        return np.ones(len(self.rows)) if self.row_weights is None else self.row_weights

    def with_warnings(self, warnings: Mapping[str, int]) -> "TrainSplit":
        """The split with further warnings, those that count 0 left out."""
        counted = {name: count for name, count in warnings.items() if count}
        return replace(self, warnings={**self.warnings, **counted})

    def of(self, modality: str) -> "TrainSplit":
        """The split with one modality only."""
        return replace(self, rows=self.rows.only(modality))


class Balancer(Protocol):
    """One way of balancing."""

    def balance(self, train: TrainSplit, target: np.ndarray, rng: np.random.Generator) -> TrainSplit:
        """The balanced split.

        Args:
            train: the rows to balance; they are not changed.
            target: rows per class to reach `(classes,)`.
            rng: all of its randomness.
        """
        ...


def real_split(rows: Labelled, classes: int) -> TrainSplit:
    """A train split of real rows, before any balancing."""
    return TrainSplit(rows, classes, np.zeros(len(rows), dtype=bool))


def equal_class_weights(labels: np.ndarray, classes: int) -> np.ndarray:
    """The weight of each row with which every class that has rows weighs 1, float64 `(n,)`."""
    return 1 / np.bincount(labels, minlength=classes)[labels]


def full_balance(labels: np.ndarray, classes: int) -> np.ndarray:
    """The target of a full balance: as many rows for every class as the largest has `(classes,)`."""
    counts = np.bincount(labels, minlength=classes)
    return np.full(classes, counts.max())


def minority_mask(labels: np.ndarray, classes: int) -> np.ndarray:
    """bool `(classes,)`: classes with fewer train rows than an equal share; all of them where the split is balanced."""
    counts = np.bincount(labels, minlength=classes)
    minority = counts < len(labels) / classes
    return minority if minority.any() else np.ones(classes, dtype=bool)
