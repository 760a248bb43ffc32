"""Predictions of arms that are right with a probability of their own, and the verdict on them."""

import numpy as np
from scipy.stats import norm

from makeweight.balance.arm import Arm
from makeweight.stages.verdict.bootstrap import BootstrapScores, bootstrap
from makeweight.stages.verdict.judge import Verdict, arms_of_engines, judge
from makeweight.stages.verdict.predictions import ArmPredictions

MINORITY = np.array([False, True])


def predictions(right: dict[str, float], rows: int = 3000, seeds: int = 3, seed: int = 0) -> ArmPredictions:
    """Every arm is right with a probability of its own; what is hard is mostly hard for all of them."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, rows)
    hard = rng.normal(size=rows) + 0.5 * rng.normal(size=(len(right), seeds, rows))
    limits = norm.ppf(list(right.values()))[:, None, None] * np.sqrt(1.25)
    predicted = np.where(hard < limits, labels, 1 - labels)
    return ArmPredictions(tuple(right), labels, np.arange(rows), predicted, 2)


def resampled(given: ArmPredictions, samples: int = 300) -> BootstrapScores:
    """Their scores and bootstrap samples."""
    return bootstrap(given, MINORITY, samples, 0.05, 0)


def verdict_on(validation: dict[str, float], test: dict[str, float] | None = None, rows: int = 3000) -> Verdict:
    """The verdict where arms are right with these probabilities on validation and on test."""
    engines = arms_of_engines(map(Arm.parse, validation))
    both = predictions(validation, seed=1, rows=rows), predictions(test or validation, rows=rows)
    return judge("fusion", *map(resampled, both), engines)
