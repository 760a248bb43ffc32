"""The suite's file is read under the names that the benchmark writes, and its finding is one true sentence."""

import json
from pathlib import Path

import pytest

from makeweight.results.benchmarks import read_benchmarks
from makeweight.results.suite import Suite, read_suite, suite_of
from makeweight.tools.tables.suite import sentence, suite


def difference(name: str, mean: float, margin: float, worse: float = 0.25) -> dict[str, float]:
    numbers = {"mean": mean, "low": mean - margin, "high": mean + margin, "tables": 8, "worse": worse, "better": 0.125}
    numbers |= {"chance_worse": 0.2, "chance_equal": 0.7, "chance_better": 0.1}
    return {f"{name}.{which}": value for which, value in numbers.items()}


def numbers(smote: float = 0.2, against_best: float = -0.3, against_rule: float = 0.1) -> dict[str, float | str]:
    arms = {"none": 75.0, "decision_rule": 80.0, "smote": 80.0 + smote, "best_simple": 79.5, "latent_flow": 79.2}
    found: dict[str, float | str] = {"machine": "M, 2 cores", "commit": "abc", "learners": "boosting, logistic"}
    found |= {"tables": 8, "sources": 5, "splits": 16, "tables.few_rare_rows": 6}
    for arm, score in arms.items():
        found |= {f"{arm}.macro_f1": score, f"{arm}.argmax_macro_f1": score - 3, f"{arm}.average_precision": 60.0}
    found |= difference("none.less_decision_rule", -5.0, 1.0) | difference("smote.less_decision_rule", smote, 1.0)
    found |= difference("best_simple.less_decision_rule", 9.0, 1.0)
    found |= difference("latent_flow.less_decision_rule", against_rule, 0.6)
    found |= difference("latent_flow.less_best_simple", against_best, 0.6, 0.125)
    return found | difference("latent_flow.less_best_simple.few_rare_rows", 1.5, 0.6)


def found(**changes: float) -> Suite:
    return suite_of(numbers(**changes))


def test_the_best_arm_comes_first_and_the_rule_has_no_difference_to_itself() -> None:
    arms = {arm.arm: arm for arm in found().arms}
    assert list(arms) == ["smote", "decision_rule", "best_simple", "latent_flow", "none"]
    assert arms["decision_rule"].less_rule is None and arms["none"].less_rule is not None
    assert arms["none"].less_rule.points is not None and arms["none"].less_rule.points.mean == -5
    assert list(found().engine_by_group) == ["all tables", "rarest class of at most 50 rows"]
    assert found().careful is None


def test_that_nothing_beats_the_rule_is_said_plainly() -> None:
    assert sentence(found()) == (
        "On 8 tables of 5 sources (16 splits; boosting, logistic), nothing is shown to beat the tuned decision rule "
        "with the rows as they are. Rows of `latent_flow`, used where out-of-fold scores say so, are inconclusive "
        "against the best simple way (-0.3 (-0.9 to +0.3) points) and inconclusive against the tuned rule (+0.1 (-0.5 "
        "to +0.7) points). They are worse than that way by more than half a point on 12 % of the tables."
    )


def test_harm_is_told_as_measured_and_in_truth_of_both_policies() -> None:
    careful = "latent_flow_if_clearly_better"
    own = difference(f"{careful}.less_best_simple", -0.1, 0.4, 0.26) | difference(f"{careful}.less_decision_rule", 0, 1)
    truths = {"latent_flow.less_best_simple": 0.11, f"{careful}.less_best_simple": 0.05}
    own |= {
        f"{name}.truly_worse.{end}": share + change
        for name, share in truths.items()
        for end, change in (("mean", 0.0), ("low", -0.05), ("high", 0.1))
    }
    suite_with_truths = suite_of(numbers() | own)
    assert sentence(suite_with_truths).endswith(
        "They are worse than that way by more than half a point on 12 % of the tables as measured, on an estimated "
        "11 % (6 to 21) in truth; used only where they are clearly better out of fold, else the rule alone, on 26 % of "
        "the tables as measured, on an estimated 5 % (0 to 15) in truth, and worse than the rule on 25 % of the "
        "tables. (A measured share counts the noise of few splits as harm, the estimate does not.)"
    )
    assert suite_with_truths.careful_less_rule is not None and suite_with_truths.careful_less_rule.truly_worse is None


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"smote": 2.0}, "better than the tuned decision rule alone: `smote`. Rows"),
        ({"against_best": 2.0}, "are better than the best simple way (+2.0"),
        ({"against_best": -2.0}, "are worse than the best simple way (-2.0"),
        ({"against_rule": 2.0}, "better than the tuned decision rule alone: `latent_flow`. Rows"),
    ],
)
def test_the_sentence_follows_the_intervals(changes: dict[str, float], expected: str) -> None:
    assert expected in sentence(found(**changes))


def test_a_choice_that_is_worse_than_the_rule_is_told() -> None:
    worse = suite_of(numbers() | difference("best_simple.less_decision_rule", -1.5, 1.0))
    assert "always taking the rule (-1.5 (-2.5 to -0.5) points), so a gain over that choice" in sentence(worse)
    assert "Choosing" not in sentence(found())


def test_the_tables_hold_the_numbers_of_the_file(tmp_path: Path) -> None:
    assert suite(tmp_path) == "Not measured yet." and read_suite(tmp_path) is None
    (tmp_path / "suite.json").write_text(json.dumps(numbers()))
    text = suite(tmp_path)
    assert text.startswith("> On 8 tables")
    assert "| `smote` | 80.2 | 77.2 | 60.0 | +0.2 (-0.8 to +1.2) | 25 % | 12 % |" in text
    assert "| `decision_rule` (`none` with the tuned rule) | 80.0 | 77.0 | 60.0 |  |  |  |" in text
    assert "| rarest class of at most 50 rows | +1.5 (+0.9 to +2.1) | 25 % |  | 12 % | 8 | 0.20 | 0.70 | 0.10 |" in text
    assert "| against the tuned rule instead | +0.1 (-0.5 to +0.7) |" in text
    assert read_benchmarks(tmp_path) == (), "it has a table of its own"
