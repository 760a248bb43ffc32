import numpy as np
import pytest
from sklearn.metrics import accuracy_score, f1_score, recall_score

from makeweight.stages.verdict.bootstrap import (
    BootstrapScores,
    bootstrap,
    counts_per_unit,
    sample_unit_weights,
    weighted_scores,
)
from makeweight.stages.verdict.predictions import ArmPredictions
from makeweight.stages.verdict.seed_noise import sample_seed_noise

MINORITY = np.array([False, True, True])


def random_predictions(arms: int = 3, seeds: int = 2, rows: int = 60, seed: int = 0) -> ArmPredictions:
    rng = np.random.default_rng(seed)
    labels = rng.choice(3, rows, p=[0.6, 0.3, 0.1])
    predicted = np.where(rng.random((arms, seeds, rows)) < 0.6, labels, rng.integers(0, 3, (arms, seeds, rows)))
    return ArmPredictions(tuple("abcdefgh"[:arms]), labels, rng.integers(0, 20, rows), predicted, 3)


def test_measured_scores_against_scikit_learn() -> None:
    predictions = random_predictions()
    resampled = bootstrap(predictions, MINORITY, 10, 0.05, 1)
    for arm in range(3):
        for seed in range(2):
            predicted = predictions.predicted[arm, seed]
            recall = recall_score(predictions.labels, predicted, average=None, labels=range(3))
            assert resampled.measured["macro_f1"][arm, seed] == pytest.approx(
                f1_score(predictions.labels, predicted, average="macro")
            )
            assert resampled.measured["accuracy"][arm, seed] == pytest.approx(
                accuracy_score(predictions.labels, predicted)
            )
            assert resampled.measured["minority_recall"][arm, seed] == pytest.approx(recall[1:].mean())
            assert resampled.class_measured[arm, seed] == pytest.approx(recall)


def test_a_resampled_score_is_the_score_of_the_resampled_rows() -> None:
    """Repeat every row as often as its unit was sampled, and let scikit-learn score that."""
    predictions = random_predictions()
    resampled = bootstrap(predictions, MINORITY, 5, 0.05, 4)
    unit_index = np.unique(predictions.units, return_inverse=True)[1]
    (weights,) = sample_unit_weights(unit_index.max() + 1, 5, np.random.default_rng(4))
    for sample in range(5):
        rows = np.repeat(np.arange(60), weights[sample][unit_index].astype(int))
        expected = [
            [
                f1_score(predictions.labels[rows], predictions.predicted[arm, seed][rows], average="macro")
                for seed in range(2)
            ]
            for arm in range(3)
        ]
        assert resampled.resampled["macro_f1"][sample] == pytest.approx(np.array(expected), abs=1e-6)


def test_units_are_sampled_whole() -> None:
    """Fifty rows in two units: a bootstrap of rows would be certain, one of units is not."""
    labels = np.repeat([0, 1], 25)
    predicted = np.zeros((2, 1, 50), dtype=int)
    predicted[1, 0, 25:] = 1
    both = ArmPredictions(("none", "better"), labels, labels.copy(), predicted, 2)
    single = ArmPredictions(("none", "better"), labels, np.arange(50), predicted, 2)
    both_classes = np.array([True, True])
    assert bootstrap(both, both_classes, 400, 0.05, 0).difference("better", "none", "accuracy").low == 0
    assert bootstrap(single, both_classes, 400, 0.05, 0).difference("better", "none", "accuracy").low > 0.3


def test_parts_of_the_bootstrap_do_not_change_it(monkeypatch: pytest.MonkeyPatch) -> None:
    whole = bootstrap(random_predictions(), MINORITY, 50, 0.05, 2).resampled["macro_f1"]
    monkeypatch.setattr("makeweight.stages.verdict.bootstrap.WEIGHTS_AT_ONCE", 100)
    assert bootstrap(random_predictions(), MINORITY, 50, 0.05, 2).resampled["macro_f1"] == pytest.approx(
        whole, abs=1e-6
    )


def test_a_class_that_a_sample_lacks_is_left_out_of_its_mean() -> None:
    labels = np.array([0, 0, 1])
    actual = counts_per_unit(np.arange(3) * 2 + labels, 3, 2)
    hits, predicted = actual[:, None], actual[:, None]
    scores = weighted_scores(actual, hits, predicted, np.array([[1, 2, 0]], dtype=np.float32), np.array([False, True]))
    assert scores["macro_f1"].tolist() == [[1.0]]
    assert np.isnan(scores["recall"][0, 0, 1])


