"""What is said of few shots: networks against features that need no training, and generated rows."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from makeweight.results.fewshot import Accuracy, FewShot, Generated, findings, read_fewshot
from makeweight.results.folders import Folders
from makeweight.results.values import Interval


def accuracy(method: str, shot: int, low: float, high: float, way: int = 5) -> Accuracy:
    return Accuracy(method, way, shot, Interval(40, 39, 41), Interval((low + high) / 2, low, high))


def few_shot(accuracies: list[Accuracy], generated: Sequence[Generated] = ()) -> FewShot:
    return FewShot("fine", tuple(accuracies), (), tuple(generated))


def test_a_network_is_better_than_the_baseline_only_if_its_interval_says_so() -> None:
    table = [accuracy("triplet", 1, 1, 3), accuracy("siamese", 1, -4, -2), accuracy("prototypical", 1, -1, 2)]
    assert [one.comparison for one in table] == ["better", "worse", "inconclusive"]
    assert findings(few_shot([*table, accuracy("patch_prototype", 1, 0, 0), accuracy("knn", 1, 1, 3)])) == [
        "5 classes, 1 example each: better than patch_prototype, which needs no training: triplet +2.0 (+1.0 to +3.0); "
        "not better: siamese -3.0 (-4.0 to -2.0), prototypical +0.5 (-1.0 to +2.0)."
    ]


def test_it_is_said_where_no_network_is_better_and_what_generated_rows_add() -> None:
    table = [accuracy("triplet", 5, -3, -1), accuracy("triplet", 5, 1, 2, way=10)]
    generated = [
        Generated("patch_prototype", 5, 5, Interval(3, 2, 4)),
        Generated("patch_logistic", 5, 5, Interval(-1, -2, 0.5)),
        Generated("patch_logistic", 10, 5, Interval(1, 1, 1)),
    ]
    assert findings(few_shot(table, generated)) == [
        "5 classes, 5 examples each: no trained network is better than patch_prototype, which needs no training "
        "(triplet -2.0 (-3.0 to -1.0)).",
        "5 classes, 5 examples each: generated rows, against patch_prototype +3.0 (+2.0 to +4.0) points, better; "
        "against patch_logistic -1.0 (-2.0 to +0.5) points, inconclusive.",
    ]


def test_a_table_of_an_earlier_version_has_accuracies_and_nothing_is_said(tmp_path: Path) -> None:
    (tmp_path / "fewshot/fine").mkdir(parents=True)
    row = {"method": ["triplet"], "way": [5], "shot": [1], "mean": [0.4], "low": [0.3], "high": [0.5]}
    pd.DataFrame(row).to_csv(tmp_path / "fewshot/fine/table.csv", index=False)
    (tmp_path / "fewshot/fine.json").write_text("{}")
    (found,) = read_fewshot(Folders(tmp_path, tmp_path))
    assert isinstance(found, FewShot) and found.accuracies[0].comparison == ""
    assert findings(found) == []
    row |= {f"minus_patch_prototype{end}": [value] for end, value in (("", 0.02), ("_low", 0.01), ("_high", 0.03))}
    pd.DataFrame(row).to_csv(tmp_path / "fewshot/fine/table.csv", index=False)
    rows = {"method": ["patch_calibrated"], "reference": ["patch_logistic"], "way": [5], "shot": [1]}
    rows |= {"mean": [0.5], "low": [0.25], "high": [0.75]}
    pd.DataFrame(rows).to_csv(tmp_path / "fewshot/fine/generated.csv", index=False)
    (found,) = read_fewshot(Folders(tmp_path, tmp_path))
    assert found.accuracies[0].difference == Interval(2, 1, 3)
    assert found.generated == (Generated("patch_logistic", 5, 1, Interval(50, 25, 75)),)
