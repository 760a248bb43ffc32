"""The picture of all classes, whatever they are called and however few rows they have."""

import warnings

import pandas as pd
import pytest

from makeweight.core import outputs
from makeweight.stages.verdict.plots import plot_class_changes
from makeweight.stages.verdict.tables import confusion_table, rule_table

LABELS = ("$a_b^", "_x", "\\frac{", "<b>", "name " * 60)


def changes(labels: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame({"label": labels, "arm": "smote", "mean": 1.0, "low": 0.0, "high": 2.0})


def test_names_are_no_formulas_and_leave_room_for_the_picture(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    figure = plot_class_changes(changes(LABELS), dict.fromkeys(LABELS, 6), dict.fromkeys(LABELS, 2))
    assert figure is not None
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        outputs.write_png("verdict", "classes.png", figure)
    names = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert "$a_b^ (6, 2)" in names and max(map(len, names)) < 40


def test_a_class_without_a_test_row_has_no_line() -> None:
    figure = plot_class_changes(changes(("a", "b")), {"a": 9, "b": 8, "only in train": 2}, {"a": 3, "b": 4})
    assert figure is not None
    assert [text.get_text() for text in figure.axes[0].get_yticklabels()] == ["b (8, 4)", "a (9, 3)"]


def test_what_the_interval_shows_is_framed() -> None:
    sure = changes(("a", "b")).assign(low=[0.5, 0.0])
    figure = plot_class_changes(sure, {"a": 9, "b": 8}, {})
    assert figure is not None
    frames = [patch.get_xy() for patch in figure.axes[0].patches]
    assert frames == [(-0.46, 0.54)], "a is the second line"


def test_rules_are_written_with_their_numbers() -> None:
    text = {"biases": {"no": -1.0, "yes": 0.5}, "threshold": 0.18}
    fusion = {"biases": {"no": 2.0, "yes": 1.75}, "threshold": 0.56}
    found = rule_table({"rules": {"text": text, "fusion": fusion}, "weights": {"text": 0.9}})
    assert list(found.columns) == ["view", "label", "bias", "threshold", "weight"]
    rows = found.astype(object).where(found.notna(), None).to_numpy().tolist()
    assert rows == [
        ["text", "no", 0.0, None, 0.9],
        ["text", "yes", 1.5, 0.18, 0.9],
        ["fusion", "no", 0.25, None, None],
        ["fusion", "yes", 0.0, 0.56, None],
    ]
    assert rule_table({"rules": {}}).empty


def test_what_was_taken_for_what_is_counted_as_each_arm_decides() -> None:
    rows = [
        ("text", "test", "a", "a", "b"),
        ("text", "test", "a", "a", "b"),
        ("text", "test", "b", "a", "b"),
        ("text", "validation", "b", "a", "a"),
        ("fusion", "test", "b", "a", "a"),
    ]
    table = pd.DataFrame(rows, columns=["view", "split", "label", "predicted", "tuned"])
    found = confusion_table({"smote": table, "none": table}, "text", ["smote", "none"])
    assert found.to_numpy().tolist() == [
        ["smote", "a", "b", 2],
        ["smote", "b", "b", 1],
        ["none", "a", "a", 2],
        ["none", "b", "a", 1],
    ]
    assert len(confusion_table({"none": table}, "text", ["none", "none"])) == 2
