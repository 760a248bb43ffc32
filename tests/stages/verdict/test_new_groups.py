"""The second reading, on rows of groups that the train split does not know: which rows, what scores, what is said."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import f1_score

from makeweight.core.errors import InputError
from makeweight.data import samples
from makeweight.data.samples import Roles, Samples
from makeweight.results.run import Run
from makeweight.stages.verdict import __main__ as verdict
from makeweight.stages.verdict import new_groups
from makeweight.stages.verdict.new_groups import NewGroups, Size, new_rows
from makeweight.stages.verdict.new_groups_told import note, sentence

PARAMS = """
dataset: shop
seed: 1
engines: [flow]
arms: [none, decision_rule, smote, flow_50]
verdict: {bootstrap_samples: 300, family_wise_alpha: 0.05}
"""
CARD = """
title: A shop
licence: none needed
source: {kind: table, files: [shop.csv]}
columns: {label: label, group: vendor, numeric: [price]}
"""
RIGHT = {"none": 0.6, "decision_rule": 0.7, "smote": 0.65, "flow_50": 0.85}


def table_of(rows: dict[str, list[object]]) -> pd.DataFrame:
    return pd.DataFrame({"id": [f"row {number}" for number in range(len(rows["group"]))], **rows})


def test_the_rows_are_test_rows_of_groups_without_a_train_row() -> None:
    table = table_of(
        {
            "mw_split": ["train", "train", "validation", "test", "test", "test", "test", "unused"],
            "group": ["a", None, "b", "a", "b", "c", None, "c"],
        }
    )
    found = new_rows(table)
    assert found is not None and found["id"].tolist() == ["row 4", "row 5"], "b is known to validation only"
    assert new_rows(table.drop(columns="group")) is None
    apart = table.assign(group=["a", "a", "b", "c", "c", "d", "d", "d"])
    assert new_rows(apart) is None, "where no group straddles, all test rows are new"
    known = new_rows(table.assign(group="a"))
    assert known is not None and known.empty


def write_project(folder: Path) -> pd.DataFrame:
    """A split of three classes with vendors, of whom some are in the test split only, and predictions of four arms."""
    rng = np.random.default_rng(0)
    rows = 2400
    split = rng.choice(["train", "validation", "test"], rows)
    table = pd.DataFrame({"id": [f"row {row}" for row in range(rows)], "mw_split": split})
    table["label"] = rng.choice(["common", "rare", "rarest"], rows, p=[0.7, 0.2, 0.1])
    table["group"] = [f"vendor {number}" for number in rng.integers(0, 60, rows)]
    is_test = table["mw_split"] == "test"
    table.loc[is_test, "group"] = [f"vendor {number}" for number in rng.integers(30, 90, is_test.sum())]
    table["mw_unit"] = table["id"]
    samples.write(Samples(table, Roles()), folder / "data/split/samples.parquet")
    for arm, right in RIGHT.items():
        parts = []
        for seed in (1, 2):
            own = table[table["mw_split"] != "train"].assign(
                split=lambda rows: rows["mw_split"], view="text", seed=seed
            )
            other = own["label"].map({"common": "rare", "rare": "rarest", "rarest": "common"})
            own["predicted"] = own["label"].where(rng.random(len(own)) < right, other)
            parts.append(own.assign(tuned=own["predicted"]))
        path = folder / f"data/contest/{arm}/predictions.parquet"
        path.parent.mkdir(parents=True)
        pd.concat(parts).to_parquet(path)
    (folder / "datasets").mkdir()
    (folder / "datasets/shop.yaml").write_text(CARD)
    (folder / "params.yaml").write_text(PARAMS)
    return table


def test_scores_and_differences_are_those_of_the_rows_by_hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = write_project(tmp_path)
    monkeypatch.chdir(tmp_path)
    resampled = []

    def seen(predictions: object, *rest: object) -> object:
        resampled.append(predictions)
        return bootstrap(predictions, *rest)

    bootstrap = new_groups.bootstrap
    monkeypatch.setattr(new_groups, "bootstrap", seen)
    verdict.main()
    numbers = json.loads(Path("metrics/verdict.json").read_text())
    known = set(table.loc[table["mw_split"] == "train", "group"])
    rows = table[(table["mw_split"] == "test") & ~table["group"].isin(known)]
    assert numbers["new_groups.rows"] == len(rows) > 200
    assert numbers["new_groups.groups"] == rows["group"].nunique() and numbers["new_groups.classes"] == 3
    means = {}
    for line, arm in {"none": "none", "decision_rule": "decision_rule", "flow": "flow_50"}.items():
        predictions = pd.read_parquet(f"data/contest/{arm}/predictions.parquet")
        own = predictions[predictions["id"].isin(rows["id"])]
        means[line] = np.mean([f1_score(one["label"], one["tuned"], average="macro") for _, one in own.groupby("seed")])
        assert numbers[f"new_groups.{line}.macro_f1.mean"] == pytest.approx(means[line], abs=1e-6)
    gain = numbers["new_groups.flow.against_none.mean"]
    assert gain == pytest.approx(means["flow"] - means["none"], abs=1e-6)
    assert numbers["new_groups.flow.against_none.word"] == 1 and numbers["new_groups.flow.against_rule.word"] == 1
    assert "new_groups.smote.macro_f1.mean" not in numbers, "the rule is the best simple arm; no other is told"
    (predictions,) = resampled
    assert len(np.unique(predictions.units)) == rows["group"].nunique(), "vendors are resampled, not units"
    record = json.loads(Path("plots/verdict/verdict.json").read_text())
    told = record["new_groups"]
    assert told["group"] == "vendor" and told["test_rows"] == (table["mw_split"] == "test").sum() and told["note"] == ""
    assert [line["line"] for line in told["lines"]] == ["none", "decision_rule", "flow"]
    read = Run(Path("metrics"), Path("plots")).verdict.new_groups
    assert (read.group, read.rows, read.note, len(read.lines)) == ("vendor", len(rows), "", 3)
    none, _, flow = read.lines
    assert none.against_none is None and none.words == {}
    assert (flow.line, flow.arm, flow.words["rule"]) == ("flow", "flow_50", "helps")
    assert flow.against_none.mean == pytest.approx(100 * gain, abs=1e-3)
    assert told["lines"][2]["arm"] == "flow_50" and told["lines"][2]["against_rule"]["word"] == "helps"
    start = f"On the {len(rows)} of {told['test_rows']} test rows whose vendor has no train row, macro-F1 is none "
    assert (
        record["sentences"]["new_groups"].startswith(start) and "flow: it helps by" in record["sentences"]["new_groups"]
    )


def test_data_without_groups_have_no_second_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = write_project(tmp_path)
    monkeypatch.chdir(tmp_path)
    samples.write(Samples(table.drop(columns="group"), Roles()), Path("data/split/samples.parquet"))
    Path("datasets/shop.yaml").unlink()
    verdict.main()
    assert not [name for name in json.loads(Path("metrics/verdict.json").read_text()) if name.startswith("new_groups")]
    record = json.loads(Path("plots/verdict/verdict.json").read_text())
    assert "new_groups" not in record and "new_groups" not in record["sentences"]


def test_where_no_vendor_is_new_there_is_a_note_and_no_score(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    table = write_project(tmp_path)
    monkeypatch.chdir(tmp_path)
    samples.write(Samples(table.assign(group="only one"), Roles()), Path("data/split/samples.parquet"))
    verdict.main()
    numbers = json.loads(Path("metrics/verdict.json").read_text())
    assert numbers["new_groups.rows"] == 0 and "new_groups.none.macro_f1.mean" not in numbers
    told = json.loads(Path("plots/verdict/verdict.json").read_text())
    assert told["new_groups"]["note"] == "every vendor of the test split has train rows too"
    assert told["new_groups"]["lines"] == [] and "no score; every vendor" in told["sentences"]["new_groups"]


def test_few_rows_are_told() -> None:
    def reading(**changes: int) -> NewGroups:
        size = {"rows": 300, "test_rows": 900, "groups": 40, "test_groups": 90, "classes": 5, "test_classes": 6}
        return NewGroups("patient", Size(**(size | {"small_classes": 0} | changes)), {}, {}, {}, {})

    assert note(reading()) == ""
    few = note(reading(rows=72, small_classes=2))
    assert few == (
        "72 rows of 40 values of patient hold 5 of 6 classes, 2 of them with fewer than 5 rows: too few to decide by"
    )
    one = reading(rows=7, groups=1)
    assert note(one) == "7 rows of 1 value of patient hold 5 of 6 classes: nothing can be compared"
    assert sentence(one, {}).startswith("On the 7 of 900 test rows whose patient has no train row: no score; 7 rows")


def test_the_optional_columns_of_a_table_are_read_where_they_are(tmp_path: Path) -> None:
    path = tmp_path / "samples.parquet"
    samples.write(Samples(pd.DataFrame({"id": ["a"], "label": ["x"], "price": [1.0]}), Roles()), path)
    assert samples.read(path, ["id"], optional=["group", "price"]).table.columns.tolist() == ["id", "price"]
    with pytest.raises(InputError, match=r"nothing.parquet: no such file"):
        samples.read(tmp_path / "nothing.parquet", ["id"], optional=["group"])
