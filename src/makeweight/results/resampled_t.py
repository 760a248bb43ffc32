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


def pool(values: Sequence[float] | np.ndarray, test_by_train: float, alpha: float = SINGLE_ALPHA) -> Pooled:
    """The mean of the values of several splits; for a single one the other numbers are NaN.

    Args:
        values: one per split, such as the difference of two scores on its test rows.
        test_by_train: test rows of a split over its train rows.
        alpha: what the interval leaves out.
    """
    values = np.asarray(values, dtype=float)
    mean, count = float(values.mean()), len(values)
    if count < 2:
        unknown = float("nan")
        return Pooled(mean, unknown, unknown, unknown, unknown, count, unknown)
    std = float(values.std(ddof=1))
    error = std * np.sqrt(1 / count + test_by_train)
    margin = float(stats.t.ppf(1 - alpha / 2, count - 1) * error)
    # Without any spread, a mean of 0 is no difference, and any other one is certain.
    p = float(2 * stats.t.sf(abs(mean) / error, count - 1)) if error else float(mean == 0)
    detectable = margin + float(stats.t.ppf(POWER, count - 1) * error)
    return Pooled(mean, mean - margin, mean + margin, p, std, count, detectable)
