"""Shares of tables that are truly worse: planted truths, equal ways, and tables of which nothing is known."""

import numpy as np
import pandas as pd
import pytest

from suite_noise import Measured, noise_variances, summary_of_truth, true_shares

EQUAL = 0.5


def planted(mean: float, std: float, seed: int, tables: int = 94, splits: int = 4) -> tuple[np.ndarray, Measured]:
    """True differences of tables, and what is measured of them on splits that share rows; small tables are noisy."""
    rng = np.random.default_rng(seed)
    rare_rows = np.exp(rng.uniform(np.log(10), np.log(1000), tables))
    noise = 20 / np.sqrt(rare_rows) * np.exp(0.4 * rng.normal(size=tables))
    truth = mean + std * rng.normal(size=tables)
    shared, own = rng.normal(size=(tables, 1)), rng.normal(size=(tables, splits))
    found = truth[:, None] + noise[:, None] * (np.sqrt(0.3) * shared + np.sqrt(0.7) * own)
    sizes = np.full(tables, float(splits)), np.full(tables, 3 / 7)
    return truth, Measured(found.mean(1), found.var(1, ddof=1), *sizes, rare_rows, np.arange(tables) // 3)


@pytest.mark.parametrize(("mean", "std", "expected"), [(0.0, 0.0, 0.0), (0.0, 1.0, 0.309), (1.0, 1.5, 0.159)])
def test_the_planted_share_is_found_where_counting_finds_noise(mean: float, std: float, expected: float) -> None:
    found, counted = [], []
    for seed in range(8):
        _, measured = planted(mean, std, seed)
        found.append(true_shares(measured, EQUAL).worse)
        counted.append((measured.means < -EQUAL).mean())
    assert np.mean(found) == pytest.approx(expected, abs=0.05)
    assert np.mean(counted) > expected + 0.05


def test_the_interval_holds_the_planted_share() -> None:
    truth, measured = planted(-0.5, 1.5, 3)
    numbers = summary_of_truth("x", measured, EQUAL, samples=40)
    share = (truth < -EQUAL).mean()
    assert numbers["x.truly_worse.low"] < share < numbers["x.truly_worse.high"]
    assert numbers["x.truly_worse.low"] <= numbers["x.truly_worse.mean"] <= numbers["x.truly_worse.high"]
    assert numbers["x.truth.std_where_different"] == pytest.approx(1.5, abs=0.5)


def test_a_clear_difference_everywhere_is_true_everywhere() -> None:
    _, measured = planted(-9.0, 0.1, 0)
    assert true_shares(measured, EQUAL).worse > 0.99
    assert true_shares(Measured(-measured.means, *list(vars(measured).values())[1:]), EQUAL).better > 0.99


def test_tables_on_which_both_ways_are_the_same_models_are_equal() -> None:
    _, measured = planted(-9.0, 0.1, 0)
    half = np.arange(len(measured.means)) % 2 == 0
    mixed = Measured(
        np.where(half, 0, measured.means), np.where(half, 0, measured.variances), *list(vars(measured).values())[2:]
    )
    assert true_shares(mixed, EQUAL).worse == pytest.approx(0.5, abs=0.01)
    nothing = Measured(0 * measured.means, 0 * measured.variances, *list(vars(measured).values())[2:])
    assert true_shares(nothing, EQUAL).worse == 0 == true_shares(nothing, EQUAL).better


def test_a_table_with_one_split_has_the_noise_of_tables_of_its_size() -> None:
    _, measured = planted(0.0, 1.0, 1)
    single = Measured(
        measured.means,
        np.where(np.arange(94) == 0, 0, measured.variances),
        np.where(np.arange(94) == 0, 1.0, measured.splits),
        *list(vars(measured).values())[3:],
    )
    near = np.argsort(np.abs(np.log(measured.rare_rows) - np.log(measured.rare_rows[0])))[1:8]
    # One split has 1 + 3/7 in the place of 1/4 + 3/7.
    expected = np.median(noise_variances(measured)[near]) * (10 / 7) / (1 / 4 + 3 / 7)
    assert np.median(noise_variances(single)[0]) == pytest.approx(expected, rel=0.5)


def test_measured_is_read_from_splits_and_too_few_tables_have_no_estimate() -> None:
    index = pd.MultiIndex.from_product([["boats", "cars"], [0, 1]], names=["table", "split"])
    tables = pd.DataFrame({"rare_rows": [20, 80], "family": ["b", "c"]}, index=["boats", "cars"])
    ratio = pd.Series({"cars": 0.4, "boats": 0.5})
    measured = Measured.of(pd.Series([1.0, 3.0, -1.0, -1.0], index=index), ratio, tables)
    assert measured.means.tolist() == [2, -1] and measured.variances.tolist() == [2, 0]
    assert measured.factors == pytest.approx([1.0, 0.9]) and measured.families.tolist() == ["b", "c"]
    assert summary_of_truth("x", measured, EQUAL) == {}
