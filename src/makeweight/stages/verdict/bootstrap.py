"""Paired comparison of arms that predicted the same samples with the same seeds.

Two things vary: which samples are in the test split, and which seed a network started from. The first is resampled by
a bootstrap over units (which never straddle splits), the same for every arm; `seed_noise` adds the second.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import norm

from makeweight.data.scores import macro_f1, macro_f1_of, mean_over_classes, recall_per_class
from makeweight.stages.verdict.interval import Interval
from makeweight.stages.verdict.predictions import ArmPredictions
from makeweight.stages.verdict.seed_noise import differences_to, sample_seed_noise

WEIGHTS_AT_ONCE = 2_000_000
"""Bootstrap weights held in memory at a time."""

SINGLE_ALPHA = 0.05
"""What an interval by itself leaves out; those that the words come from leave out `family_wise_alpha` all together."""

POWER = 0.8
"""The chance with which a difference should be found that is called detectable."""
ENOUGH_POWER = float(norm.ppf(POWER))

MEASURES = ("macro_f1", "minority_recall", "accuracy")

ARGMAX = "argmax_macro_f1"
"""Macro-F1 of the most probable class, whatever the arm decides: kept beside as a number, never compared."""


@dataclass(frozen=True)
class BootstrapScores:
    """Scores of every arm: as measured with each seed, and in every bootstrap sample of the units."""

    arms: tuple[str, ...]
    measured: Mapping[str, np.ndarray]
    """Measure -> `(arms, seeds)`, `argmax_macro_f1` with them."""
    resampled: Mapping[str, np.ndarray]
    """Measure -> `(bootstrap_samples, arms, seeds)`."""
    class_measured: np.ndarray
    """Recall per class `(arms, seeds, classes)`."""
    class_resampled: np.ndarray
    """Recall per class `(bootstrap_samples, arms, seeds, classes)`; NaN where a sample has no row of the class."""
    family_wise_alpha: float
    """Chance that any of the words that come from these scores is false."""
    seed: int

    def with_arm(self, name: str, like: str) -> "BootstrapScores":
        """The scores with one more arm, which scores as another does."""
        index = self.arms.index(like)
        return replace(
            self,
            arms=(*self.arms, name),
            measured={key: np.concatenate([rows, rows[index][None]]) for key, rows in self.measured.items()},
            resampled={key: np.concatenate([rows, rows[:, [index]]], axis=1) for key, rows in self.resampled.items()},
            class_measured=np.concatenate([self.class_measured, self.class_measured[index][None]]),
            class_resampled=np.concatenate([self.class_resampled, self.class_resampled[:, [index]]], axis=1),
        )

    def score(self, arm: str, measure: str) -> Interval:
        """The mean score of an arm over the seeds."""
        return self.scores(measure)[arm]

    def scores(self, measure: str) -> dict[str, Interval]:
        """Arm -> its mean score over the seeds; an interval ends at 0 and 1, as the scores do."""
        measured, resampled = self.measured[measure], self.resampled[measure]
        noisy = resampled.mean(2) + sample_seed_noise(measured, resampled, self.rng())
        return self.intervals(measured.mean(1), np.clip(noisy, 0.0, 1.0))

    def argmax_means(self) -> dict[str, float]:
        """Arm -> mean macro-F1 over the seeds if it predicted the most probable class."""
        return dict(zip(self.arms, map(float, self.measured[ARGMAX].mean(1)), strict=True))

    def difference(self, arm: str, reference: str, measure: str) -> Interval:
        """An arm's score less the reference's, paired, with an interval for this difference by itself."""
        return self.intervals(*self.differences(reference, measure))[arm]

    def differences(self, reference: str, measure: str) -> tuple[np.ndarray, np.ndarray]:
        """Every arm's score less the reference's: `(arms,)` as measured, `(bootstrap_samples, arms)` resampled."""
        index = self.arms.index(reference)
        return differences_to(self.measured[measure], self.resampled[measure], index, self.rng())

    def simultaneous_differences(
        self, reference: str, measure: str, family: Collection[str] | None = None
    ) -> dict[str, Interval]:
        """The differences of a family of arms; intervals and chances are corrected for their number.

        Single-step max-t: the largest studentised deviation among the arms, resampled with all arms together, says how
        wide intervals must be so that one of them is wrong no more often than `family_wise_alpha` (Westfall and Young
        1993, section 2.3). What could have been found follows from the same width: a true difference that is larger
        than it by the standard error times the 80 % quantile of the normal distribution.

        Args:
            reference: the arm that differences are taken to.
            measure: one of the scores.
            family: the arms that hold at once; None: all but the reference.
        """
        means, resampled = self.differences(reference, measure)
        chosen = [arm for arm in self.arms if arm != reference and (family is None or arm in family)]
        columns = [self.arms.index(arm) for arm in chosen]
        means, resampled = means[columns], resampled[:, columns]
        std = resampled.std(0)
        varies = std > 0
        if not varies.any():
            return {arm: Interval(0.0, 0.0, 0.0) for arm in chosen}
        largest = (np.abs(resampled - resampled.mean(0))[:, varies] / std[varies]).max(1)
        width = float(np.quantile(largest, 1 - self.family_wise_alpha))
        differences = {}
        for index, arm in enumerate(chosen):
            distance = abs(means[index]) / std[index] if varies[index] else 0.0
            chance = (1 + int((largest >= distance).sum())) / (1 + len(largest))
            mean, half = float(means[index]), width * float(std[index])
            differences[arm] = Interval(mean, mean - half, mean + half, chance, half + ENOUGH_POWER * float(std[index]))
        return differences

    def class_differences(self, reference: str, label: int) -> dict[str, Interval]:
        """Every arm's recall of one class less the reference's, paired; empty where no sample has a row of it."""
        measured, resampled = self.class_measured[..., label], self.class_resampled[..., label]
        present = np.isfinite(resampled[:, 0]).all(1)
        if not present.any():
            return {}
        index = self.arms.index(reference)
        return self.intervals(*differences_to(measured, resampled[present], index, self.rng()))

    def rng(self) -> np.random.Generator:
        """A fresh generator of seed noise, so that an interval does not depend on which were asked for before."""
        return np.random.default_rng(self.seed + 1)

    def intervals(self, means: np.ndarray, resampled: np.ndarray) -> dict[str, Interval]:
        """Arm -> the interval that leaves out 5 % of its bootstrap samples, half on each side."""
        lows, highs = np.quantile(resampled, [SINGLE_ALPHA / 2, 1 - SINGLE_ALPHA / 2], axis=0)
        return {
            arm: Interval(float(means[index]), float(lows[index]), float(highs[index]))
            for index, arm in enumerate(self.arms)
        }


def bootstrap(
    predictions: ArmPredictions, minority: np.ndarray, samples: int, family_wise_alpha: float, seed: int
) -> BootstrapScores:
    """Score every arm as measured and in every bootstrap sample.

    Args:
        predictions: of all arms, for the same rows.
        minority: mask of the minority classes `(classes,)`.
        samples: how many bootstrap samples to draw.
        family_wise_alpha: the accepted chance that any word is false.
        seed: of the bootstrap and of the seed noise.
    """
    cells = np.unique(predictions.units, return_inverse=True)[1] * predictions.classes + predictions.labels
    units = int(cells.max()) // predictions.classes + 1
    actual = counts_per_unit(cells, units, predictions.classes)
    weights = sample_unit_weights(units, samples, np.random.default_rng(seed))
    measured: dict[str, list[np.ndarray]] = {name: [] for name in (*MEASURES, "recall")}
    argmax = predictions.predicted if predictions.argmax is None else predictions.argmax
    resampled: dict[str, list[np.ndarray]] = {name: [] for name in (*MEASURES, "recall")}
    for arm in predictions.predicted:
        hits, predicted_counts = [], []
        for predicted in arm:
            hit = predicted == predictions.labels
            hits.append(counts_per_unit(cells[hit], units, predictions.classes))
            predicted_cells = cells - predictions.labels + predicted
            predicted_counts.append(counts_per_unit(predicted_cells, units, predictions.classes))
        counts = np.stack(hits, axis=1), np.stack(predicted_counts, axis=1)
        for name, value in weighted_scores(actual, *counts, np.ones((1, units), np.float32), minority).items():
            measured[name].append(value[0])
        parts = [weighted_scores(actual, *counts, part, minority) for part in weights]
        for name in resampled:
            resampled[name].append(np.concatenate([part[name] for part in parts]).astype(np.float32))
    return BootstrapScores(
        arms=predictions.arms,
        measured={name: np.stack(measured[name]) for name in MEASURES}
        | {ARGMAX: np.stack([macro_f1_of(arm, predictions.labels, predictions.classes) for arm in argmax])},
        resampled={name: np.stack(resampled[name], axis=1) for name in MEASURES},
        class_measured=np.nan_to_num(np.stack(measured["recall"])),
        class_resampled=np.stack(resampled["recall"], axis=1),
        family_wise_alpha=family_wise_alpha,
        seed=seed,
    )


def counts_per_unit(cells: np.ndarray, units: int, classes: int) -> np.ndarray:
    """How often each unit has each class, float32 `(units, classes)`, from numbers unit * classes + class."""
    return np.bincount(cells, minlength=units * classes).reshape(units, classes).astype(np.float32)


def sample_unit_weights(units: int, samples: int, rng: np.random.Generator) -> list[np.ndarray]:
    """How often each unit is in each bootstrap sample, float32 `(samples, units)`, in parts that fit into memory."""
    size = max(1, min(samples, WEIGHTS_AT_ONCE // units))
    even = np.full(units, 1 / units)
    sizes = [min(size, samples - start) for start in range(0, samples, size)]
    return [rng.multinomial(units, even, size=part).astype(np.float32) for part in sizes]


def weighted_scores(
    actual: np.ndarray, hits: np.ndarray, predicted: np.ndarray, weights: np.ndarray, minority: np.ndarray
) -> dict[str, np.ndarray]:
    """Scores per bootstrap sample and seed `(samples, seeds)`; recall `(samples, seeds, classes)`, NaN without a row.

    Args:
        actual: rows per unit and class `(units, classes)`.
        hits: right predictions `(units, seeds, classes)`.
        predicted: predictions of each class `(units, seeds, classes)`.
        weights: how often each unit counts `(samples, units)`.
        minority: mask of the minority classes.
    """
    seeds, classes = hits.shape[1:]
    rows = (weights @ actual)[:, None, :]
    hit = (weights @ hits.reshape(len(hits), -1)).reshape(-1, seeds, classes)
    predicted_rows = (weights @ predicted.reshape(len(predicted), -1)).reshape(-1, seeds, classes)
    recall = recall_per_class(hit, rows)
    return {
        "macro_f1": macro_f1(hit, predicted_rows, rows),
        "minority_recall": mean_over_classes(recall[:, :, minority]),
        "accuracy": hit.sum(2) / rows.sum(2),
        "recall": recall,
    }
