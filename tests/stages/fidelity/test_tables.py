"""Marginals, associations and detection on tables small enough to calculate by hand."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import ks_2samp

from makeweight.stages.fidelity.associations import association, pair_gap
from makeweight.stages.fidelity.detection import detection_auc
from makeweight.stages.fidelity.marginals import category_gap, column_gaps, number_gap


def test_gap_of_numbers_is_the_largest_step_between_the_distribution_functions():
    # At 2 three quarters of the one lie below and one quarter of the other.
    assert number_gap(pd.Series([1.0, 2, 2, 9]), pd.Series([2.0, 9, 9, 9])) == pytest.approx(0.5)


def test_gap_of_numbers_counts_missing_values():
    real, synthetic = pd.Series([1.0, 2.0, 3.0, 4.0]), pd.Series([1.0, 2.0, 3.0, 4.0, None, None, None, None])
    assert number_gap(real, synthetic) == pytest.approx(0.5)
    assert number_gap(real, pd.Series([None, None], dtype=float)) == 1


def test_gap_of_numbers_warns_of_nothing_where_there_is_a_single_one(recwarn: pytest.WarningsRecorder) -> None:
    assert number_gap(pd.Series([1.0]), pd.Series([0.0, 1.0, 2.0, 3.0])) == pytest.approx(0.5)
    assert number_gap(pd.Series([1.0]), pd.Series([1.0])) == 0
    rng = np.random.default_rng(0)
    first, second = rng.normal(size=50).round(1), rng.normal(1, 1, 70).round(1)
    expected = float(ks_2samp(first, second, method="asymp").statistic)
    assert number_gap(pd.Series(first), pd.Series(second)) == pytest.approx(expected)
    assert not recwarn.list


def test_gap_of_categories_is_half_the_moved_share():
    real, synthetic = pd.Series(["a", "a", "b", None]), pd.Series(["a", "b", "b", "c"])
    # a loses a quarter, b gains one, missing loses one, c gains one.
    assert category_gap(real, synthetic) == pytest.approx(0.5)
    assert category_gap(real, real) == 0


def test_column_gaps_name_every_column():
    table = pd.DataFrame({"price": [1.0, 2.0], "origin": ["a", "b"]})
    assert column_gaps(table, table, ["price"], ["origin"]) == {"price": 0, "origin": 0}


@pytest.mark.parametrize(
    ("first", "second", "categorical", "expected"),
    [
        ([1.0, 2, 3, 4], [1.0, 4, 9, 16], [], 1),
        ([1.0, 2, 3, 4], [4.0, 3, 2, 1], [], -1),
        ([1.0, 1, 1, 1], [4.0, 3, 2, 1], [], 0),
        # Ranks 1.5, 1.5, 3.5, 3.5: all variance lies between the categories.
        (["a", "a", "b", "b"], [1.0, 1, 9, 9], ["first"], 1),
        # Ranks 1 to 4, means 2 and 3 around 2.5: (4 * 0.25) / 5.
        (["a", "b", "a", "b"], [1.0, 2, 3, 4], ["first"], np.sqrt(1 / 5)),
        (["a", "a", "b", "b"], ["x", "x", "y", "y"], ["first", "second"], 1),
        (["a", "a", "b", "b"], ["x", "y", "x", "y"], ["first", "second"], 0),
    ],
)
def test_association_by_hand(first, second, categorical, expected):
    table = pd.DataFrame({"first": first, "second": second})
    assert association(table, ("first", "second"), categorical) == pytest.approx(expected)


def test_pair_gap_of_a_reversed_trend_is_two_and_needs_two_columns():
    real = pd.DataFrame({"a": [1.0, 2, 3], "b": [1.0, 2, 3]})
    assert pair_gap(real, real.assign(b=[3.0, 2, 1]), ["a", "b"], []) == pytest.approx(2)
    assert pair_gap(real, real, ["a"], []) is None


def test_detection_finds_a_shift_and_nothing_where_there_is_none():
    rng = np.random.default_rng(0)
    real, same, shifted = rng.normal(size=(300, 4)), rng.normal(size=(300, 4)), rng.normal(size=(300, 4)) + 3
    assert detection_auc(real, shifted, folds=5, seed=0) > 0.99
    assert abs(detection_auc(real, same, folds=5, seed=0) - 0.5) < 0.08
    assert detection_auc(real[:3], same[:3], folds=5, seed=0) is None
