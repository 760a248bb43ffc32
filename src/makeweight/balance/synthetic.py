"""What is done with the synthetic rows that the parts of an arm before have added."""

from dataclasses import dataclass, replace

import numpy as np

from makeweight.balance.train_split import TrainSplit


@dataclass(frozen=True)
class SyntheticWeight:
    """Let a synthetic row count for less than a real one, in the loss of every learner."""

    weight: float
    """Of a synthetic row; a real one has 1."""

    def balance(self, train: TrainSplit, target: np.ndarray, rng: np.random.Generator) -> TrainSplit:
        """The same rows, weighted."""
        return replace(train, row_weights=np.where(train.synthetic, self.weight, 1.0) * train.weights)


@dataclass(frozen=True)
class SoftLabels:
    """Let synthetic rows count under the classes in which a model of the real rows sees them.

    Even poor pictures teach with the labels of a teacher that treats classes alike (2305.12954); hard labels of such
    rows are often wrong. The contest trains the teacher: it is the view's own learner.
    """

    def balance(self, train: TrainSplit, target: np.ndarray, rng: np.random.Generator) -> TrainSplit:
        """The same rows, marked for soft labels."""
        return replace(train, soft_labels=True)


@dataclass(frozen=True)
class Accept:
    """Keep batches of synthetic rows only where held-out real rows are predicted better with them.

    The contest trains the learners that decide: they are the view's own.
    """

    def balance(self, train: TrainSplit, target: np.ndarray, rng: np.random.Generator) -> TrainSplit:
        """The same rows, marked for batches that are accepted or not."""
        return replace(train, accept=True)


@dataclass(frozen=True)
class Pretrain:
    """Learn from the synthetic rows first, then from the real ones alone (Qraitem et al. 2023, "From Fake to Real").

    Mixed with real rows, synthetic ones of rare classes teach that what looks synthetic is rare.
    """

    def balance(self, train: TrainSplit, target: np.ndarray, rng: np.random.Generator) -> TrainSplit:
        """The real rows, with the synthetic ones as those that a learner meets first."""
        return replace(train.take(~train.synthetic), first=train.rows.take(train.synthetic))
