"""Copies, collapse and coherence: planted, and found."""

import numpy as np
import pytest

from makeweight.stages.fidelity.coherence import coherence
from makeweight.stages.fidelity.diversity import diversity_ratio, effective_number
from makeweight.stages.fidelity.memorisation import memorisation_scores
from makeweight.stages.fidelity.neighbours import pairs_by_class


def test_memorisation_scores_by_hand():
    members, others = np.array([[0.0], [10.0]]), np.array([[4.0], [20.0]])
    synthetic = np.array([[0.0], [2.0], [19.0], [9.0]])
    scores = memorisation_scores(synthetic, members, others)
    # 0 and 9 are nearer to a member, 2 lies in the middle of 0 and 4, 19 is nearer to 20.
    assert scores["nearest_train_share"] == pytest.approx((1 + 0.5 + 0 + 1) / 4)
    # Distances to the nearest synthetic: members 0 and 1, others 2 and 1; won 3 of 4 pairs, one of them a tie.
    assert scores["membership_auc"] == pytest.approx((1 + 1 + 1 + 0.5) / 4)


def test_a_generator_that_copies_train_is_found_and_an_honest_one_is_not():
    rng = np.random.default_rng(0)
    members, others = rng.normal(size=(300, 6)), rng.normal(size=(300, 6))
    copies = memorisation_scores(members + 0.01 * rng.normal(size=(300, 6)), members, others)
    honest = memorisation_scores(rng.normal(size=(300, 6)), members, others)
    assert copies["nearest_train_share"] > 0.95 and copies["membership_auc"] > 0.95
    assert abs(honest["nearest_train_share"] - 0.5) < 0.08 and abs(honest["membership_auc"] - 0.5) < 0.08


def test_a_copy_is_a_tie_on_both_sides():
    row = np.random.default_rng(1).normal(size=(1, 500)).astype(np.float32)
    assert memorisation_scores(row, row, row) == {"nearest_train_share": 0.5, "membership_auc": 0.5}


def test_effective_number_counts_modes():
    two_modes = np.repeat([[0.0, 0.0], [100.0, 0.0]], 25, axis=0)
    assert effective_number(two_modes, width=1.0) == pytest.approx(2)
    assert effective_number(np.zeros((50, 2)), width=1.0) == pytest.approx(1)
    assert effective_number(100 * np.eye(50), width=1.0) == pytest.approx(50)


def test_collapse_onto_two_far_modes_is_seen_where_a_mean_distance_is_not():
    rng = np.random.default_rng(2)
    real = rng.normal(size=(60, 8))
    modes = np.repeat(real[:2], 30, axis=0)
    assert diversity_ratio(real, modes) < 0.2
    assert diversity_ratio(real, rng.normal(size=(60, 8))) == pytest.approx(1, abs=0.15)


def test_coherence_weights_classes_by_the_shares_given():
    predictions = {"image": np.array([0, 1, 1, 1]), "text": np.array([0, 0, 1, 0])}
    labels = np.array([0, 1, 1, 1])
    scores = coherence(predictions, labels, np.array([3, 1]))
    assert scores["recognised.image"] == pytest.approx(1)
    # Class 0 weighs three quarters and is right; of class 1 one row in three is named by both.
    assert scores["all"] == pytest.approx(3 / 4 + 1 / 4 * 1 / 3)
    assert scores["agreement.image_text"] == pytest.approx(3 / 4 + 1 / 4 * 1 / 3)
    # Of class 1 all pictures are right and a third of the texts: shuffled among the rows, as many rows as before.
    assert scores["all_if_independent"] == pytest.approx(3 / 4 + 1 / 4 * 1 / 3)


def test_modalities_that_are_right_together_are_above_independence():
    both = np.array([0, 0, 1, 1])
    scores = coherence({"image": both, "text": both}, np.zeros(4, dtype=int), np.array([1]))
    assert scores["all"] == pytest.approx(1 / 2)
    assert scores["all_if_independent"] == pytest.approx(1 / 4)


def test_nearest_pairs_are_the_nearest_and_their_distance_is_in_usual_ones():
    train, held_out = np.array([[0.0], [10.0]]), np.array([[2.0], [12.0]])
    synthetic, labels = np.array([[11.0], [1.0], [0.0]]), np.array([0, 0, 1])
    pairs = pairs_by_class(synthetic, labels, train, held_out, {0: 5, 1: 5, 2: 5}, np.random.default_rng(0))
    assert [(pair.synthetic, pair.train, pair.distance) for pair in pairs[0]] == [(0, 1, 0.5), (1, 0, 0.5)]
    assert [(pair.train, pair.distance) for pair in pairs[1]] == [(0, 0.0)]
    assert pairs[2] == []
