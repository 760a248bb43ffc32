"""Scores recomputed by hand."""

import numpy as np
import pytest

from makeweight.stages.fewshot import scores


def test_interval_of_one_repeat_is_over_its_episodes() -> None:
    found = scores.interval(np.array([[0.0, 1.0, 0.5, 0.5]]))
    # Deviation sqrt(0.5 / 3), divided by 2, times t(0.975, 3) = 3.1824.
    assert found["mean"] == 0.5
    assert found["high"] - 0.5 == pytest.approx(3.18245 * (0.5 / 3) ** 0.5 / 2, abs=1e-5)


def test_interval_of_several_repeats_is_over_the_repeats() -> None:
    found = scores.interval(np.array([[0.4, 0.6, 0.2], [0.6, 0.8, 0.4]]))
    # Means 0.4 and 0.6, t(0.975, 1) = 12.706, standard error 0.1.
    assert found["mean"] == pytest.approx(0.5)
    assert found["low"] == pytest.approx(0.5 - 1.2706, abs=1e-4)


def test_pairs_are_half_of_one_class_and_of_different_units() -> None:
    classes, units = np.repeat([0, 1, 2], 10), np.repeat(np.arange(15), 2)
    first, second, same = scores.sample_pairs(classes, units, 60, np.random.default_rng(0))
    assert len(same) == 60 and same.sum() == 30
    assert (units[first] != units[second]).all()
    assert ((classes[first] == classes[second]) == same).all()


def test_verification_by_hand() -> None:
    similarity = np.array([0.9, 0.8, 0.3, 0.7, 0.2, 0.1])
    same = np.array([True, True, True, False, False, False])
    found = scores.verify(similarity, same, threshold=0.75)
    assert found["accuracy"] == pytest.approx(5 / 6)
    # One of the nine pairs of pairs (0.3 against 0.7) is in the wrong order.
    assert found["roc_auc"] == pytest.approx(8 / 9)
    # At a threshold of 0.7 a third is wrongly accepted and a third wrongly rejected.
    assert found["eer"] == pytest.approx(1 / 3)


def test_perfect_and_uninformative_verification() -> None:
    same = np.array([True, True, False, False])
    perfect = scores.verify(np.array([2.0, 1.0, -1.0, -2.0]), same, 0.0)
    assert perfect == {"accuracy": 1.0, "roc_auc": 1.0, "eer": 0.0}
    uninformative = scores.verify(np.zeros(4), same, 0.0)
    assert uninformative["roc_auc"] == 0.5 and uninformative["eer"] == 0.5


def test_threshold_separates_what_can_be_separated() -> None:
    similarity, same = np.array([0.9, 0.6, 0.5, 0.1]), np.array([True, True, False, False])
    assert 0.5 < scores.best_threshold(similarity, same) <= 0.6


def test_retrieval_leaves_out_the_own_unit_and_weighs_classes_alike() -> None:
    points = np.array([0.0, 0.1, 1.0, 2.0, 2.2])
    classes, units = np.array([0, 0, 0, 1, 1]), np.array([0, 0, 1, 2, 3])
    similarity = -abs(points[:, None] - points[None])
    # Nearest of another unit: 0 -> 1.0, 0.1 -> 1.0, 1.0 -> 0.1, 2.0 -> 2.2, 2.2 -> 2.0; all right.
    # The second: 0 -> 2.0, 0.1 -> 2.0 (wrong), 1.0 -> 0 (right), 2.0 -> 1.0, 2.2 -> 1.0 (wrong).
    found = scores.precision_at(similarity, classes, units, (1, 2))
    assert found[1] == 1.0
    assert found[2] == pytest.approx(((0.5 + 0.5 + 1) / 3 + 0.5) / 2)
