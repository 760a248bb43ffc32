"""The table of the confirmation, and the paragraph on planted rules, from numbers by hand."""

import json
from pathlib import Path

import pytest

from makeweight.results.confirmation import CONTEST, EQUAL, MATCHED, read_confirmation
from makeweight.tools.tables.confirmation import confirmation
from makeweight.tools.tables.planted import planted_rule

HYPOTHESIS = "distribution_calibration+weight_30"


def numbers(mean: float, low: float) -> dict[str, object]:
    """The rule, the arm of the hypothesis and the ceiling; the best simple arm is half a point above the rule."""
    found: dict[str, object] = {"draws": 5}
    scores = {"decision_rule": 0.58, "best_simple": 0.585, HYPOTHESIS: 0.585 + mean, "all_real_rows": 0.645}
    for reading in (CONTEST, MATCHED, EQUAL):
        own = {arm: score for arm, score in scores.items() if (arm, reading) != ("all_real_rows", MATCHED)}
        found |= {f"{arm}.{reading}.score": score for arm, score in own.items()}
        found[f"{HYPOTHESIS}.{reading}.over_best_simple.headroom_share"] = mean / 0.06
        for reference, more in (("decision_rule", 0.005), ("best_simple", 0.0)):
            ends = {"mean": mean + more, "low": low + more, "high": 2 * mean - low + more}
            found |= {f"{HYPOTHESIS}.{reading}.over_{reference}.{end}": value for end, value in ends.items()}
    return {f"tenth.{key}": value for key, value in found.items()}


@pytest.mark.parametrize(
    ("mean", "low", "holds", "expected"),
    [
        (0.012, 0.006, True, ": shown to be better than both; "),
        (0.006, 0.002, True, ": shown to be better than both, by less than a point; "),
        (0.006, -0.002, False, ": not shown to be better; "),
        (-0.006, -0.01, False, ": worse; "),
    ],
)
def test_the_sentence_says_whether_the_hypothesis_holds(
    tmp_path: Path, mean: float, low: float, holds: bool, expected: str
) -> None:
    (tmp_path / "confirm.json").write_text(json.dumps({"machine": "m", **numbers(mean, low)}))
    found = read_confirmation(tmp_path, "tenth")
    assert found is not None and found.draws == 5 and found.holds(CONTEST) is holds
    assert found.best_simple[EQUAL] == pytest.approx(58.5)
    text = confirmation(tmp_path)
    assert text.startswith(f"**Three classes at a tenth, 5 draws.** `{HYPOTHESIS}` by the contest's rule: ")
    assert expected in text
    assert text.index("| `all_real_rows` | 64.5 |") < text.index("| `decision_rule` | 58.0 |")


def test_a_row_has_gains_and_the_share_of_headroom(tmp_path: Path) -> None:
    (tmp_path / "confirm.json").write_text(json.dumps(numbers(0.012, 0.006)))
    gain = "+1.2 (+0.6 to +1.8)"
    row = f"| `{HYPOTHESIS}` | 59.7 | +1.7 (+1.1 to +2.3) | {gain} | 20 % | 59.7 | {gain} | 59.7 | {gain} |"
    assert row in confirmation(tmp_path)


def test_without_numbers_it_says_so(tmp_path: Path) -> None:
    assert confirmation(tmp_path).startswith("Not measured yet") and planted_rule(tmp_path).startswith("Not measured")


def test_the_paragraph_on_planted_rules_has_the_numbers_of_the_file(tmp_path: Path) -> None:
    shares = {"told": 0.92, "arm_told": 0.977, "recommended_rule": 1.0, "unlucky_rule": 0.2}
    own = {f"threshold.{key}": share for key, share in (shares | {"unlucky_rule_where_missed": 0.25}).items()}
    own |= {"gain_of_3_points.repeats": 50, "gain_of_3_points.found": 0.93, "gain_of_3_points.found_of_engine": 0.97}
    own |= {"gain_of_3_points.recommended": 0.94}
    (tmp_path / "planted_rule.json").write_text(json.dumps({"machine": "m", "commit": "c", "repeats": 100, **own}))
    text = planted_rule(tmp_path)
    assert "the rule was recommended in 100 % of 100 trials. Against the rule, 98 % of the words" in text
    assert "all of them at once in 92 % of the trials. In 20 % of the trials, and in 25 % of those" in text
    assert "found in 93 % of 50 trials among all arms, in 97 % as the engine's choice, and recommended in 94 %" in text
