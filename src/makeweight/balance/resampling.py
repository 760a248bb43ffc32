"""Balancing with repeated, changed or generated rows."""

from dataclasses import dataclass, replace

import numpy as np

from makeweight.balance.train_split import TrainSplit
from makeweight.data.labelled import Labelled


@dataclass(frozen=True)
class RandomOversampling:
    """Rows of the small classes are repeated."""

    def balance(self, train: TrainSplit, target: np.ndarray, rng: np.random.Generator) -> TrainSplit:
        """Rows drawn with replacement until every class has its target."""
        return train.with_rows(train.rows.take(repeats(train, target, rng)))


def repeats(train: TrainSplit, target: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Row numbers to repeat; a class without a row stays without."""
    missing = train.missing(target)
    drawn = [
        rng.choice(members, missing[name], replace=True)
        for name in range(train.classes)
        if missing[name] and len(members := np.flatnonzero(train.rows.labels == name))
    ]
    return np.concatenate(drawn) if drawn else np.zeros(0, dtype=int)


@dataclass(frozen=True)
class Augmented:
    """Rows of the small classes are repeated, and every picture is changed anew each time that it is seen."""

    augmentation: str

    def balance(self, train: TrainSplit, target: np.ndarray, rng: np.random.Generator) -> TrainSplit:
        """Random oversampling plus the named augmentation; vectors are repeated as they are."""
        levelled = RandomOversampling().balance(train, target, rng)
        return replace(levelled, augmentations=(*levelled.augmentations, self.augmentation))


@dataclass(frozen=True)
class Generated:
    """Rows of a generator fill a share of what every class is wanting."""

    pool: Labelled
    """Generated rows of all classes, encoded like the real ones."""
    share: float
    """1: all that is wanting; 0.25: a quarter; 2: twice as much."""

    def balance(self, train: TrainSplit, target: np.ndarray, rng: np.random.Generator) -> TrainSplit:
        """Rows drawn from the pool without replacement; a smaller share draws the first of what a larger one draws."""
        wanted = np.round(self.share * train.missing(target)).astype(int)
        drawn, short = [], 0
        for name in range(train.classes):
            members = rng.permutation(np.flatnonzero(self.pool.labels == name))
            drawn.append(members[: wanted[name]])
            short += max(0, int(wanted[name]) - len(members))
        rows = self.pool.take(np.concatenate(drawn))
        return train.with_rows(rows).warned({"generated_rows_short": short})


@dataclass(frozen=True)
class Chain:
    """Several ways of balancing one after the other; each fills what the ones before it left wanting."""

    links: tuple

    def balance(self, train: TrainSplit, target: np.ndarray, rng: np.random.Generator) -> TrainSplit:
        """What the last one returns."""
        for link in self.links:
            train = link.balance(train, target, rng)
        return train
