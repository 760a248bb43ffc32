"""The confirmation: macro-F1 of weighted rows, intervals over draws and test rows, and what is compared with what."""

import numpy as np
import pytest
from scipy import stats
from sklearn.metrics import f1_score

from arms import class_sizes, cut, rows_by_class
from arms_scores import CEILING
from confirm import HYPOTHESIS, interval, pooled, weighted_macro_f1


def test_macro_f1_is_that_of_weighted_rows() -> None:
    rng = np.random.default_rng(0)
    labels, decided = rng.integers(10, size=400), rng.integers(10, size=400)
    decided = np.where(rng.random(400) < 0.5, labels, decided)
    weights, counts = rng.random(400), np.stack([np.ones(400), rng.integers(3, size=400)]).astype(np.float32)
    found = weighted_macro_f1(decided, labels, weights, counts)
    expected = [f1_score(labels, decided, average="macro", sample_weight=weights * one) for one in counts]
    assert found == pytest.approx(expected, abs=1e-5)


def test_the_interval_has_both_sources() -> None:
    resampled = np.random.default_rng(1).normal(0, 0.003, 1000)
    differences = np.array([0.01, 0.02, 0.03])[:, None] + np.concatenate([[0.0], resampled])
    found, by_draw, by_row = interval(differences), 0.01**2 / 3, resampled.var(ddof=1)
    margin = stats.t.ppf(0.975, 2 * ((by_draw + by_row) / by_draw) ** 2) * np.sqrt(by_draw + by_row)
    assert (found["mean"], found["high"] - found["mean"]) == pytest.approx((0.02, margin), abs=2e-6)
    assert interval(differences[:1]) == {"mean": 0.01}


def test_the_best_simple_arm_is_that_of_validation_rows_draw_by_draw() -> None:
    def draw(rule: float, smote: float, tested: float) -> dict:
        scores = {"decision_rule": rule, "smote": smote, HYPOTHESIS: tested, CEILING: 0.6}
        return {
            name: dict.fromkeys(("contest", "matched", "equal"), np.full(5, score)) for name, score in scores.items()
        }

    tests = [draw(0.50, 0.51, 0.52), draw(0.50, 0.40, 0.53)]
    checks = [
        {name: draw(*scores, 0.0)[name] for name in ("decision_rule", "smote")} for scores in ((0.3, 0.4), (0.4, 0.3))
    ]
    found = pooled(tests, checks)
    assert found["best_simple.contest"] == "smote, decision_rule" and found["draws"] == 2
    assert found[f"{HYPOTHESIS}.contest.over_best_simple.mean"] == pytest.approx((0.01 + 0.03) / 2)
    assert found[f"{HYPOTHESIS}.contest.over_decision_rule.mean"] == pytest.approx((0.02 + 0.03) / 2)
    assert found[f"{HYPOTHESIS}.contest.over_best_simple.headroom_share"] == pytest.approx(0.02 / 0.095, abs=1e-4)
    assert f"{CEILING}.matched.score" not in found and "decision_rule.equal.over_decision_rule.mean" not in found


def test_draws_take_as_many_rows_as_the_first_measurement_and_others() -> None:
    labels = np.repeat(np.arange(10), 30)
    order = rows_by_class(labels)
    assert all(np.array_equal(first, again) for first, again in zip(order, rows_by_class(labels), strict=True))
    assert sorted(np.concatenate(order)) == list(range(300))
    assert class_sizes("tenth") == [1200, 1200, 120, 120, 120, *[1200] * 5]
    assert class_sizes("long-tail")[0] == 1200 and class_sizes("long-tail")[-1] == 12


def test_each_class_is_cut_into_validation_rows_and_rows_to_learn_from() -> None:
    first, second = np.arange(2000)[::-1], 2000 + np.arange(2000)
    parts = cut([first, second], [1200, 120])
    assert parts["validation"].tolist() == [*first[:240], *second[:240]]
    assert parts["balanced"].tolist() == [*first[240:1440], *second[240:1440]]
    assert parts["train"].tolist() == [*first[240:1440], *second[240:360]]
