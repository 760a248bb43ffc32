import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score, recall_score

from makeweight.stages.verdict.paired import Answers, Draws, draw, scores_of, seed_noise, table_of, unit_draws

FEW = np.array([False, True, True])


def random_answers(arms: int = 3, seeds: int = 2, rows: int = 60, seed: int = 0) -> Answers:
    rng = np.random.default_rng(seed)
    labels = rng.choice(3, rows, p=[0.6, 0.3, 0.1])
    predicted = np.where(rng.random((arms, seeds, rows)) < 0.6, labels, rng.integers(0, 3, (arms, seeds, rows)))
    return Answers(tuple("abcdefgh"[:arms]), labels, rng.integers(0, 20, rows), predicted, 3)


def test_measured_scores_against_scikit_learn() -> None:
    answers = random_answers()
    draws = draw(answers, FEW, 10, 0.05, 1)
    for arm in range(3):
        for seed in range(2):
            predicted = answers.predicted[arm, seed]
            recall = recall_score(answers.labels, predicted, average=None, labels=range(3))
            assert draws.measured["macro_f1"][arm, seed] == pytest.approx(
                f1_score(answers.labels, predicted, average="macro")
            )
            assert draws.measured["accuracy"][arm, seed] == pytest.approx(accuracy_score(answers.labels, predicted))
            assert draws.measured["minority_recall"][arm, seed] == pytest.approx(recall[1:].mean())
            assert draws.class_measured[arm, seed] == pytest.approx(recall)


def test_a_redrawn_score_is_the_score_of_the_redrawn_rows() -> None:
    """Repeat every row as often as its unit was drawn, and let scikit-learn score that."""
    answers = random_answers()
    draws = draw(answers, FEW, 5, 0.05, 4)
    places = np.unique(answers.units, return_inverse=True)[1]
    (weights,) = unit_draws(places.max() + 1, 5, np.random.default_rng(4))
    for repetition in range(5):
        rows = np.repeat(np.arange(60), weights[repetition][places].astype(int))
        expected = [
            [f1_score(answers.labels[rows], answers.predicted[arm, seed][rows], average="macro") for seed in range(2)]
            for arm in range(3)
        ]
        assert draws.redrawn["macro_f1"][repetition] == pytest.approx(np.array(expected), abs=1e-6)


def test_units_are_drawn_whole() -> None:
    """Fifty rows in two units: a bootstrap of rows would be certain, one of units is not."""
    labels = np.repeat([0, 1], 25)
    predicted = np.zeros((2, 1, 50), dtype=int)
    predicted[1, 0, 25:] = 1
    both = Answers(("none", "better"), labels, labels.copy(), predicted, 2)
    single = Answers(("none", "better"), labels, np.arange(50), predicted, 2)
    few = np.array([True, True])
    assert draw(both, few, 400, 0.05, 0).difference("better", "none", "accuracy").low == 0
    assert draw(single, few, 400, 0.05, 0).difference("better", "none", "accuracy").low > 0.3


