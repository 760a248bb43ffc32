"""A small search of a learner's parameters, by what it predicts for train rows that it did not learn from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product

import numpy as np
import torch

from makeweight.core import workers
from makeweight.core.params import Section
from makeweight.core.ranges import Several, SomeAmount
from makeweight.data.folds import out_of_fold
from makeweight.data.labelled import Labelled
from makeweight.data.scores import log_loss, score
from makeweight.learn.decision_rule import choose_rule
from makeweight.learn.linear_model import LinearModel
from makeweight.learn.trees import TreesParams, fit_trees

CPU = torch.device("cpu")

Candidate = tuple[Mapping[str, float], np.ndarray]
"""Parameters, and the class probabilities out of fold `(n, classes)` with them."""


class LinearParams(Section):
    """What logistic regression is tried with."""

    strengths: Several[SomeAmount]
    """Inverse strengths of the penalty (scikit-learn's `C`): a larger one fits the train rows more closely."""


@dataclass(frozen=True)
class Found:
    """Parameters, and how good predictions out of fold are with them."""

    parameters: Mapping[str, float]
    loss: float
    """Log loss, by which parameters are chosen: it varies less from sample to sample than macro-F1 does."""
    macro_f1: float
    """With the decision rule tuned for these predictions."""

    @property
    def readable(self) -> str:
        """`strength 10`, `trees 60, max leaf nodes 8`."""
        return ", ".join(f"{name.replace('_', ' ')} {value:g}" for name, value in self.parameters.items())


def search_strength(train: Labelled, folds: np.ndarray, classes: int, config: LinearParams) -> Found:
    """The strength of a linear model, of those in `config`."""
    (x,) = train.inputs.values()
    jobs = [(strength, fold) for strength in config.strengths for fold in np.unique(folds)]

    def predict(job: tuple[float, int]) -> np.ndarray:
        strength, fold = job
        kept = np.flatnonzero(folds != fold)
        return LinearModel.fit(x[kept], train.labels[kept], classes, strength).predict(x[folds == fold])

    parts = workers.run_all(predict, jobs, CPU)
    candidates: list[Candidate] = []
    for strength in config.strengths:
        own = {fold: part for (other, fold), part in zip(jobs, parts, strict=True) if other == strength}
        candidates.append(({"strength": strength}, out_of_fold(own, folds)))
    return best(candidates, train.labels, classes)


def search_trees(train: Labelled, folds: np.ndarray, classes: int, config: TreesParams, seed: int) -> Found:
    """Leaves, learning rate and number of trees, of those in `config`."""
    (x,) = train.inputs.values()
    settings = list(product(config.learning_rates, config.max_leaf_nodes))
    jobs = [(*one, fold) for one in settings for fold in np.unique(folds)]

    def predict(job: tuple[float, int, int]) -> list[np.ndarray]:
        rate, leaves, fold = job
        kept = np.flatnonzero(folds != fold)
        model = fit_trees(x[kept], train.labels[kept], classes, rate, leaves, max(config.trees), seed)
        return model.predict_by_size(x[folds == fold], config.trees)

    parts = workers.run_all(predict, jobs, CPU)
    candidates: list[Candidate] = []
    for rate, leaves in settings:
        for place, trees in enumerate(config.trees):
            own = {
                fold: part[place]
                for (*one, fold), part in zip(jobs, parts, strict=True)
                if (rate, leaves) == tuple(one)
            }
            named = {"learning_rate": rate, "max_leaf_nodes": leaves, "trees": trees}
            candidates.append((named, out_of_fold(own, folds)))
    return best(candidates, train.labels, classes)


def best(candidates: Sequence[Candidate], labels: np.ndarray, classes: int) -> Found:
    """The first of those with the smallest loss, and its scores."""
    losses = [log_loss(probabilities, labels) for _, probabilities in candidates]
    parameters, probabilities = candidates[int(np.argmin(losses))]
    tuned = score(labels, choose_rule(probabilities, labels).decide(probabilities), classes).macro_f1
    return Found(parameters, min(losses), tuned)
