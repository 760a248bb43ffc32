"""Balancing without new rows: by the loss, by correcting for the class shares, or by the last layer alone."""

from dataclasses import dataclass, replace

import numpy as np

from makeweight.balance.train_split import TrainSplit


@dataclass(frozen=True)
class Nothing:
    """Leave the train split as it is."""

    def balance(self, train: TrainSplit, target: np.ndarray, rng: np.random.Generator) -> TrainSplit:
        """Return the split unchanged."""
        return train


@dataclass(frozen=True)
class ClassWeights:
    """Weight the loss of each row by its class: target over count, 1 on average over the rows."""

    def balance(self, train: TrainSplit, target: np.ndarray, rng: np.random.Generator) -> TrainSplit:
        """The same rows, with class weights."""
        labels, counted = train.rows.labels, train.weights
        # A row of weight .3 is three tenths of a row.
        counts = np.maximum(np.bincount(labels, counted, minlength=train.classes), 1)
        weights = np.maximum(target, counts) / counts
        return replace(train, class_weights=weights * counted.sum() / (weights[labels] * counted).sum())


@dataclass(frozen=True)
class LogitAdjustment:
    """Correct predictions for the class shares of the train split (Menon et al. 2021).

    Networks learn with the shares' logarithm added to their logits (their equation 10); learners without logits divide
    their probabilities by the shares (their equation 9).
    """

    def balance(self, train: TrainSplit, target: np.ndarray, rng: np.random.Generator) -> TrainSplit:
        """The same rows, with the class shares to correct for."""
        counts = np.maximum(train.counts, 1)
        return replace(train, prior=counts / counts.sum())


@dataclass(frozen=True)
class Mixup:
    """Learn from mixed pairs of rows and of their classes (Zhang et al. 2018); no class gets more rows."""

    strength: float

    def balance(self, train: TrainSplit, target: np.ndarray, rng: np.random.Generator) -> TrainSplit:
        """The same rows, to be mixed in each batch."""
        return replace(train, mixup=self.strength)


@dataclass(frozen=True)
class Refit:
    """Train the last layer of a network again, on real rows alone, with all classes equally likely.

    By itself that is classifier re-training (Kang et al. 2020, section 4.1). After training with generated rows it
    keeps the features that they taught, and undoes the shortcut that what looks generated must be of a rare class
    (Ye-Bin et al. 2024, section 4). Trees have no last layer and are trained as without it.
    """

    def balance(self, train: TrainSplit, target: np.ndarray, rng: np.random.Generator) -> TrainSplit:
        """The same rows, marked for a refit of the last layer."""
        return replace(train, refit=True)