def certain(scores: np.ndarray, samples: int = 2000) -> np.ndarray:
    """Resampled scores of a test split so large that resampling changes nothing."""
    return np.broadcast_to(scores, (samples, *scores.shape))


def test_seed_noise_has_the_deviation_of_a_mean_over_seeds() -> None:
    rng = np.random.default_rng(0)
    scores = rng.normal(0, 2.0, (400, 5))
    noise = sample_seed_noise(scores, certain(scores), rng)
    calm = noise[:, scores.var(1) < 3]
    assert calm.std() == pytest.approx(2 / np.sqrt(5), rel=0.05)


def test_a_difference_has_the_noise_of_both_arms_but_not_of_what_a_seed_does_to_all() -> None:
    rng = np.random.default_rng(0)
    scores = rng.normal(0, 2.0, (400, 5)) + rng.normal(0, 50.0, 5)
    noise = sample_seed_noise(scores, certain(scores), rng, reference=0)
    own = (scores - scores[0]).var(1)
    assert noise[:, (own > 0) & (own < 8)].std() == pytest.approx(2 * np.sqrt(2 / 5), rel=0.05)
    assert (noise[:, 0] == 0).all()


def test_luck_with_the_rows_is_not_counted_twice() -> None:
    """Seeds that differ only because the test split is small add nothing to what resampling the split shows."""
    rng = np.random.default_rng(1)
    scores = rng.normal(0, 1.0, (100, 5))
    resampled = scores + rng.normal(0, 1.0, (3000, 100, 5))
    alone, both = (
        sample_seed_noise(scores, part, np.random.default_rng(0)) for part in (certain(scores, 3000), resampled)
    )
    assert both.std() < 0.35 * alone.std()


def test_an_arm_that_varies_more_keeps_its_own_deviation_and_one_that_never_does_has_none() -> None:
    rng = np.random.default_rng(0)
    scores = rng.normal(0, 1.0, (12, 5))
    scores[1] *= 6
    scores[2] = 0.5
    noise = sample_seed_noise(scores, certain(scores, 4000), rng)
    assert noise[:, 1].std() == pytest.approx(scores[1].std(ddof=1) / np.sqrt(5), rel=0.1)
    assert (noise[:, 2] == 0).all()


def test_one_seed_has_no_noise_and_no_deviation_is_no_noise() -> None:
    for scores in (np.zeros((3, 1)), np.zeros((3, 4)), np.arange(3.0)[:, None].repeat(4, 1)):
        assert (sample_seed_noise(scores, certain(scores, 5), np.random.default_rng(0), reference=0) == 0).all()


def test_intervals_for_all_arms_at_once_are_wider_and_agree_with_their_chances() -> None:
    predictions = random_predictions(arms=8, seeds=3, rows=200, seed=3)
    resampled = bootstrap(predictions, MINORITY, 1000, 0.05, 1)
    together = resampled.simultaneous_differences("a", "macro_f1")
    for arm in "bcdefgh":
        alone = resampled.difference(arm, "a", "macro_f1")
        assert together[arm].high - together[arm].low > 1.1 * (alone.high - alone.low)
        assert (together[arm].low > 0 or together[arm].high < 0) == (together[arm].p < 0.0505)


def test_an_arm_that_repeats_another_differs_by_nothing() -> None:
    resampled: BootstrapScores = bootstrap(random_predictions(), MINORITY, 200, 0.05, 1).with_arm("chosen", like="b")
    difference = resampled.difference("chosen", "b", "macro_f1")
    assert (difference.mean, difference.low, difference.high) == (0, 0, 0)
    assert resampled.score("chosen", "macro_f1").mean == resampled.score("b", "macro_f1").mean
    assert resampled.simultaneous_differences("b", "macro_f1")["chosen"].p == 1


def test_only_arms_that_never_differ() -> None:
    predictions = random_predictions(arms=1)
    same = ArmPredictions(
        ("a", "b"), predictions.labels, predictions.units, np.repeat(predictions.predicted, 2, axis=0), 3
    )
    difference = bootstrap(same, MINORITY, 100, 0.05, 0).simultaneous_differences("a", "macro_f1")["b"]
    assert (difference.low, difference.high, difference.p) == (0, 0, 1)
