import numpy as np
import pytest
from sklearn.metrics import f1_score, recall_score

from makeweight.data.scores import macro_f1, score

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


def test_macro_scores_against_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    labels, predicted = rng.integers(0, 5, 300), rng.integers(0, 5, 300)
    scores = score(labels, predicted, 5)
    assert scores.macro_recall == pytest.approx(recall_score(labels, predicted, average="macro"))
    assert scores.macro_f1 == pytest.approx(f1_score(labels, predicted, average="macro"))


def test_macro_f1_of_many_tables_is_that_of_each() -> None:
    rng = np.random.default_rng(0)
    tables = [score(rng.integers(0, 4, 60), rng.integers(0, 5, 60), 5) for _ in range(6)]
    hits, predicted, actual = (
        np.stack([getattr(one, name) for one in tables]) for name in ("hits", "predicted", "actual")
    )
    several = macro_f1(*(array.reshape(2, 3, 5) for array in (hits, predicted, actual)))
    assert several.ravel() == pytest.approx([one.macro_f1 for one in tables])
