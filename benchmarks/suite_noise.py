"""On how many tables is a way truly worse? The share of true differences beyond half a point, without the noise.

A table's measured difference is its true one and noise: of few test rows, and of few splits. Counting measured
differences below half a point counts noise as harm: with two ways that are equal everywhere, half of all noisy tables
would be "worse". So the noise is modelled, in the manner of Corani et al. (2017): the true differences of tables are
normal, and a table's mean over J splits varies about its own by s^2 (1/J + n_test / n_train), where the second term is
what splits that share rows have in common (Nadeau and Bengio 2003).

Two splits say little about s^2, so tables lend each other what they know of it: the true variance of a table's splits
is scaled inverse chi-square about a power of the number of rare rows (as Smyth 2004 does for genes). Its parameters,
then mean and standard deviation of the true differences, are those of maximum likelihood, with the variance of each
table integrated out. The share is the mean over tables of the probability, given all that was measured, that the
table's true difference is beyond half a point. Intervals are by bootstrap over sources, everything fitted once more.

A table on which both ways were the same models in every split, so that all differences are exactly zero, counts as
equal and is left out of the fits: it says nothing of how ways differ where they do.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import optimize, special, stats

QUANTILES = (np.arange(12) + 0.5) / 12
"""By which a table's unknown variance is integrated out."""
BOOTSTRAP_SAMPLES, SEED = 300, 0
FEWEST_TABLES = 10
FREEDOM = (0.5, 200.0)
"""Least and most degrees of freedom of what tables tell of each other's variance."""
START = np.array([1.0, 0.0, 1.5])


@dataclass(frozen=True)
class Measured:
    """What was measured, a number per table; differences in points."""

    means: np.ndarray
    variances: np.ndarray
    """Of the splits' differences; any number where there is one split."""
    splits: np.ndarray
    test_by_train: np.ndarray
    rare_rows: np.ndarray
    families: np.ndarray
    """The source of each table."""

    @classmethod
    def of(cls, differences: pd.Series, test_by_train: pd.Series, tables: pd.DataFrame) -> "Measured":
        """From differences by table and split, test over train rows by table, and what is known of the tables."""
        groups = differences.groupby("table")
        means, names = groups.mean(), groups.mean().index
        variances = groups.var(ddof=1).fillna(0.0)
        own = tables.reindex(names)
        arrays = (means, variances, groups.size(), test_by_train.reindex(names), own["rare_rows"])
        return cls(*(each.to_numpy(float) for each in arrays), own["family"].to_numpy())

    def take(self, rows: np.ndarray) -> "Measured":
        """Some tables, in this order, a table as often as it stands there."""
        return Measured(*(getattr(self, name)[rows] for name in self.__dataclass_fields__))

    @property
    def factors(self) -> np.ndarray:
        """By which the variance of splits is multiplied, to be that of their mean about the truth."""
        return 1 / self.splits + self.test_by_train


@dataclass(frozen=True)
class Shares:
    """Shares of tables, 0 to 1."""

    worse: float
    better: float
    mean: float
    """Of the true differences of the tables where the two ways differ, in points."""
    std: float


def true_shares(measured: Measured, equal: float) -> Shares:
    """Shares of tables whose true difference is below `-equal` and above `equal` points."""
    differ = (measured.means != 0) | (measured.variances > 0)
    if not differ.any():
        return Shares(0.0, 0.0, 0.0, 0.0)
    if not differ.all():
        rest = true_shares(measured.take(np.flatnonzero(differ)), equal)
        return Shares(rest.worse * differ.mean(), rest.better * differ.mean(), rest.mean, rest.std)
    noise = noise_variances(measured)
    mean, std = prior_of(measured.means, noise)
    # Given a variance of the noise, a table's true difference is normal, between its own mean and that of all.
    total = std**2 + noise
    kept = std**2 / total
    centre = mean + kept * (measured.means[:, None] - mean)
    spread = np.sqrt(np.maximum(kept * noise, 1e-12))
    weights = stats.norm.pdf(measured.means[:, None], mean, np.sqrt(total))
    weights /= weights.sum(1, keepdims=True)
    below = (weights * stats.norm.cdf((-equal - centre) / spread)).sum(1)
    above = (weights * stats.norm.sf((equal - centre) / spread)).sum(1)
    return Shares(float(below.mean()), float(above.mean()), mean, std)


def noise_variances(measured: Measured) -> np.ndarray:
    """Variance of each table's mean about its true difference, at quantiles of what is known of it `(tables, q)`."""
    sizes, freedom = np.log(measured.rare_rows), measured.splits - 1
    sizes = sizes - sizes.mean()
    squares = freedom * measured.variances / 2

    def prior(values: np.ndarray) -> tuple[float, np.ndarray]:
        shape = float(np.exp(np.clip(values[2], *np.log(FREEDOM)))) / 2
        return shape, shape * np.exp(np.clip(values[0] + values[1] * sizes, -20, 20))

    def loss(values: np.ndarray) -> float:
        shape, scale = prior(values)
        own = shape + freedom / 2
        known = shape * np.log(scale) - special.gammaln(shape) + special.gammaln(own) - own * np.log(scale + squares)
        return -float(known.sum())

    shape, scale = prior(minimum(loss, START))
    gamma = stats.gamma.ppf(QUANTILES, (shape + freedom / 2)[:, None])
    return (scale + squares)[:, None] / gamma * measured.factors[:, None]


def prior_of(means: np.ndarray, noise: np.ndarray) -> tuple[float, float]:
    """Mean and standard deviation of the true differences of maximum likelihood; the second may be 0."""

    def loss(values: np.ndarray) -> float:
        std = np.sqrt(values[1] ** 2 + noise)
        return -float(np.log(stats.norm.pdf(means[:, None], values[0], std).mean(1) + 1e-300).sum())

    mean, std = min((minimum(loss, np.array([float(np.median(means)), start])) for start in (0.1, 1.0, 3.0)), key=loss)
    return float(mean), abs(float(std))


def minimum(loss: Callable[[np.ndarray], float], start: np.ndarray) -> np.ndarray:
    """Where the loss is smallest."""
    return np.asarray(optimize.minimize(loss, start, method="Nelder-Mead", options={"xatol": 1e-3, "fatol": 1e-3}).x)


def summary_of_truth(name: str, measured: Measured, equal: float, samples: int = BOOTSTRAP_SAMPLES) -> dict[str, float]:
    """Return shares truly worse and better, with 95 % intervals over sources; nothing for few tables or one source."""
    families = [np.flatnonzero(measured.families == family) for family in np.unique(measured.families)]
    if len(measured.means) < FEWEST_TABLES or len(families) < 2:
        return {}
    found, rng = true_shares(measured, equal), np.random.default_rng(SEED)
    drawn = []
    for _ in range(samples):
        rows = np.concatenate([families[one] for one in rng.integers(len(families), size=len(families))])
        drawn.append(true_shares(measured.take(rows), equal))
    numbers = {"truth.mean_where_different": found.mean, "truth.std_where_different": found.std}
    for which in ("worse", "better"):
        low, high = np.quantile([getattr(one, which) for one in drawn], (0.025, 0.975))
        numbers |= {
            f"truly_{which}.mean": getattr(found, which),
            f"truly_{which}.low": low,
            f"truly_{which}.high": high,
        }
    return {f"{name}.{key}": round(float(value), 3) + 0.0 for key, value in numbers.items()}
