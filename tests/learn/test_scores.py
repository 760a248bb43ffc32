import numpy as np
import pytest

from makeweight.learn.scores import score

LABELS = np.array([0, 0, 0, 0, 1, 1, 2])
PREDICTED = np.array([0, 0, 0, 1, 1, 0, 1])


def test_scores_by_hand() -> None:
    scores = score(LABELS, PREDICTED, ["a", "b", "c"])
    assert scores.confusion.tolist() == [[3, 1, 0], [1, 1, 0], [0, 1, 0]]
    assert scores.precision == pytest.approx([3 / 4, 1 / 3, 0])
    assert scores.recall == pytest.approx([3 / 4, 1 / 2, 0])
    assert scores.f1 == pytest.approx([0.75, 0.4, 0])
    assert scores.accuracy == pytest.approx(4 / 7)
    assert scores.macro_f1 == pytest.approx((0.75 + 0.4) / 3)
    assert scores.weighted_f1 == pytest.approx((4 * 0.75 + 2 * 0.4) / 7)
    assert scores.recall_of(np.array([False, True, True])) == pytest.approx(0.25)


def test_a_class_without_rows_is_left_out_of_the_means() -> None:
    scores = score(np.array([0, 0, 1]), np.array([0, 0, 2]), 4)
    assert scores.macro_f1 == pytest.approx((1 + 0) / 2)
    assert scores.recall_of(np.array([False, False, True, True])) == 0
