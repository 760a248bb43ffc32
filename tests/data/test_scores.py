import numpy as np
import pytest
from sklearn.metrics import average_precision_score, balanced_accuracy_score, f1_score, recall_score
from sklearn.metrics import log_loss as sklearn_log_loss

from makeweight.data.scores import (
    average_precision,
    balanced_accuracy,
    log_loss,
    macro_f1,
    macro_f1_of,
    prior_corrected,
    score,
)

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


def random_probabilities(rows: int = 400, classes: int = 4) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(2)
    labels = rng.choice(classes, rows, p=[0.6, 0.25, 0.1, 0.05])
    weights = np.exp(rng.normal(size=(rows, classes)) + np.eye(classes)[labels])
    return labels, weights / weights.sum(1, keepdims=True)


def test_average_precision_by_hand_and_with_equal_probabilities() -> None:
    """The second class's rows have ranks 1 and 3, the first's 1 and 3 from the other end."""
    second, labels = np.array([0.9, 0.8, 0.7, 0.1]), np.array([1, 0, 1, 0])
    by_hand = (1 / 1 + 2 / 3) / 2
    assert average_precision(np.column_stack([1 - second, second]), labels) == pytest.approx(by_hand)
    # Equal probabilities: the share of the class.
    assert average_precision(np.full((3, 2), 0.5), labels[:3]) == pytest.approx(np.mean([1 / 3, 2 / 3]))


def test_scores_of_probabilities_against_scikit_learn() -> None:
    labels, probabilities = random_probabilities()
    rounded = np.round(probabilities, 1) + 0.01
    prior = np.array([0.6, 0.25, 0.1, 0.05])
    for given in (probabilities, rounded / rounded.sum(1, keepdims=True)):
        one_hot = np.eye(4)[labels]
        assert average_precision(given, labels) == pytest.approx(average_precision_score(one_hot, given))
        assert log_loss(given, labels) == pytest.approx(sklearn_log_loss(labels, given))
        corrected = (given / prior).argmax(1)
        assert balanced_accuracy(given, labels, prior) == pytest.approx(balanced_accuracy_score(labels, corrected))


def test_a_class_without_rows_changes_no_score_of_probabilities() -> None:
    labels, probabilities = random_probabilities()
    rare = labels != 3
    one_hot = np.eye(4)[labels[rare]][:, :3]
    expected = average_precision_score(one_hot, probabilities[rare][:, :3])
    assert average_precision(probabilities[rare], labels[rare]) == pytest.approx(expected)
    assert (prior_corrected(probabilities, np.array([0.7, 0.2, 0.1, 0.0])) != 3).all()
    certain_and_wrong = np.array([[1.0, 0.0]])
    assert log_loss(certain_and_wrong, np.array([1])) == pytest.approx(-np.log(1e-7))
    empty = np.empty((0, 4)), np.empty(0, dtype=int)
    assert average_precision(*empty) == log_loss(*empty) == 0


def test_macro_f1_of_candidates_against_scikit_learn() -> None:
    rng = np.random.default_rng(0)
    labels, predicted = rng.integers(0, 4, 80), rng.integers(0, 4, (7, 80))
    assert macro_f1_of(predicted, labels, 4) == pytest.approx(
        [f1_score(labels, one, average="macro") for one in predicted]
    )
