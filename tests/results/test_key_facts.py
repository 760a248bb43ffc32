"""The facts of the first screen claim what the intervals show, and no more."""

import json
from pathlib import Path

import pytest

from makeweight.results.further_readings import Headroom
from makeweight.results.key_facts import Fact, effect, key_facts
from makeweight.results.run import Run
from makeweight.results.values import Interval
from makeweight.results.verdict import HELPS, HURTS, INCONCLUSIVE, ArmResult, Claim, Verdict


def claim(word: str, mean: float, detectable: float | None = 2.0) -> Claim:
    return Claim(word, Interval(mean, mean - 1, mean + 1), detectable)


def result(arm: str, over_none: Claim, over_rule: Claim | None = None) -> ArmResult:
    return ArmResult(arm, over_none, None, over_rule)


RULE = result("decision_rule", claim(HELPS, 3.0))
LEVEL = result("flow_50", claim(HELPS, 2.5, 4.0), claim(INCONCLUSIVE, -0.5, 1.0))
WORSE = result("flow_100", claim(INCONCLUSIVE, 0.5, 6.0), claim(HURTS, -2.5, 3.0))
BETTER = result("flow_50", claim(HELPS, 5.0), claim(HELPS, 2.0))


def facts_of(folder: Path, recommended: str, *results: ArmResult) -> dict[str, Fact]:
    scores = {"none": 0.6, "decision_rule": 0.63, "flow_50": 0.65}
    (folder / "metrics").mkdir()
    numbers = {f"{arm}.macro_f1.{end}": score for arm, score in scores.items() for end in ("mean", "low", "high")}
    (folder / "metrics" / "verdict.json").write_text(json.dumps(numbers))
    verdict = Verdict("trees", recommended, recommended, "decision_rule", {}, {}, results, line=recommended)
    return {fact.name: fact for fact in key_facts(Run(folder / "metrics", folder / "plots"), verdict)}


def test_the_decision_rule_as_recommendation(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, "decision_rule", RULE, LEVEL, WORSE)
    assert facts["Macro-F1"].value == "60.0 \u2192 63.0"
    assert facts["Gain over doing nothing"] == Fact(
        "Gain over doing nothing", "+3.0", ("points, interval +2.0 to +4.0",)
    )
    assert facts["Synthetic samples"].value == "not shown to beat the rule"
    assert facts["Synthetic samples"].notes == (
        "best of 2 ways that add them: flow 50",
        "+2.5 (+1.5 to +3.5) against doing nothing",
        "\u22120.5 (\u22121.5 to +0.5) against the decision rule alone",
    )
    smallest = facts["Smallest gain this test finds"]  # the middle one of 2, 4 and 6; of 1 and 3
    assert smallest.value == "4.0" and smallest.notes[1] == "2.0 over the decision rule alone"


def test_the_headroom_where_rows_were_taken_out(tmp_path: Path) -> None:
    assert "Headroom" not in facts_of(tmp_path, "decision_rule", RULE)
    one = Interval(8.0, 6.0, 10.0)
    verdict = Verdict(
        "trees", "decision_rule", "decision_rule", "decision_rule", {}, {}, (RULE,), line="decision_rule",
        headroom=Headroom("all_real_rows", Interval(68.0, 66.0, 70.0), one, None, {"decision_rule": 0.375}),
    )  # fmt: skip
    facts = {fact.name: fact for fact in key_facts(Run(tmp_path / "metrics", tmp_path / "plots"), verdict)}
    assert facts["Headroom"].value == "+8.0"
    assert facts["Headroom"].notes[1] == "the decision rule alone gains 38 % of it"


def test_doing_nothing_as_recommendation(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, "none", result("decision_rule", claim(INCONCLUSIVE, 0.4, None)))
    assert facts["Macro-F1 as the data are"].value == "60.0"
    rule = facts["Decision rule alone"]
    assert rule.value == "+0.4"
    assert rule.notes == ("points against doing nothing, interval \u22120.6 to +1.4", "inconclusive")
    assert "Synthetic samples" not in facts and "Smallest gain this test finds" not in facts


def test_synthetic_samples_as_recommendation(tmp_path: Path) -> None:
    facts = facts_of(tmp_path, "flow_50", RULE, BETTER, WORSE)
    assert facts["Macro-F1"].value == "60.0 \u2192 65.0" and facts["Synthetic samples"].value == "help"
    assert facts["Synthetic samples"].notes[0] == "recommended: flow 50"


@pytest.mark.parametrize(
    ("own", "words"),
    [
        ([BETTER, WORSE], "help, but were not chosen"),
        ([LEVEL, WORSE], "not shown to beat the rule"),
        ([WORSE], "not shown to help"),
        ([result("flow_100", claim(HURTS, -4.0), claim(HURTS, -7.0))], "hurt"),
        ([result("flow_100", claim(HURTS, -4.0)), WORSE], "not shown to help"),
        ([result("flow_100", claim(HELPS, 4.0))], "help, but were not chosen"),
    ],
)
def test_what_synthetic_samples_do_in_words(own: list[ArmResult], words: str) -> None:
    assert effect(own, None) == words
