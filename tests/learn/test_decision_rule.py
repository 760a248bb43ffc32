"""The decision rule, against rules found by trying everything, on planted truths, and on input that is amiss."""

import json
import warnings

import numpy as np
import pytest
from sklearn.metrics import f1_score

from makeweight.learn.decision_rule import (
    CORRECTIONS,
    DRAWS,
    DecisionRule,
    ascend,
    best_correction,
    choose_rule,
    favoured,
    share_to_keep,
    stratified_parts,
)
from makeweight.learn.fusion import softmax


def planted(rows: int, prior: np.ndarray, seed: int, apart: float = 1.6) -> tuple[np.ndarray, np.ndarray]:
    """The true probabilities of rows of Gaussian classes, each `apart` from the centre, and their labels."""
    rng = np.random.default_rng(seed)
    labels = np.concatenate([np.arange(len(prior)), rng.choice(len(prior), rows - len(prior), p=prior)])
    x = apart * np.eye(len(prior))[labels] + rng.normal(size=(rows, len(prior)))
    return softmax(apart * x + np.log(prior)), labels


def shares(classes: int, imbalance: float) -> np.ndarray:
    weights = np.geomspace(1, 1 / imbalance, classes)
    return weights / weights.sum()


def macro(labels: np.ndarray, predicted: np.ndarray) -> float:
    return float(f1_score(labels, predicted, average="macro"))


@pytest.mark.parametrize("index", [0, 1, 2])
def test_the_best_correction_is_the_one_found_by_scoring_every_candidate(index: int) -> None:
    probabilities, labels = planted(300, shares(3, 8), index)
    scores = np.log(probabilities).T
    others = scores.copy()
    others[index] = -np.inf
    found = best_correction(scores[index], others, labels, np.bincount(labels), index)
    worth = []
    for correction in CORRECTIONS:
        moved = scores.copy()
        moved[index] += correction
        worth.append(macro(labels, moved.argmax(0)))
    assert worth[int(np.flatnonzero(found == CORRECTIONS)[0])] == pytest.approx(max(worth))


def test_a_search_never_ends_below_its_start() -> None:
    for seed in range(5):
        probabilities, labels = planted(200, shares(5, 10), seed)
        logs, start = np.log(probabilities), np.zeros(5)
        after = macro(labels, (logs + ascend(logs, labels, start)).argmax(1))
        assert after >= macro(labels, logs.argmax(1))


def test_parts_share_the_rows_of_each_class() -> None:
    labels = np.repeat([0, 1, 2], [50, 10, 2])
    parts = stratified_parts(labels, np.random.default_rng(0))
    assert np.bincount(parts[labels == 0]).tolist() == [10] * 5
    assert np.bincount(parts[labels == 1]).tolist() == [2] * 5
    assert len(set(parts[labels == 2])) == 2


@pytest.mark.parametrize(("classes", "imbalance", "rows"), [(2, 20, 1200), (5, 30, 800), (14, 40, 1500)])
def test_the_rule_gains_on_rows_that_it_has_not_seen(classes: int, imbalance: float, rows: int) -> None:
    """Probabilities are true, so all that there is to gain is the rule; over six draws, on large samples."""
    prior, gains = shares(classes, imbalance), []
    for seed in range(6):
        rule = choose_rule(*planted(rows, prior, seed), prior)
        probabilities, labels = planted(20_000, prior, 100 + seed)
        gains.append(macro(labels, rule.decide(probabilities)) - macro(labels, probabilities.argmax(1)))
    assert np.mean(gains) > 0.01 and min(gains) > -0.01


def test_corrections_are_not_kept_where_they_gain_nothing() -> None:
    """Few rows, and all that there is to find is the prior: no worse than the best `tau` of all by more than noise."""
    prior, losses, searched = shares(10, 10), [], []
    for seed in range(8):
        probabilities, labels = planted(150, prior, seed)
        rule = choose_rule(probabilities, labels, prior)
        test, truth = planted(10_000, prior, 100 + seed)
        best = max(macro(truth, (np.log(test) - tau * np.log(prior)).argmax(1)) for tau in (0.2, 0.4, 0.6, 0.8))
        losses.append(best - macro(truth, rule.decide(test)))
        raw = ascend(np.log(probabilities), labels, -rule.tau * np.log(prior))
        searched.append(best - macro(truth, (np.log(test) - rule.tau * np.log(prior) + raw).argmax(1)))
    assert np.mean(losses) < 0.02 and np.mean(losses) < 0.6 * np.mean(searched)


def test_the_share_to_keep_is_the_mean_of_the_best_of_each_draw() -> None:
    labels = np.array([0, 0, 0, 1, 1, 1])
    right, wrong = labels, 1 - labels
    rng = np.random.default_rng(0)
    assert share_to_keep(np.stack([right, right, wrong, wrong, wrong]), labels, 2, rng) == 0
    assert share_to_keep(np.stack([wrong, wrong, wrong, wrong, right]), labels, 2, rng) == 1
    # Each of two shares is right where the other is wrong: what is drawn decides, the first of equals wins.
    halves = np.stack([[0, 0, 0, 0, 0, 0], wrong, wrong, wrong, [1, 1, 1, 1, 1, 1]])
    draws, best = np.random.default_rng(7), []
    for _ in range(DRAWS):
        drawn = labels[draws.integers(6, size=6)]
        best.append(float(macro(drawn, np.ones(6)) > macro(drawn, np.zeros(6))))
    assert share_to_keep(halves, labels, 2, np.random.default_rng(7)) == pytest.approx(np.mean(best))


