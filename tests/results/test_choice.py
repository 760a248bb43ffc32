"""Equal macro-F1 with more recall of rare classes is shown as the choice that it is."""

import json
from pathlib import Path

import pandas as pd
import pytest

from makeweight.results import figures
from makeweight.results.choice import choice_in_words, read_choice
from makeweight.results.finding import headline
from makeweight.results.run import Run


def put(folder: Path, recommended: str, word: str, recalls: dict[str, tuple[float, float]]) -> Run:
    """Arms of one gain; `recalls` are their recalls of rare classes with half of the interval, as shares."""
    (folder / "verdict").mkdir()
    arms = [arm for arm in recalls if arm != "none"]
    rows = {"arm": arms, "mean": 2.0, "low": 1.0, "high": 3.0, "verdict": "helps"}
    rows |= {f"rule_{end}": value for end, value in (("mean", 0.1), ("low", -1), ("high", 1), ("verdict", word))}
    pd.DataFrame(rows).to_csv(folder / "verdict/intervals.csv", index=False)
    numbers = {}
    for arm, (mean, half) in recalls.items():
        for score, middle, width in (("macro_f1", 0.7, 0.02), ("minority_recall", mean, half)):
            numbers |= {f"{arm}.{score}.mean": middle, f"{arm}.{score}.low": middle - width}
            numbers[f"{arm}.{score}.high"] = middle + width
    (folder / "verdict.json").write_text(json.dumps(numbers))
    group = {"arms": arms, "worse": [], "cheapest": arms[0], "gain": 2.0}
    record = {"view": "trees", "recommended": recommended, "best_simple": "decision_rule", "chosen": {}}
    record |= {"sentences": {}, "group": group, "line": recommended}
    (folder / "verdict/verdict.json").write_text(json.dumps(record))
    return Run(folder, folder)


RECALLS = {"none": (0.5, 0.02), "decision_rule": (0.55, 0.05), "class_weights": (0.78, 0.05), "smote": (0.64, 0.05)}


def test_the_arm_that_finds_more_rare_samples_is_named(tmp_path: Path) -> None:
    run = put(tmp_path, "decision_rule", "inconclusive", RECALLS)
    choice = read_choice(run, run.verdict)
    assert choice.other.arm == "class_weights"
    assert (
        "class weights lifts the recall of rare classes from 55.0 (50.0 to 60.0) with the decision rule to "
        "78.0 (73.0 to 83.0)" in choice_in_words(choice)
    )
    plane = figures.arms_plane(run, run.verdict, choice)
    assert plane.count("<circle") == 4 and "class weights 70.0, 78.0" in plane
    assert plane.count("<text") - plane.count('text-anchor="middle"') >= 3


@pytest.mark.parametrize(
    ("word", "recall"),
    [("hurts", 0.78), ("inconclusive", 0.61)],
    ids=["its macro-F1 is worse", "chance can't tell its recall"],
)
def test_no_choice_is_made_up(tmp_path: Path, word: str, recall: float) -> None:
    run = put(tmp_path, "decision_rule", word, RECALLS | {"class_weights": (recall, 0.05)})
    assert read_choice(run, run.verdict) is None


def test_ways_that_are_level_are_told_as_a_group(tmp_path: Path) -> None:
    run = put(tmp_path, "class_weights", "inconclusive", RECALLS)
    first = "Use class weights: it helps by 2.0 points of macro-F1 (1.0 to 3.0)."
    assert headline(run.verdict) == f"{first} Three ways can't be told apart; the cheapest is the decision rule."
    (tmp_path / "other").mkdir()
    run = put(tmp_path / "other", "decision_rule", "inconclusive", RECALLS)
    assert headline(run.verdict).endswith("It is the cheapest of three ways that can't be told apart.")
