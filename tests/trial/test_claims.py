"""What is claimed of differences over a few splits, and what is not."""

import numpy as np
import pytest
from scipy import stats

from makeweight.learn.decision_rule import DecisionRule
from makeweight.results.resampled_t import pool, simultaneous_width
from makeweight.trial import claims
from makeweight.trial.claims import Finding, recommended, resolution_of
from makeweight.trial.one_split import Scores


def finding(**by_arm: list[float]) -> Finding:
    """A finding with these macro-F1 on each split."""
    scores = {
        arm: [Scores(value, 0.5, 0.5, value, DecisionRule.argmax(2)) for value in values]
        for arm, values in by_arm.items()
    }
    return Finding(scores, 0.25, 0.005)


def test_one_comparison_is_as_wide_as_student_says() -> None:
    differences = np.array([[0.1], [0.2], [0.15], [0.3]])
    assert simultaneous_width(differences) == pytest.approx(stats.t.ppf(0.975, 3))


def test_several_comparisons_are_wider_than_one_and_narrower_than_bonferroni() -> None:
    differences = np.random.default_rng(0).normal(size=(8, 5))
    width = simultaneous_width(differences)
    assert stats.t.ppf(0.975, 7) < width < stats.t.ppf(1 - 0.025 / 5, 7)


def test_intervals_of_differences_hold_together() -> None:
    """Of experiments without any difference, not more than about one in twenty claims one, for five ways together."""
    rng = np.random.default_rng(1)
    false = 0
    for _ in range(200):
        differences = rng.normal(size=(6, 5)) + rng.normal(size=(6, 1))
        width = simultaneous_width(differences, samples=4000)
        pooled = [pool(column, 0.0, width=width) for column in differences.T]
        false += any(one.low > 0 or one.high < 0 for one in pooled)
    assert false / 200 < 0.09


def test_what_is_always_better_helps_and_what_is_always_worse_hurts() -> None:
    found = finding(
        none=[0.60, 0.61, 0.59, 0.60, 0.62],
        decision_rule=[0.70, 0.71, 0.70, 0.69, 0.72],
        smote=[0.50, 0.52, 0.49, 0.51, 0.51],
    ).against("none")
    assert {arm: claim.word for arm, claim in found.items()} == {"decision_rule": "helps", "smote": "hurts"}
    assert found["decision_rule"].interval.mean == pytest.approx(0.1)


def test_claims_are_computed_once_for_each_reference(monkeypatch: pytest.MonkeyPatch) -> None:
    calls = []
    monkeypatch.setattr(claims, "simultaneous_width", lambda rows: calls.append(rows) or simultaneous_width(rows))
    found = finding(none=[0.5, 0.6, 0.5], decision_rule=[0.9, 0.8, 0.9], smote=[0.7, 0.7, 0.6])
    for reference in ("none", "decision_rule", "none", "decision_rule"):
        assert set(found.against(reference)) == {"none", "decision_rule", "smote"} - {reference}
    assert len(calls) == 2


def test_two_splits_claim_nothing_however_large_the_difference() -> None:
    found = finding(none=[0.5, 0.5], decision_rule=[0.9, 0.9])
    assert found.against("none")["decision_rule"].word == "inconclusive"
    assert recommended(found) == "none"


def test_splits_that_agree_by_chance_show_no_difference_smaller_than_a_row() -> None:
    """Three equal differences have no spread: without the resolution of a row they would be certain."""
    found = finding(none=[0.60, 0.61, 0.62], decision_rule=[0.604, 0.614, 0.624])
    assert found.against("none")["decision_rule"].word == "inconclusive"


def test_a_row_of_the_rarest_class_is_the_resolution() -> None:
    assert resolution_of(np.array([0] * 90 + [1] * 10), 2) == pytest.approx(1 / 20)


@pytest.mark.parametrize(
    ("rule", "smote", "expected"),
    [(0.70, 0.70, "decision_rule"), (0.70, 0.80, "smote"), (0.60, 0.70, "smote"), (0.60, 0.60, "none")],
)
def test_an_arm_is_recommended_that_beats_the_rule_else_the_rule_else_what_helps(
    rule: float, smote: float, expected: str
) -> None:
    noise = np.random.default_rng(0).normal(0, 0.005, (3, 6))
    found = finding(none=list(0.6 + noise[0]), decision_rule=list(rule + noise[1]), smote=list(smote + noise[2]))
    assert recommended(found) == expected
