"""The table of arms that may win, from numbers by hand."""

import json
from pathlib import Path

import pytest

from makeweight.tools.tables.arms import arms


def numbers(low: float, mean: float) -> dict[str, object]:
    """A simple arm, an engine's arm and the ceiling."""
    tenth: dict[str, object] = {
        "best_simple.equal": "decision_rule",
        "headroom.equal": 0.025,
        "decision_rule.equal.score": 0.617,
        "decision_rule.contest.score": 0.582,
        "decision_rule.equal.recall_of_small_classes": 0.448,
        "flow_50.equal.score": 0.617 + mean,
        "flow_50.equal.headroom_share": mean / 0.025,
        "all_real_rows.equal.score": 0.642,
        "all_real_rows.equal.headroom_share": 1.0,
        "all_real_rows.equal.gain.mean": 0.025,
        "all_real_rows.equal.gain.low": 0.02,
        "all_real_rows.equal.gain.high": 0.03,
    }
    gain = {"mean": mean, "low": low, "high": 2 * mean - low}
    return {f"tenth.{key}": value for key, value in tenth.items()} | {
        f"tenth.flow_50.equal.gain.{end}": value for end, value in gain.items()
    }


@pytest.mark.parametrize(
    ("low", "mean", "sentence"),
    [
        (0.004, 0.012, "An engine's arms that gain a point or more, shown: `flow_50`."),
        (0.002, 0.006, "Engines' arms that are shown to be better, by less than a point: `flow_50`."),
        (-0.002, 0.012, "No engine's arm is shown to be better."),
    ],
)
def test_the_sentence_says_what_is_shown(tmp_path: Path, low: float, mean: float, sentence: str) -> None:
    (tmp_path / "arms.json").write_text(json.dumps({"machine": "m", "commit": "c", **numbers(low, mean)}))
    text = arms(tmp_path)
    assert f"The best simple arm is `decision_rule` with 61.7, the headroom 2.5 points. {sentence}" in text
    assert "| `decision_rule` | 61.7 |  |  | 44.8 | 58.2 |  |" in text
    ceiling = "| `all_real_rows` | 64.2 | +2.5 (+2.0 to +3.0) |  |"
    assert text.index(ceiling) < text.index("| `flow_50` |") < text.index("| `decision_rule` |")


def test_gains_stand_with_intervals_and_shares_of_the_headroom(tmp_path: Path) -> None:
    (tmp_path / "arms.json").write_text(json.dumps(numbers(-0.002, 0.012)))
    assert "| `flow_50` | 62.9 | +1.2 (-0.2 to +2.6) | 48 % |  |  |  |" in arms(tmp_path)


def test_without_numbers_it_says_so(tmp_path: Path) -> None:
    assert arms(tmp_path).startswith("Not measured yet")
    (tmp_path / "arms.json").write_text(json.dumps({"machine": "m", "catalogue.best_simple.contest": "smote"}))
    assert arms(tmp_path).startswith("Not measured yet")
