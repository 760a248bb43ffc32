"""Paired comparison of arms that answered for the same samples with the same seeds.

Two things vary: which samples stand in the test split, and which seed a network started from. The first is drawn by a
bootstrap over units (which never straddle splits), with the same draw for every arm. The second is drawn from seeds'
deviations from their arm's mean difference. Part of these is luck with the test rows, which the first draw has counted;
it is estimated from that draw and taken off (Owen 2007, on bootstrapping both sides of a table). A few seeds know their
spread badly, so the deviations of all arms are pooled and each draw is divided by a chi-square draw, as in Student's t.
An arm that clearly varies more than the pool keeps its own spread.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import chi2

from makeweight.data.scores import macro_f1, mean_over_classes, recall_per_class

UNITS_AT_ONCE = 2_000_000
"""Bootstrap weights held in memory at a time."""

SINGLE_LEVEL = 0.05
"""What intervals that stand alone leave out; those that words are said from leave out `level`, all together."""

CLEARLY = 0.99
"""An arm varies clearly more than the others where chance would let it do so less often than once in a hundred."""

MEASURES = ("macro_f1", "minority_recall", "accuracy")


@dataclass(frozen=True)
class Answers:
    """What every arm predicted, with every seed, for the same samples."""

    arms: tuple[str, ...]
    labels: np.ndarray
    """int `(n,)` class index."""
    units: np.ndarray
    """int `(n,)` samples that are drawn together."""
    predicted: np.ndarray
    """int `(arms, seeds, n)` class index."""
    classes: int

    def place(self, arm: str) -> int:
        """The arm's row."""
        return self.arms.index(arm)


@dataclass(frozen=True)
class Interval:
    """A mean with the interval that holds it; `p` is the chance of a difference as far from 0 if there were none."""

    mean: float
    low: float
    high: float
    p: float = 1.0

    def points(self) -> "Interval":
        """In points of a hundred."""
        return Interval(100 * self.mean, 100 * self.low, 100 * self.high, self.p)


@dataclass(frozen=True)
class Draws:
    """Scores of every arm: as measured per seed, and redrawn over units."""

    arms: tuple[str, ...]
    measured: Mapping[str, np.ndarray]
    """Measure -> `(arms, seeds)`."""
    redrawn: Mapping[str, np.ndarray]
    """Measure -> `(repetitions, arms, seeds)`."""
    class_measured: np.ndarray
    """Recall per class `(arms, seeds, classes)`."""
    class_redrawn: np.ndarray
    """Recall per class `(repetitions, arms, seeds, classes)`; NaN where a draw has no such row."""
    level: float
    """Chance that any of the words said from these draws is false."""
    seed: int

    def with_arm(self, name: str, like: str) -> "Draws":
        """One more arm that scores as another does."""
        place = self.arms.index(like)
        return replace(
            self,
            arms=(*self.arms, name),
            measured={key: np.concatenate([rows, rows[place][None]]) for key, rows in self.measured.items()},
            redrawn={key: np.concatenate([rows, rows[:, [place]]], axis=1) for key, rows in self.redrawn.items()},
            class_measured=np.concatenate([self.class_measured, self.class_measured[place][None]]),
            class_redrawn=np.concatenate([self.class_redrawn, self.class_redrawn[:, [place]]], axis=1),
        )

    def score(self, arm: str, measure: str) -> Interval:
        """The arm's own score."""
        return self.scores(measure)[arm]

    def scores(self, measure: str) -> dict[str, Interval]:
        """Every arm's own score."""
        measured, redrawn = self.measured[measure], self.redrawn[measure]
        drawn = redrawn.mean(2) + seed_noise(measured, redrawn, self.rng())
        return self.intervals(measured.mean(1), drawn)

    def difference(self, arm: str, reference: str, measure: str) -> Interval:
        """The arm's score less the reference's, paired, with an interval for this one difference."""
        return self.intervals(*self.gaps(reference, measure))[arm]

    def gaps(self, reference: str, measure: str) -> tuple[np.ndarray, np.ndarray]:
        """Every arm's score less the reference's: `(arms,)` as measured, `(repetitions, arms)` redrawn."""
        other = self.arms.index(reference)
        measured, redrawn = self.measured[measure], self.redrawn[measure]
        return gaps_of(measured, redrawn, other, self.rng())

    def all_differences(self, reference: str, measure: str) -> dict[str, Interval]:
        """Every other arm's difference; intervals and chances are corrected for the number of arms.

        Single-step max-t: the largest studentised deviation among the arms, redrawn with all arms together, says how
        wide intervals must be so that one of them is wrong no more often than `level` (Westfall and Young 1993, 2.3).
        """
        means, drawn = self.gaps(reference, measure)
        spreads = drawn.std(0)
        vary = spreads > 0
        if not vary.any():
            return {arm: Interval(0.0, 0.0, 0.0) for arm in self.arms if arm != reference}
        largest = (np.abs(drawn - drawn.mean(0))[:, vary] / spreads[vary]).max(1)
        wide = np.quantile(largest, 1 - self.level) * spreads
        differences = {}
        for place, arm in enumerate(self.arms):
            if arm != reference:
                distance = abs(means[place]) / spreads[place] if vary[place] else 0.0
                chance = (1 + int((largest >= distance).sum())) / (1 + len(largest))
                mean = float(means[place])
                differences[arm] = Interval(mean, mean - float(wide[place]), mean + float(wide[place]), chance)
        return differences

    def class_differences(self, reference: str, label: int) -> dict[str, Interval]:
        """Every arm's recall of one class less the reference's, paired; empty where no draw has a row of it."""
        measured, redrawn = self.class_measured[..., label], self.class_redrawn[..., label]
        there = np.isfinite(redrawn[:, 0]).all(1)
        if not there.any():
            return {}
        return self.intervals(*gaps_of(measured, redrawn[there], self.arms.index(reference), self.rng()))

    @property
    def repetitions(self) -> int:
        """How often units were drawn."""
        return len(self.redrawn["macro_f1"])

    def rng(self) -> np.random.Generator:
        """The same draws of seed noise in whatever order intervals are asked for."""
        return np.random.default_rng(self.seed + 1)

    def intervals(self, means: np.ndarray, drawn: np.ndarray) -> dict[str, Interval]:
        """Per arm the interval that leaves out 5 % of its draws, half on each side."""
        lows, highs = np.quantile(drawn, [SINGLE_LEVEL / 2, 1 - SINGLE_LEVEL / 2], axis=0)
        return {
            arm: Interval(float(means[place]), float(lows[place]), float(highs[place]))
            for place, arm in enumerate(self.arms)
        }


