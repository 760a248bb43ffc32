"""The filter: what a classifier of the train split does not recognise and what nearly copies a train row is dropped."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
import torch

from makeweight.core.params import Section
from makeweight.core.random import global_seed
from makeweight.core.ranges import CountOrNone, Share
from makeweight.data import reserved
from makeweight.data.codecs.spec import Spec
from makeweight.data.labelled import Labelled
from makeweight.generators.networks.encoders import JointClassifier
from makeweight.learn.training import TrainingParams, apply_in_batches, fit_network, predict
from makeweight.stages.sample.near_copies import TrainRows

CPU = torch.device("cpu")

MAX_PER_MISSING = 4
"""Rows generated for each missing one, at most, however few of a class pass."""


class FilterParams(Section):
    """What the filter rejects, and how often rejected rows are replaced. Unfiltered rows are written in any case."""

    file: bool
    """Whether rows that passed are written in a file of their own, filled up, for arms such as latent_flow_filtered."""
    training: TrainingParams
    """The classifier of the train split that must recognise the requested class."""
    copy_quantile: Share
    """A row nearer to a train row than this quantile of the train rows' own nearest distances is a near copy."""
    rounds: CountOrNone
    """How often at most more rows are generated for classes of which too few passed; 0: never."""


@dataclass(frozen=True)
class Filter:
    """A classifier of the train split, and its features of the train rows, with which rows are compared."""

    classifier: JointClassifier
    train_rows: TrainRows

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
        with global_seed(seed):
            classifier = JointClassifier(specs, classes)
            fit_network(classifier, train, validation, config.training, seed, CPU)
        return cls.of(classifier, train, config.copy_quantile, seed)

    @classmethod
    def of(cls, classifier: JointClassifier, train: Labelled, quantile: float, seed: int) -> Self:
        """A filter with a trained classifier."""
        features = apply_in_batches(classifier.eval().features, train.inputs, CPU)
        return cls(classifier, TrainRows.of(features, quantile, seed))

    def recognised(self, rows: Labelled) -> np.ndarray:
        """Where the classifier predicts the requested class, bool `(n,)`."""
        return predict(self.classifier, rows.inputs, CPU).argmax(1) == rows.labels

    def near_copies(self, rows: Labelled) -> np.ndarray:
        """Where a row is nearer to a train row than is allowed, bool `(n,)`."""
        features = apply_in_batches(self.classifier.features, rows.inputs, CPU)
        return self.train_rows.near_copies(features).numpy()


@dataclass(frozen=True)
class SyntheticRows:
    """Synthetic rows as a table with the column `passed`, and the same rows encoded."""

    rows: Labelled
    table: pd.DataFrame

    def take(self, positions: np.ndarray) -> "SyntheticRows":
        """The rows at these positions."""
        return SyntheticRows(self.rows.take(positions), self.table.iloc[positions].reset_index(drop=True))

    def joined(self, other: "SyntheticRows") -> "SyntheticRows":
        """These rows, then those of `other`."""
        return SyntheticRows(self.rows.joined(other.rows), pd.concat([self.table, other.table], ignore_index=True))

    def passed(self, most: np.ndarray) -> "SyntheticRows":
        """Of each class the first rows that passed, at most `most[c]` of them."""
        rows = np.flatnonzero(self.table[reserved.PASSED])
        rank = pd.Series(self.rows.labels[rows]).groupby(self.rows.labels[rows]).cumcount().to_numpy()
        return self.take(rows[rank < most[self.rows.labels[rows]]])


def refilled(
    first: SyntheticRows,
    requested: np.ndarray,
    generate: Callable[[np.ndarray, int], SyntheticRows],
    rounds: int,
) -> tuple[SyntheticRows, int]:
    """The rows of `first` that passed and as many more as are missing, and how many rows were generated for that.

    Args:
        first: as many rows of each class as are requested, passed or not.
        requested: rows of each class `(classes,)`.
        generate: makes rows per class `(classes,)` in a round, numbered from 1.
        rounds: how often it is called at most. A class of which hardly a row passes may stay short.
    """
    kept = first.passed(requested)
    generated, passed = requested.copy(), counts(kept, len(requested))
    for number in range(1, rounds + 1):
        missing = requested - counts(kept, len(requested))
        if not missing.any():
            break
        pass_rate = passed / np.maximum(generated, 1)
        more = np.ceil(missing / np.maximum(pass_rate, 1 / MAX_PER_MISSING)).astype(int)
        rows = generate(more, number)
        kept = kept.joined(rows.passed(missing))
        generated += more
        passed += counts(rows.passed(more), len(requested))
    return kept, int(generated.sum() - requested.sum())


def counts(rows: SyntheticRows, classes: int) -> np.ndarray:
    """Rows of each class `(classes,)`."""
    return np.bincount(rows.rows.labels, minlength=classes)
