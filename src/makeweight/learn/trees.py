"""Gradient-boosted trees on vectors, by scikit-learn."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from makeweight.core.params import Section
from makeweight.core.ranges import Count, LearningRate, Several, TwoOrMore

if TYPE_CHECKING:  # slow to import
    from sklearn.ensemble import HistGradientBoostingClassifier


class TreesParams(Section):
    """What gradient-boosted trees are tried with."""

    learning_rates: Several[LearningRate]
    max_leaf_nodes: Several[TwoOrMore]
    trees: Several[Count]
    """Rounds of boosting; a round adds a tree for each class."""


@dataclass(frozen=True)
class Trees:
    """Fitted trees that predict a column for every class, also for those without a train row."""

    model: HistGradientBoostingClassifier | None
    """None where all train rows are of one class."""
    classes: int
    only_class: int = 0

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Class probabilities, float32 `(n, classes)`; 0 for a class without a train row."""
        if self.model is None:
            return np.repeat(np.eye(self.classes, dtype=np.float32)[[self.only_class]], len(x), axis=0)
        return self.in_all_classes(self.model.predict_proba(x))

    def predict_by_size(self, x: np.ndarray, sizes: Sequence[int]) -> list[np.ndarray]:
        """Class probabilities after each of these numbers of rounds."""
        if self.model is None:
            return [self.predict(x)] * len(sizes)
        staged = {
            number: self.in_all_classes(part)
            for number, part in enumerate(islice(self.model.staged_predict_proba(x), max(sizes)), start=1)
            if number in sizes
        }
        return [staged[size] for size in sizes]

    def in_all_classes(self, probabilities: np.ndarray) -> np.ndarray:
        """The columns of scikit-learn, which are those of the classes that it met, in the places of all classes."""
        whole = np.zeros((len(probabilities), self.classes), dtype=np.float32)
        assert self.model is not None
        whole[:, self.model.classes_] = probabilities
        return whole


def fit_trees(
    x: np.ndarray,
    labels: np.ndarray,
    classes: int,
    learning_rate: float,
    max_leaf_nodes: int,
    trees: int,
    seed: int,
    row_weights: np.ndarray | None = None,
) -> Trees:
    """Fit this many rounds of trees.

    Weights that are all the same are not passed on: scikit-learn then finds the bins of a column seven times as fast
    (it takes more time for them than for the trees). The penalty is scaled instead, so that splits and leaves come out
    the same between the same bins. The bins themselves are then found without weights; where rows were added they are
    slightly different ones than with weights, and so are predictions.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier

    if len(np.unique(labels)) == 1:
        return Trees(None, classes, int(labels[0]))
    penalty = 1.0
    if row_weights is not None and len(row_weights) and np.ptp(row_weights) == 0 and row_weights[0] > 0:
        penalty, row_weights = 1.0 / float(row_weights[0]), None
    model = HistGradientBoostingClassifier(
        max_iter=trees,
        learning_rate=learning_rate,
        max_leaf_nodes=max_leaf_nodes,
        l2_regularization=penalty,
        early_stopping=False,
        # Trees draw nothing at random from a split this size: the seed decides on the order of features that tie.
        max_features=0.8,
        random_state=seed,
    )
    return Trees(model.fit(x, labels, sample_weight=row_weights), classes)


def fit_chosen_trees(
    x: np.ndarray,
    labels: np.ndarray,
    classes: int,
    chosen: Mapping[str, float],
    seed: int,
    row_weights: np.ndarray | None = None,
) -> Trees:
    """Fit trees with the parameters that the stage `learners` chose."""
    rate, leaves, trees = chosen["learning_rate"], int(chosen["max_leaf_nodes"]), int(chosen["trees"])
    return fit_trees(x, labels, classes, rate, leaves, trees, seed, row_weights)
