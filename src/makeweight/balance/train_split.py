"""The train split as a balancer takes it and gives it back: rows, and how a learner shall weigh and change them."""

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
    made: np.ndarray
    """bool `(n,)`: rows that a balancer added."""
    class_weights: np.ndarray | None = None
    """float `(classes,)`: weight of a row's loss, about 1 on average over the rows."""
    prior: np.ndarray | None = None
    """float `(classes,)`: class shares that predictions shall be corrected for."""
    augmentations: tuple[str, ...] = ()
    """Names in `augment.AUGMENTATIONS`, applied to each batch."""
    mixup: float | None = None
    refit: bool = False
    """The last layer shall learn once more, from the real rows alone, every class drawn alike."""
    warnings: Mapping[str, int] = field(default_factory=dict)
    """What could not be done as named -> in how many classes or rows."""

    @property
    def counts(self) -> np.ndarray:
        """Rows per class `(classes,)`."""
        return np.bincount(self.rows.labels, minlength=self.classes)

    def missing(self, target: np.ndarray) -> np.ndarray:
        """Rows per class that are wanting to the target; never negative."""
        return np.maximum(np.asarray(target) - self.counts, 0)

    def with_rows(self, added: Labelled) -> "TrainSplit":
        """The split with made rows after the others."""
        made = np.concatenate([self.made, np.ones(len(added), dtype=bool)])
        return replace(self, rows=self.rows.joined(added), made=made)

    def warned(self, warnings: Mapping[str, int]) -> "TrainSplit":
        """The split with further warnings, those of zero left out."""
        told = {name: count for name, count in warnings.items() if count}
        return replace(self, warnings={**self.warnings, **told})

    def of(self, modality: str) -> "TrainSplit":
        """The split with one modality only."""
        return replace(self, rows=self.rows.only(modality))


class Balancer(Protocol):
    """One way of balancing."""

    def balance(self, train: TrainSplit, target: np.ndarray, rng: np.random.Generator) -> TrainSplit:
        """The split as this way of balancing wants it; `target` is the wanted number of rows per class `(classes,)`."""
        ...


def real_split(rows: Labelled, classes: int) -> TrainSplit:
    """The train split as it came from the split."""
    return TrainSplit(rows, classes, np.zeros(len(rows), dtype=bool))


def full_balance(labels: np.ndarray, classes: int) -> np.ndarray:
    """As many rows for every class as the largest has `(classes,)`."""
    counts = np.bincount(labels, minlength=classes)
    return np.full(classes, counts.max())


def minority(labels: np.ndarray, classes: int) -> np.ndarray:
    """bool `(classes,)`: classes with fewer train rows than an equal share; all of them where the split is level."""
    counts = np.bincount(labels, minlength=classes)
    few = counts < len(labels) / classes
    return few if few.any() else np.ones(classes, dtype=bool)
