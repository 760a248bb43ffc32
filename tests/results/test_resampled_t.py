"""The corrected resampled t test: recomputed by hand, and on simulated splits whose truth is known."""

import numpy as np
import pytest
from scipy import stats

from makeweight.results.resampled_t import pool


def test_mean_interval_and_chance_by_hand() -> None:
    values = [1.0, 3.0, 2.0, 6.0]
    # s^2 = (4 + 0 + 1 + 9) / 3 with the mean 3, less 0 for the second: 14 / 3. n_test / n_train = 30 / 65.
    error = np.sqrt(14 / 3 * (1 / 4 + 30 / 65))
    found = pool(values, 30 / 65)
    assert (found.mean, found.splits) == (3.0, 4) and found.std == pytest.approx(np.sqrt(14 / 3))
    # The 97.5 % quantile of Student's t with three degrees of freedom is 3.1824.
    assert found.low == pytest.approx(3 - 3.1824463 * error) and found.high == pytest.approx(3 + 3.1824463 * error)
    assert found.p == pytest.approx(2 * (1 - stats.t.cdf(3 / error, 3)))
    # The 80 % quantile is 0.9785.
    assert found.detectable == pytest.approx((3.1824463 + 0.9784723) * error)
    stricter = pool(values, 30 / 65, 0.01)
    assert stricter.high == pytest.approx(3 + 5.8409093 * error) and stricter.p == found.p


def test_one_split_has_no_interval_and_equal_values_no_spread() -> None:
    assert np.isnan(pool([2.0], 0.3).low) and np.isnan(pool([2.0], 0.3).p) and pool([2.0], 0.3).mean == 2
    same = pool([0.0, 0.0, 0.0], 0.3)
    assert (same.mean, same.low, same.high, same.p) == (0, 0, 0, 1)
    assert pool([1.0, 1.0], 0.3).p == 0


def simulated(rng: np.random.Generator, gain: float, splits: int = 10, rows: int = 240) -> list[float]:
    """Accuracy of one learner less that of another on random splits of the same rows.

    Each learner is the nearest class mean on features of its own, drawn alike: without a gain they are equally good on
    rows to come, although on these rows one is often ahead on every split.
    """
    labels = np.arange(rows) % 2
    shift = 0.35 * (2 * labels[:, None] - 1)
    ours = rng.normal(size=(rows, 8)) + shift * (1 + gain)
    others = rng.normal(size=(rows, 8)) + shift
    differences = []
    for _ in range(splits):
        order = rng.permutation(rows)
        train, test = order[: round(0.65 * rows)], order[round(0.8 * rows) :]
        right = []
        for x in (ours, others):
            means = [x[train][labels[train] == label].mean(0) for label in (0, 1)]
            nearer = ((x[test] - means[1]) ** 2).sum(1) < ((x[test] - means[0]) ** 2).sum(1)
            right.append((nearer == labels[test]).mean())
        differences.append(right[0] - right[1])
    return differences


def test_equal_learners_are_seldom_called_different_and_a_gain_is_found() -> None:
    rng = np.random.default_rng(0)
    null = [simulated(rng, 0.0) for _ in range(400)]
    corrected = np.mean([pool(values, 0.2 / 0.65).p < 0.05 for values in null])
    naive = np.mean([pool(values, 0.0).p < 0.05 for values in null])
    assert corrected <= 0.05, "at most alpha of the cases"
    assert naive > 0.15, "without the correction far more of them"
    gains = [simulated(rng, 0.7) for _ in range(100)]
    assert np.mean([pool(values, 0.2 / 0.65).low > 0 for values in gains]) > 0.8