def draw(answers: Answers, few: np.ndarray, repetitions: int, level: float, seed: int) -> Draws:
    """Measure every arm and redraw its scores; `few` marks the minority classes `(classes,)`."""
    labels = np.unique(answers.units, return_inverse=True)[1] * answers.classes + answers.labels
    units = int(labels.max()) // answers.classes + 1
    actual = table_of(labels, units, answers.classes)
    weights = unit_draws(units, repetitions, np.random.default_rng(seed))
    measured: dict[str, list[np.ndarray]] = {name: [] for name in (*MEASURES, "recall")}
    redrawn: dict[str, list[np.ndarray]] = {name: [] for name in (*MEASURES, "recall")}
    for arm in answers.predicted:
        hits, claims = [], []
        for predicted in arm:
            hit = predicted == answers.labels
            hits.append(table_of(labels[hit], units, answers.classes))
            claims.append(table_of(labels - answers.labels + predicted, units, answers.classes))
        tables = np.stack(hits, axis=1), np.stack(claims, axis=1)
        for name, value in scores_of(actual, *tables, np.ones((1, units), np.float32), few).items():
            measured[name].append(value[0])
        parts = [scores_of(actual, *tables, part, few) for part in weights]
        for name in redrawn:
            redrawn[name].append(np.concatenate([part[name] for part in parts]).astype(np.float32))
    return Draws(
        arms=answers.arms,
        measured={name: np.stack(measured[name]) for name in MEASURES},
        redrawn={name: np.stack(redrawn[name], axis=1) for name in MEASURES},
        class_measured=np.nan_to_num(np.stack(measured["recall"])),
        class_redrawn=np.stack(redrawn["recall"], axis=1),
        level=level,
        seed=seed,
    )


def table_of(cells: np.ndarray, units: int, classes: int) -> np.ndarray:
    """How often each unit has each class, float32 `(units, classes)`, of numbers unit * classes + class."""
    return np.bincount(cells, minlength=units * classes).reshape(units, classes).astype(np.float32)


