"""The corrected resampled t test: a mean over several random splits of the same rows, with an interval.

Splits share rows, so that their scores are not independent, and the usual t test finds differences where there are
none. Nadeau and Bengio (2003, section 3) correct the variance of the mean: `s^2 (1 / J + n_test / n_train)` in the
place of `s^2 / J`, for J splits.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

SINGLE_ALPHA, POWER = 0.05, 0.8


@dataclass(frozen=True)
class Pooled:
    """A mean over splits."""

    mean: float
    low: float
    high: float
    p: float
    """The chance of a mean as far from 0 if the truth were 0."""
    std: float
    """Standard deviation over the splits."""
    splits: int
    detectable: float
    """The smallest true mean that would be shown in four of five experiments like this one."""


def pool(
    values: Sequence[float] | np.ndarray,
    test_by_train: float,
    alpha: float = SINGLE_ALPHA,
    least_std: float = 0.0,
    width: float | None = None,
) -> Pooled:
    """The mean of the values of several splits; for a single one the other numbers are NaN.

    Args:
        values: one per split, such as the difference of two scores on its test rows.
        test_by_train: test rows of a split over its train rows.
        alpha: what the interval leaves out.
        least_std: the smallest standard deviation that is believed: a few splits may agree by chance.
        width: standard errors on each side of the mean, instead of those that belong to `alpha`.
    """
    values = np.asarray(values, dtype=float)
    mean, count = float(values.mean()), len(values)
    if count < 2:
        unknown = float("nan")
        return Pooled(mean, unknown, unknown, unknown, unknown, count, unknown)
    std = max(float(values.std(ddof=1)), least_std)
    error = std * np.sqrt(1 / count + test_by_train)
    margin = float((stats.t.ppf(1 - alpha / 2, count - 1) if width is None else width) * error)
    # Without any spread, a mean of 0 is no difference, and any other one is certain.
    p = float(2 * stats.t.sf(abs(mean) / error, count - 1)) if error else float(mean == 0)
    detectable = margin + float(stats.t.ppf(POWER, count - 1) * error)
    return Pooled(mean, mean - margin, mean + margin, p, std, count, detectable)


def simultaneous_width(differences: np.ndarray, alpha: float = SINGLE_ALPHA, samples: int = 100_000) -> float:
    """How many standard errors wide intervals must be so that all of them hold together (single-step max-t).

    The quantile of the largest of several t statistics, which are correlated as the differences are: all are taken to
    one reference. A few splits show correlations badly, so that they are shrunk towards none, which is the wider side.

    Args:
        differences: `(splits, comparisons)`, at least two splits.
        alpha: the accepted chance that any interval is wrong.
        samples: of the distribution, always the same ones.
    """
    splits, comparisons = differences.shape
    if comparisons < 2:
        return float(stats.t.ppf(1 - alpha / 2, splits - 1))
    std = differences.std(0)
    scaled = (differences - differences.mean(0)) / np.where(std > 0, std, 1)
    share = splits / (splits + comparisons)
    correlation = share * (scaled.T @ scaled) / splits
    np.fill_diagonal(correlation, 1.0)
    rng = np.random.default_rng(0)
    normal = rng.standard_normal((samples, comparisons)) @ np.linalg.cholesky(correlation).T
    chi = np.sqrt(rng.chisquare(splits - 1, samples) / (splits - 1))
    return float(np.quantile(np.abs(normal).max(1) / chi, 1 - alpha))
