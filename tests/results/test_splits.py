"""The scores of several splits are collected and pooled: by hand, with engines that add nothing, with few splits."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from makeweight.results.run import Run
from makeweight.results.splits import pooled, scores_of, sentences

ARMS = {"none": (0.5, 0.5), "decision_rule": (0.6, 0.5), "smote": (0.58, 0.52), "flow_50": (0.62, 0.55)}


def read_split(folder: Path, chosen: str, best_simple: str, arms: dict[str, tuple[float, float]]) -> Run:
    """What a split leaves: metrics of verdict, split and contest, the verdict's record and its lines."""
    numbers = {}
    for arm, (tuned, _) in (arms | {"flow": arms[chosen]}).items():
        numbers |= {f"{arm}.macro_f1.mean": tuned, f"{arm}.macro_f1.low": 0.0, f"{arm}.macro_f1.high": 1.0}
    record = {"view": "fusion", "recommended": "none", "best_simple": best_simple, "chosen": {"flow": chosen}}
    files = {
        "metrics/verdict.json": json.dumps(numbers),
        "metrics/split.json": json.dumps({"train": 650, "validation": 150, "test": 202}),
        "plots/verdict/verdict.json": json.dumps(record | {"sentences": {}}),
    }
    lines = [f"{arm},0,0,0,inconclusive" for arm in (*arms, "flow") if arm != "none"]
    files["plots/verdict/intervals.csv"] = "\n".join(["arm,mean,low,high,verdict", *lines])
    for arm, (_, argmax) in arms.items():
        files[f"metrics/contest/{arm}.json"] = json.dumps({"fusion.argmax_macro_f1.mean": argmax})
    for path, content in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(content)
    return Run(folder / "metrics", folder / "plots")


def test_a_split_has_a_row_per_arm_and_one_per_choice(tmp_path: Path) -> None:
    table = scores_of(2, read_split(tmp_path, "flow_50", "smote", ARMS))
    rows = {row["line"]: (row["arm"], row["macro_f1"], row["argmax_macro_f1"]) for row in table.to_dict("records")}
    assert rows == {
        "none": ("none", pytest.approx(50), pytest.approx(50)),
        "decision_rule": ("decision_rule", pytest.approx(60), pytest.approx(50)),
        "smote": ("smote", pytest.approx(58), pytest.approx(52)),
        "flow_50": ("flow_50", pytest.approx(62), pytest.approx(55)),
        "best_simple": ("smote", pytest.approx(58), pytest.approx(52)),
        "flow": ("flow_50", pytest.approx(62), pytest.approx(55)),
    }
    assert set(table["repeat"]) == {2} and set(table["test_rows"]) == {202} and set(table["view"]) == {"fusion"}


def test_an_engine_that_adds_nothing_is_the_rule_alone(tmp_path: Path) -> None:
    table = scores_of(0, read_split(tmp_path, "none", "smote", ARMS)).set_index("line")
    assert table.loc["flow", "arm"] == "none" and table.loc["flow", "macro_f1"] == pytest.approx(60)
    without = {arm: scores for arm, scores in ARMS.items() if arm != "decision_rule"}
    table = scores_of(1, read_split(tmp_path / "other", "none", "smote", without)).set_index("line")
    assert table.loc["flow", "macro_f1"] == pytest.approx(50)


def scores(differences: list[float], engines: tuple[str, ...] = ("flow",)) -> pd.DataFrame:
    """Splits in which each engine is better than the best simple arm by these points."""
    rows = []
    for repeat, difference in enumerate(differences):
        lines = {"none": 50.0, "decision_rule": 55.0, "best_simple": 56.0}
        lines |= dict.fromkeys(engines, 56.0 + difference) | {f"{engines[0]}_50": 56.0 + difference}
        for line, score in lines.items():
            arm = f"{line}_50" if line in engines else line
            own = {"repeat": repeat, "view": "fusion", "line": line, "arm": arm, "macro_f1": score}
            rows.append(own | {"argmax_macro_f1": 50.0, "train_rows": 650, "test_rows": 200})
    return pd.DataFrame(rows)


def test_the_hypothesis_of_an_engine_by_hand() -> None:
    differences = [1.0, 2.0, 4.0, 5.0]
    results = pooled(scores(differences), ["flow"], 0.03)
    error = np.std(differences, ddof=1) * np.sqrt(1 / 4 + 200 / 650)
    margin = stats.t.ppf(1 - 0.03 / 2, 3) * error
    assert results["flow.less_best_simple.mean"] == 3.0 and results["flow.less_best_simple.splits"] == 4
    assert results["flow.less_best_simple.low"] == pytest.approx(3 - margin, abs=1e-4)
    assert results["flow.less_best_simple.p"] == pytest.approx(2 * stats.t.sf(3 / error, 3), abs=1e-4)
    assert results["flow.less_best_simple.word"] == "inconclusive" and results["flow.used"] == 4
    assert (results["splits"], results["train_rows"], results["test_rows"], results["view"]) == (4, 650, 200, "fusion")
    detectable = margin + stats.t.ppf(0.8, 3) * error
    assert results["flow.less_best_simple.detectable"] == pytest.approx(detectable, abs=1e-4)
    assert f"; a true gain of {detectable:.1f} would be found four times in five)" in sentences(results, ["flow"])[0]
    # Each arm by itself, at 95 %.
    own = stats.t.ppf(0.975, 3) * error
    assert results["exploratory.flow_50.less_best_simple.high"] == pytest.approx(3 + own, abs=1e-4)
    assert results["exploratory.decision_rule.less_none.mean"] == 5.0
    assert results["exploratory.decision_rule.less_none.word"] == "helps", "the same on every split"
    assert not [name for name in results if name.startswith(("exploratory.flow.", "exploratory.best_simple."))]


def test_several_engines_share_the_error_rate() -> None:
    one = pooled(scores([1.0, 2.0, 4.0]), ["flow"], 0.04)
    two = pooled(scores([1.0, 2.0, 4.0], ("flow", "gan")), ["flow", "gan"], 0.04)
    half = pooled(scores([1.0, 2.0, 4.0]), ["flow"], 0.02)
    assert two["flow.less_best_simple.low"] == half["flow.less_best_simple.low"] < one["flow.less_best_simple.low"]


def test_the_words_are_those_of_the_interval_and_one_split_has_none() -> None:
    helps = pooled(scores([3.0, 3.1, 2.9, 3.0, 3.05]), ["flow"], 0.03)
    assert helps["flow.less_best_simple.word"] == "helps"
    assert sentences(helps, ["flow"])[0].startswith(
        "flow, as validation chose to use it, against the best simple way, on 5 splits: helps (+3.0 points, +2."
    )
    hurts = pooled(scores([-3.0, -3.1, -2.9, -3.0, -3.05]), ["flow"], 0.03)
    assert hurts["flow.less_best_simple.word"] == "hurts"
    single = pooled(scores([3.0]), ["flow"], 0.03)
    assert "flow.less_best_simple.word" not in single and single["flow.less_best_simple.mean"] == 3.0
    assert sentences(single, ["flow"])[0].endswith("+3.0 points on one split, which says nothing about others")
    json.dumps(single, allow_nan=False)
