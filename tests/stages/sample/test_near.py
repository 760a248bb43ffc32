"""Where near rows begin, by hand."""

import numpy as np
import pytest

from makeweight.stages.sample.near import most_confusable, starting_rows

TRAIN = np.array([0] * 6 + [1] * 3 + [2] * 3 + [3] * 3 + [4])
PROBABILITIES = np.full((16, 5), 0.01)
PROBABILITIES[np.arange(16), TRAIN] = 0.5
# Rows of class 2 look most like class 4, then those of 1, then those of 3; class 0 has nothing of it.
PROBABILITIES[TRAIN == 2, 4], PROBABILITIES[TRAIN == 1, 4], PROBABILITIES[TRAIN == 3, 4] = 0.4, 0.3, 0.2


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_every_second_row_begins_at_its_class_the_others_at_confusable_ones() -> None:
    labels = np.repeat([4, 0], 40)
    begun = TRAIN[starting_rows(labels, TRAIN, PROBABILITIES, rng())]
    assert (begun[:40:2] == 4).all() and set(begun[1:40:2]) == {1, 2, 3}
    assert (begun[40::2] == 0).all() and 0 not in begun[41::2]
    again = starting_rows(labels, TRAIN, PROBABILITIES, rng())
    assert (again == starting_rows(labels, TRAIN, PROBABILITIES, rng())).all()


def test_classes_that_look_alike_come_first_and_a_rare_class_is_measured_by_its_share() -> None:
    counts = np.bincount(TRAIN)
    prior = counts / len(TRAIN)
    shares = PROBABILITIES / prior
    shares /= shares.sum(1, keepdims=True)
    assert most_confusable(4, TRAIN, shares, counts).tolist() == [2, 1, 3]
    # A row of class 2 by hand: .4 / (1/16) for class 4, .5 / (3/16) for its own, .01 over the share of each other one.
    right = 6.4 / (6.4 + 8 / 3 + 0.01 * 16 * (1 / 6 + 1 / 3 + 1 / 3))
    assert shares[TRAIN == 2, 4] == pytest.approx([right] * 3)


def test_a_class_without_a_train_row_and_one_that_is_alone() -> None:
    begun = starting_rows(np.array([5, 5, 5]), TRAIN, np.hstack([PROBABILITIES, np.full((16, 1), 0.02)]), rng())
    assert len(begun) == 3 and begun.max() < 16
    alone = starting_rows(np.zeros(5, dtype=int), np.zeros(3, dtype=int), np.ones((3, 2)), rng())
    assert set(alone) <= {0, 1, 2}
    assert len(starting_rows(np.zeros(0, dtype=int), TRAIN, PROBABILITIES, rng())) == 0
