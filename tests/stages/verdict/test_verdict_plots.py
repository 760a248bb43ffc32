"""The picture of all classes, whatever they are called and however few rows they have."""

import warnings

import pandas as pd
import pytest

from makeweight.core import outputs
from makeweight.stages.verdict.plots import plot_class_changes

LABELS = ("$a_b^", "_x", "\\frac{", "<b>", "name " * 60)


def changes(labels: tuple[str, ...]) -> pd.DataFrame:
    return pd.DataFrame({"label": labels, "arm": "smote", "mean": 1.0, "low": 0.0, "high": 2.0})


def test_names_are_no_formulas_and_leave_room_for_the_picture(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    figure = plot_class_changes(changes(LABELS), dict.fromkeys(LABELS, 6))
    assert figure is not None
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        outputs.write_png("verdict", "classes.png", figure)
    names = [text.get_text() for text in figure.axes[0].get_yticklabels()]
    assert "$a_b^ (6)" in names and max(map(len, names)) < 40


def test_a_class_without_a_test_row_has_no_line() -> None:
    figure = plot_class_changes(changes(("a", "b")), {"a": 9, "b": 8, "only in train": 2})
    assert figure is not None
    assert [text.get_text() for text in figure.axes[0].get_yticklabels()] == ["b (8)", "a (9)"]