def test_parts_of_the_draw_do_not_change_it(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = draw(random_answers(), FEW, 50, 0.05, 2).redrawn["macro_f1"]
    monkeypatch.setattr("makeweight.stages.verdict.paired.UNITS_AT_ONCE", 100)
    assert draw(random_answers(), FEW, 50, 0.05, 2).redrawn["macro_f1"] == pytest.approx(whole, abs=1e-6)


def test_a_class_that_a_draw_lacks_is_left_out_of_its_mean() -> None:
    labels = np.array([0, 0, 1])
    actual = table_of(np.arange(3) * 2 + labels, 3, 2)
    hits, claims = actual[:, None], actual[:, None]
    scores = scores_of(actual, hits, claims, np.array([[1, 2, 0]], dtype=np.float32), np.array([False, True]))
    assert scores["macro_f1"].tolist() == [[1.0]]
    assert np.isnan(scores["recall"][0, 0, 1])


def certain(scores: np.ndarray, repetitions: int = 2000) -> np.ndarray:
    """Redrawn scores of a test split so large that redrawing changes nothing."""
    return np.broadcast_to(scores, (repetitions, *scores.shape))


def test_seed_noise_has_the_spread_of_a_mean_over_seeds() -> None:
    rng = np.random.default_rng(0)
    scores = rng.normal(0, 2.0, (400, 5))
    noise = seed_noise(scores, certain(scores), rng)
    calm = noise[:, scores.var(1) < 3]
    assert calm.std() == pytest.approx(2 / np.sqrt(5), rel=0.05)


def test_a_difference_has_the_noise_of_both_arms_but_not_of_what_a_seed_does_to_all() -> None:
    rng = np.random.default_rng(0)
    scores = rng.normal(0, 2.0, (400, 5)) + rng.normal(0, 50.0, 5)
    noise = seed_noise(scores, certain(scores), rng, other=0)
    own = (scores - scores[0]).var(1)
    assert noise[:, (own > 0) & (own < 8)].std() == pytest.approx(2 * np.sqrt(2 / 5), rel=0.05)
    assert (noise[:, 0] == 0).all()


def test_luck_with_the_rows_is_not_counted_twice() -> None:
    """Seeds that differ only because the test split is small add nothing to what redrawing the split shows."""
    rng = np.random.default_rng(1)
    scores = rng.normal(0, 1.0, (100, 5))
    redrawn = scores + rng.normal(0, 1.0, (3000, 100, 5))
    alone, both = (seed_noise(scores, part, np.random.default_rng(0)) for part in (certain(scores, 3000), redrawn))
    assert both.std() < 0.35 * alone.std()


def test_an_arm_that_varies_more_keeps_its_own_spread_and_one_that_never_does_has_none() -> None:
    rng = np.random.default_rng(0)
    scores = rng.normal(0, 1.0, (12, 5))
    scores[1] *= 6
    scores[2] = 0.5
    noise = seed_noise(scores, certain(scores, 4000), rng)
    assert noise[:, 1].std() == pytest.approx(scores[1].std(ddof=1) / np.sqrt(5), rel=0.1)
    assert (noise[:, 2] == 0).all()


def test_one_seed_has_no_noise_and_no_spread_is_no_noise() -> None:
    for scores in (np.zeros((3, 1)), np.zeros((3, 4)), np.arange(3.0)[:, None].repeat(4, 1)):
        assert (seed_noise(scores, certain(scores, 5), np.random.default_rng(0), other=0) == 0).all()


def test_intervals_for_all_arms_at_once_are_wider_and_agree_with_their_chances() -> None:
    answers = random_answers(arms=8, seeds=3, rows=200, seed=3)
    draws = draw(answers, FEW, 1000, 0.05, 1)
    together = draws.all_differences("a", "macro_f1")
    for arm in "bcdefgh":
        alone = draws.difference(arm, "a", "macro_f1")
        assert together[arm].high - together[arm].low > 1.1 * (alone.high - alone.low)
        assert (together[arm].low > 0 or together[arm].high < 0) == (together[arm].p < 0.0505)


def test_an_arm_that_repeats_another_differs_by_nothing() -> None:
    draws: Draws = draw(random_answers(), FEW, 200, 0.05, 1).with_arm("chosen", like="b")
    difference = draws.difference("chosen", "b", "macro_f1")
    assert (difference.mean, difference.low, difference.high) == (0, 0, 0)
    assert draws.score("chosen", "macro_f1").mean == draws.score("b", "macro_f1").mean
    assert draws.all_differences("b", "macro_f1")["chosen"].p == 1


def test_only_arms_that_never_differ() -> None:
    answers = random_answers(arms=1)
    same = Answers(("a", "b"), answers.labels, answers.units, np.repeat(answers.predicted, 2, axis=0), 3)
    difference = draw(same, FEW, 100, 0.05, 0).all_differences("a", "macro_f1")["b"]
    assert (difference.low, difference.high, difference.p) == (0, 0, 1)
