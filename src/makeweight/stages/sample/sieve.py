"""The filter: what a classifier of the train split does not recognise and what nearly copies a train row is dropped."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
import torch

from makeweight.core.params import Section
from makeweight.data.codecs.spec import Spec
from makeweight.data.labelled import Labelled
from makeweight.generators.networks.encoders import JointClassifier
from makeweight.learn.training import TrainingParams, apply_in_batches, fit_network, predict

CPU = torch.device("cpu")

PART = 1024
"""Rows that are compared with all others at once, so that memory does not grow with the square of the rows."""
MOST_PER_MISSING = 4
"""Rows drawn for each one that is missing, at most, however few of a class pass."""


class FilterParams(Section):
    """What the filter rejects, and how long it draws anew. The unfiltered rows are written all the same."""

    training: TrainingParams
    """The classifier of the train split that must recognise the class asked for."""
    copy_quantile: float
    """A row nearer to a train row than this quantile of the train rows' own nearest distances is a near copy."""
    rounds: int
    """How often at most more is drawn where too few rows passed; 0: never."""


@dataclass(frozen=True)
class Sieve:
    """A classifier of the train split, where it sees the train rows, and how near is too near."""

    judge: JointClassifier
    known: torch.Tensor
    """`(train rows, 128)`."""
    nearest_allowed: float

    @classmethod
    def fit(
        cls,
        train: Labelled,
        validation: Labelled,
        specs: Mapping[str, Spec],
        classes: int,
        config: FilterParams,
        seed: int,
    ) -> Self:
        """Train the classifier; validation rows choose its epoch."""
        judge = JointClassifier(specs, classes)
        fit_network(judge, train, validation, config.training, seed, CPU)
        return cls.of(judge, train, config.copy_quantile)

    @classmethod
    def of(cls, judge: JointClassifier, train: Labelled, quantile: float) -> Self:
        """With a trained classifier."""
        known = apply_in_batches(judge.eval().features, train.inputs, CPU)
        return cls(judge, known, float(np.quantile(nearest_others(known).numpy(), quantile)))

    def recognised(self, fakes: Labelled) -> np.ndarray:
        """Where the classifier sees the class that was asked for, `(n,)` of bool."""
        return predict(self.judge, fakes.inputs, CPU).argmax(1) == fakes.labels

    def near_copies(self, fakes: Labelled) -> np.ndarray:
        """Where a row lies nearer to a train row than is allowed, `(n,)` of bool."""
        places = apply_in_batches(self.judge.features, fakes.inputs, CPU)
        nearest = torch.cat([torch.cdist(part, self.known).min(1).values for part in places.split(PART)])
        return (nearest < self.nearest_allowed).numpy()


def nearest_others(points: torch.Tensor) -> torch.Tensor:
    """How far each point `(n, d)` is from the nearest other one, `(n,)`."""
    nearest = []
    for start in range(0, len(points), PART):
        between = torch.cdist(points[start : start + PART], points)
        between.diagonal(start).fill_(torch.inf)
        nearest.append(between.min(1).values)
    return torch.cat(nearest)


@dataclass(frozen=True)
class Made:
    """Synthetic rows: encoded as they stand in the table, and the table with its column `passed`."""

    rows: Labelled
    table: pd.DataFrame

    def take(self, positions: np.ndarray) -> "Made":
        """The rows at these positions."""
        return Made(self.rows.take(positions), self.table.iloc[positions].reset_index(drop=True))

    def joined(self, other: "Made") -> "Made":
        """These rows, then those of `other`."""
        return Made(self.rows.joined(other.rows), pd.concat([self.table, other.table], ignore_index=True))

    def passed(self, most: np.ndarray) -> "Made":
        """Of each class the first rows that passed, at most `most[c]` of them."""
        rows = np.flatnonzero(self.table["passed"])
        place = pd.Series(self.rows.labels[rows]).groupby(self.rows.labels[rows]).cumcount().to_numpy()
        return self.take(rows[place < most[self.rows.labels[rows]]])


def refilled(first: Made, wanted: np.ndarray, draw: Callable[[np.ndarray, int], Made], rounds: int) -> tuple[Made, int]:
    """The rows of `first` that passed and as many more as are wanting, and how many rows were drawn for that.

    Args:
        first: as many rows of each class as are wanted, passed or not.
        wanted: rows of each class `(classes,)`.
        draw: makes rows per class `(classes,)` in a round, numbered from 1.
        rounds: how often it is asked at most. A class of which hardly a row passes may stay short.
    """
    kept = first.passed(wanted)
    drawn, passed = wanted.copy(), counts(kept, len(wanted))
    for number in range(1, rounds + 1):
        missing = wanted - counts(kept, len(wanted))
        if not missing.any():
            break
        share = passed / np.maximum(drawn, 1)
        asked = np.ceil(missing / np.maximum(share, 1 / MOST_PER_MISSING)).astype(int)
        made = draw(asked, number)
        kept = kept.joined(made.passed(missing))
        drawn += asked
        passed += counts(made.passed(asked), len(wanted))
    return kept, int(drawn.sum() - wanted.sum())


def counts(made: Made, classes: int) -> np.ndarray:
    """Rows of each class `(classes,)`."""
    return np.bincount(made.rows.labels, minlength=classes)
