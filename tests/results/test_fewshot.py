"""What is said of few shots: networks against features that need no training, and generated rows."""

from pathlib import Path

import pandas as pd

from makeweight.results.fewshot import Accuracy, FewShot, findings, read_fewshot
from makeweight.results.folders import Folders
from makeweight.results.values import Interval


def accuracy(method: str, shot: int, low: float, high: float, way: int = 5) -> Accuracy:
    return Accuracy(method, way, shot, Interval(40, 39, 41), Interval((low + high) / 2, low, high))


def test_a_network_is_better_than_the_baseline_only_if_its_interval_says_so() -> None:
    table = [accuracy("triplet", 1, 1, 3), accuracy("siamese", 1, -4, -2), accuracy("prototypical", 1, -1, 2)]
    assert [one.comparison for one in table] == ["better", "worse", "inconclusive"]
    assert findings([*table, accuracy("patch_prototype", 1, 0, 0), accuracy("knn", 1, 1, 3)]) == [
        "5 classes, 1 example each: better than patch_prototype, which needs no training: triplet +2.0 (+1.0 to +3.0); "
        "not better: siamese -3.0 (-4.0 to -2.0), prototypical +0.5 (-1.0 to +2.0)."
    ]


def test_it_is_said_where_no_network_is_better_and_what_generated_rows_add() -> None:
    table = [
        accuracy("triplet", 5, -3, -1),
        accuracy("patch_calibrated", 5, 2, 4),
        accuracy("triplet", 5, 1, 2, way=10),
    ]
    assert findings(table) == [
        "5 classes, 5 examples each: no trained network is better than patch_prototype, which needs no training "
        "(triplet -2.0 (-3.0 to -1.0)).",
        "5 classes, 5 examples each: generated rows are better (patch_calibrated +3.0 (+2.0 to +4.0) points).",
    ]


def test_a_table_of_an_earlier_version_has_accuracies_and_nothing_is_said(tmp_path: Path) -> None:
    (tmp_path / "fewshot/fine").mkdir(parents=True)
    row = {"method": ["triplet"], "way": [5], "shot": [1], "mean": [0.4], "low": [0.3], "high": [0.5]}
    pd.DataFrame(row).to_csv(tmp_path / "fewshot/fine/table.csv", index=False)
    (tmp_path / "fewshot/fine.json").write_text("{}")
    (found,) = read_fewshot(Folders(tmp_path, tmp_path))
    assert isinstance(found, FewShot) and found.accuracies[0].comparison == ""
    assert findings(found.accuracies) == []
    row |= {f"minus_patch_prototype{end}": [value] for end, value in (("", 0.02), ("_low", 0.01), ("_high", 0.03))}
    pd.DataFrame(row).to_csv(tmp_path / "fewshot/fine/table.csv", index=False)
    assert read_fewshot(Folders(tmp_path, tmp_path))[0].accuracies[0].difference == Interval(2, 1, 3)