def test_small_changes_of_probabilities_change_little_of_the_share() -> None:
    """As between two kinds of processors; a share that is the winner of one comparison moves by .15 here."""
    prior, moves = shares(5, 30), []
    for seed in range(4):
        probabilities, labels = planted(400, prior, seed)
        noise = np.random.default_rng(seed).normal(scale=0.02, size=(4, *probabilities.shape))
        moves.append(np.std([choose_rule(softmax(np.log(probabilities) + n), labels, prior).kept for n in noise]))
    assert np.mean(moves) < 0.12


def test_a_correction_finds_what_no_tau_can() -> None:
    """One of two equal classes has probabilities that are far too small."""
    prior = np.array([0.4, 0.4, 0.2])
    probabilities, labels = planted(900, prior, 0)
    damaged = probabilities * np.array([1, 0.2, 1])
    rule = choose_rule(damaged / damaged.sum(1, keepdims=True), labels, prior)
    assert rule.kept > 0 and rule.biases[1] - rule.biases[0] == pytest.approx(np.log(5), abs=0.5)


def test_what_a_rule_decides_is_the_largest_adjusted_probability() -> None:
    probabilities, labels = planted(300, shares(4, 20), 1)
    rule = choose_rule(probabilities, labels, shares(4, 20))
    adjusted = rule.adjusted(probabilities)
    assert adjusted.sum(1) == pytest.approx(np.ones(300))
    assert (adjusted.argmax(1) == rule.decide(probabilities)).all()
    assert (DecisionRule.argmax(4).decide(probabilities) == probabilities.argmax(1)).all()
    assert DecisionRule.argmax(4).adjusted(probabilities) == pytest.approx(probabilities, abs=1e-6)


@pytest.mark.parametrize(("threshold", "expected"), [(0.2, (1, 0.2)), (0.5, (1, 0.5)), (0.75, (0, 0.25))])
def test_the_favoured_class_needs_half_at_most(threshold: float, expected: tuple[int, float]) -> None:
    assert favoured(threshold) == expected


def test_two_classes_have_a_threshold() -> None:
    prior = np.array([0.9, 0.1])
    probabilities, labels = planted(800, prior, 0)
    rule = choose_rule(probabilities, labels, prior)
    threshold = rule.threshold()
    assert threshold is not None and 0.1 < threshold < 0.5
    assert (rule.decide(probabilities) == (probabilities[:, 1] > threshold)).all()
    assert rule.as_record(["common", "rare"])["threshold"] == threshold
    assert DecisionRule.argmax(3).threshold() is None


def test_a_rule_is_written_with_the_names_of_the_classes_and_read_back() -> None:
    names = ["common", "rare", "none of these"]
    probabilities, labels = planted(300, shares(3, 20), 0)
    rule = choose_rule(probabilities, labels, shares(3, 20))
    record = json.loads(json.dumps(rule.as_record(names)))
    again = DecisionRule.from_record(record, names)
    assert again.tau == rule.tau and (again.biases == rule.biases).all() and again.kept == rule.kept
    turned = DecisionRule.from_record(record, names[::-1])
    assert (turned.biases == rule.biases[::-1]).all()


def test_one_seed_one_rule() -> None:
    probabilities, labels = planted(300, shares(6, 20), 0)
    first, second = (choose_rule(probabilities, labels, shares(6, 20), seed=5) for _ in range(2))
    assert (first.biases == second.biases).all()


def test_an_absent_class_gets_the_geometric_mean_of_the_others_multipliers() -> None:
    prior = np.array([0.7, 0.2, 0.1, 0.0])
    probabilities, labels = planted(400, shares(3, 7), 0)
    with_absent = np.column_stack([probabilities, np.zeros(400)])
    rule = choose_rule(with_absent, labels, prior)
    assert rule.warnings["absent_classes"] == 1
    assert np.exp(rule.biases[3]) == pytest.approx(np.exp(rule.biases[:3]).prod() ** (1 / 3))
    assert (rule.decide(with_absent) != 3).all()


def test_input_that_is_amiss_is_a_named_warning_and_never_a_traceback() -> None:
    rng = np.random.default_rng(0)
    labels = np.array([0] * 30 + [1] * 2 + [2])
    prior = np.bincount(labels) / len(labels)
    constant = np.tile(prior, (len(labels), 1))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rule = choose_rule(constant, labels, prior)
        assert rule.warnings == {"few_rows": 1, "constant_probabilities": 1, "classes_given_nothing": 2}
        assert (rule.biases == 0).all()
        noisy = softmax(rng.normal(size=(len(labels), 3)))
        assert choose_rule(noisy, labels, prior).warnings["few_rows"] == 1
        certain = np.eye(3)[labels]
        assert (choose_rule(certain, labels, prior).decide(certain) == labels).all()
        one_class = choose_rule(noisy, np.zeros(len(labels), dtype=int), np.array([1.0, 0.0, 0.0]))
        assert one_class.warnings["absent_classes"] == 2 and (one_class.biases == 0).all()
        empty = choose_rule(np.empty((0, 3)), np.empty(0, dtype=int), prior)
        assert empty.warnings == {"absent_classes": 3, "constant_probabilities": 1}


def test_a_class_that_the_rule_gives_nothing_is_counted() -> None:
    """The third class cannot be told from the first, and is far rarer."""
    rng = np.random.default_rng(1)
    labels = np.array([0] * 300 + [1] * 100 + [2] * 3)
    probabilities = softmax(3.0 * np.eye(3)[labels % 2] + rng.normal(0, 0.3, (403, 3)) - [0, 0, 12])
    assert choose_rule(probabilities, labels, np.bincount(labels) / 403).warnings == {"classes_given_nothing": 1}


def test_a_clean_choice_has_no_warnings() -> None:
    prior = shares(14, 8)
    probabilities, labels = planted(2500, prior, 0)
    assert choose_rule(probabilities, labels, prior).warnings == {}