def unit_draws(units: int, repetitions: int, rng: np.random.Generator) -> list[np.ndarray]:
    """How often each unit stands in each bootstrap draw, float32 `(repetitions, units)`, in parts."""
    size = max(1, min(repetitions, UNITS_AT_ONCE // units))
    even = np.full(units, 1 / units)
    sizes = [min(size, repetitions - start) for start in range(0, repetitions, size)]
    return [rng.multinomial(units, even, size=part).astype(np.float32) for part in sizes]


def scores_of(
    actual: np.ndarray, hits: np.ndarray, claims: np.ndarray, weights: np.ndarray, few: np.ndarray
) -> dict[str, np.ndarray]:
    """Scores per draw and seed `(draws, seeds)`; recall `(draws, seeds, classes)`, NaN for classes without a row.

    Args:
        actual: rows per unit and class.
        hits: right answers `(units, seeds, classes)`.
        claims: answers of each class `(units, seeds, classes)`.
        weights: how often each unit counts `(draws, units)`.
        few: the minority classes.
    """
    seeds, classes = hits.shape[1:]
    rows = (weights @ actual)[:, None, :]
    hit = (weights @ hits.reshape(len(hits), -1)).reshape(-1, seeds, classes)
    claim = (weights @ claims.reshape(len(claims), -1)).reshape(-1, seeds, classes)
    recall = recall_per_class(hit, rows)
    return {
        "macro_f1": macro_f1(hit, claim, rows),
        "minority_recall": mean_over_classes(recall[:, :, few]),
        "accuracy": hit.sum(2) / rows.sum(2),
        "recall": recall,
    }


def gaps_of(
    measured: np.ndarray, redrawn: np.ndarray, other: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Every arm's score less that of arm `other`: `(arms,)` as measured, `(repetitions, arms)` redrawn."""
    means = (measured - measured[other]).mean(1)
    return means, (redrawn - redrawn[:, [other]]).mean(2) + seed_noise(measured, redrawn, rng, other)


def seed_noise(
    measured: np.ndarray, redrawn: np.ndarray, rng: np.random.Generator, other: int | None = None
) -> np.ndarray:
    """Draws of what seeds add to each arm's mean, or to its mean difference to arm `other`, `(repetitions, arms)`.

    The spread is pooled over all arms. That of a difference is twice the spread of the arms, once what a seed does to
    all of them is taken off: the other arm's own few seeds would be a poor witness of it.

    Args:
        measured: per arm and seed `(arms, seeds)`.
        redrawn: the same, redrawn over units `(repetitions, arms, seeds)`.
        rng: draws the noise.
        other: the arm that differences are taken to.
    """
    repetitions, arms, seeds = redrawn.shape
    paired = other is not None
    freedom = (arms - paired) * (seeds - 1)
    own, own_luck = squares_over_seeds(measured, redrawn, other)
    if freedom < 1 or own.sum() == 0:
        return np.zeros((repetitions, arms))
    centre = (lambda scores: scores - scores.mean(-2, keepdims=True)) if paired else (lambda scores: scores)
    squares, luck = (part.sum() for part in squares_over_seeds(centre(measured), centre(redrawn), None))
    factor = (2 if paired else 1) / freedom
    wilder = own > chi2.ppf(CLEARLY, seeds - 1) * factor * squares
    spread = np.where(wilder, (own - own_luck) / (seeds - 1), factor * (squares - luck))
    deviations = centre(measured) - centre(measured).mean(1, keepdims=True)
    pool = deviations.ravel() / np.sqrt(np.square(deviations).mean())
    means = rng.choice(pool, (repetitions, arms, seeds)).mean(2)
    wide = np.sqrt(np.maximum(spread, 0)) * (own > 0)
    return means * wide / np.sqrt(rng.chisquare(freedom, (repetitions, 1)) / freedom)


def squares_over_seeds(measured: np.ndarray, redrawn: np.ndarray, other: int | None) -> tuple[np.ndarray, np.ndarray]:
    """Sum of squared deviations from the mean over seeds `(arms,)`: as measured, and what of it is luck with rows."""
    if other is not None:
        measured, redrawn = measured - measured[other], redrawn - redrawn[:, [other]]
    deviations, luck = measured - measured.mean(1, keepdims=True), redrawn - redrawn.mean(2, keepdims=True)
    return np.square(deviations).sum(1), luck.var(0).sum(1)
