"""The stage from files to files, on predictions that are written here."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from makeweight.core.errors import InputError
from makeweight.data import samples
from makeweight.data.samples import Roles, Samples
from makeweight.stages.verdict import __main__ as verdict

PARAMS = """
seed: 1
engines: [flow]
arms: [none, smote, flow_50, flow_100]
verdict: {bootstrap_samples: 200, family_wise_alpha: 0.05}
"""
RIGHT = {"none": 0.7, "smote": 0.8, "flow_50": 0.9, "flow_100": 0.72}


def write_project(folder: Path) -> None:
    """A split of two classes, and predictions that are right with a probability for each arm."""
    rng = np.random.default_rng(0)
    rows = 900
    split = rng.choice(["train", "validation", "test"], rows)
    table = pd.DataFrame({"id": [f"row {row}" for row in range(rows)], "mw_split": split})
    table["label"], table["mw_unit"] = rng.choice(["common", "rare"], rows, p=[0.8, 0.2]), table["id"]
    samples.write(Samples(table, Roles()), folder / "data/split/samples.parquet")
    for arm, right in RIGHT.items():
        parts = []
        for view in ("text", "fusion"):
            for seed in (1, 2):
                own = table[table["mw_split"] != "train"].assign(
                    split=lambda rows: rows["mw_split"], view=view, seed=seed
                )
                other = own["label"].map({"common": "rare", "rare": "common"})
                own["predicted"] = own["label"].where(rng.random(len(own)) < right, other)
                parts.append(own.assign(tuned=own["predicted"]))
        path = folder / f"data/contest/{arm}/predictions.parquet"
        path.parent.mkdir(parents=True)
        pd.concat(parts).to_parquet(path)
    (folder / "params.yaml").write_text(PARAMS)


def test_choices_words_and_tables_are_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_project(tmp_path)
    monkeypatch.chdir(tmp_path)
    verdict.main()
    written = {file.name for file in Path("plots/verdict").iterdir()}
    assert written == {
        "verdict.json",
        "intervals.csv",
        "dose.csv",
        "classes.csv",
        "arms.csv",
        "rule.csv",
        "classes.png",
        "confusion.csv",
    }
    record = json.loads(Path("plots/verdict/verdict.json").read_text())
    assert (record["view"], record["best_simple"], record["chosen"]) == ("fusion", "smote", {"flow": "flow_50"})
    assert record["recommended"] == "flow_50" and set(record["sentences"]) == {"recommendation", "flow"}
    assert record["decision_rule"] is None and record["rule"] is None and record["shares"] == {}
    assert record["group"]["arms"] == ["flow_50"] and record["group"]["worse"] == ["smote"]
    words = pd.read_csv("plots/verdict/intervals.csv").set_index("arm")["verdict"]
    assert words["smote"] == words["flow_50"] == words["flow"] == "helps" and words["flow_100"] == "inconclusive"
    assert pd.read_csv("plots/verdict/dose.csv")["amount"].tolist() == [0, 50, 100]
    assert set(pd.read_csv("plots/verdict/classes.csv")["arm"]) == {"smote", "flow_50", "flow_100"}
    confusion = pd.read_csv("plots/verdict/confusion.csv")
    tests = (samples.read(Path("data/split/samples.parquet")).table["mw_split"] == "test").sum()
    assert confusion.groupby("arm", sort=False)["count"].sum().to_dict() == {"flow_50": 2 * tests, "none": 2 * tests}
    numbers = json.loads(Path("metrics/verdict.json").read_text())
    assert numbers["flow_50.recommended"] == 1 and numbers["flow_50.against_none.word"] == 1
    assert numbers["recommended.macro_f1.mean"] == numbers["flow_50.macro_f1.mean"]
    assert "text.smote.macro_f1.mean" in numbers and "text.smote.macro_f1.low" not in numbers


def test_an_arm_that_means_nothing_for_the_data_is_left_out_and_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    write_project(tmp_path)
    monkeypatch.chdir(tmp_path)
    Path("data/contest/smote/predictions.parquet").unlink()
    Path("data/contest/smote/left_out.json").write_text('{"reason": "no neighbours"}')
    verdict.main()
    record = json.loads(Path("plots/verdict/verdict.json").read_text())
    assert record["left_out"] == {"smote": "no neighbours"} and record["best_simple"] == "none"
    assert "smote" not in set(pd.read_csv("plots/verdict/intervals.csv")["arm"])
    assert "smote is left out: no neighbours" in capfd.readouterr().err


def test_what_another_run_left_in_the_contest_is_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_project(tmp_path)
    monkeypatch.chdir(tmp_path)
    verdict.main()
    before = {file.name: file.read_bytes() for file in Path("plots/verdict").iterdir()}
    for stale in ("classic", "old_engine_100"):
        Path(f"data/contest/{stale}").mkdir()
        Path(f"data/contest/{stale}/predictions.parquet").write_bytes(b"of another data set")
    verdict.main()
    assert {file.name: file.read_bytes() for file in Path("plots/verdict").iterdir()} == before


def test_an_arm_that_lacks_a_seed_is_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    write_project(tmp_path)
    monkeypatch.chdir(tmp_path)
    path = Path("data/contest/smote/predictions.parquet")
    table = pd.read_parquet(path)
    table[table["seed"] == 1].to_parquet(path)
    verdict.main()
    assert "fusion: smote has no predictions for some seed and is left out" in capfd.readouterr().err
    assert "smote" not in set(pd.read_csv("plots/verdict/arms.csv")["arm"])


def test_the_decision_rule_is_recommended_with_its_numbers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same predictions as `none`, decided by a rule that is right more often."""
    write_project(tmp_path)
    monkeypatch.chdir(tmp_path)
    Path("params.yaml").write_text(PARAMS.replace("[none, smote", "[none, decision_rule, smote"))
    folder, table = Path("data/contest/decision_rule"), pd.read_parquet("data/contest/none/predictions.parquet")
    folder.mkdir()
    table.assign(tuned=pd.read_parquet("data/contest/flow_50/predictions.parquet")["tuned"]).to_parquet(
        folder / "predictions.parquet"
    )
    biases = {"common": 0.0, "rare": 2.19722}  # log 9 with six digits
    rule = {"tau": 1.0, "kept": 0.0, "biases": biases, "threshold": 0.1, "warnings": {}}
    (folder / "decisions.json").write_text(json.dumps({"rules": {"fusion": rule}}))
    verdict.main()
    record = json.loads(Path("plots/verdict/verdict.json").read_text())
    assert record["recommended"] == record["best_simple"] == "decision_rule"
    assert record["sentences"]["recommendation"].startswith("Do not resample: choose the decision rule.")
    assert "predict rare where its probability of all views together is above 0.100" in record["sentences"]["rule"]
    assert record["rule"] == {"arm": "decision_rule", **rule}
    table = pd.read_csv("plots/verdict/intervals.csv").set_index("arm")
    assert record["decision_rule"]["mean"] == pytest.approx(table.loc["decision_rule", "mean"], abs=1e-3)
    assert table.loc["smote", "rule_verdict"] == "hurts"
    numbers = json.loads(Path("metrics/verdict.json").read_text())
    assert numbers["decision_rule.argmax_macro_f1.mean"] == numbers["none.argmax_macro_f1.mean"]
    assert numbers["decision_rule.macro_f1.mean"] > numbers["decision_rule.argmax_macro_f1.mean"] + 0.1


def test_predictions_of_an_earlier_version_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_project(tmp_path)
    monkeypatch.chdir(tmp_path)
    path = Path("data/contest/smote/predictions.parquet")
    pd.read_parquet(path).drop(columns="tuned").to_parquet(path)
    with pytest.raises(InputError, match=r"smote/predictions.parquet: no column 'tuned'; .*dvc repro contest"):
        verdict.main()


def test_predictions_of_another_split_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_project(tmp_path)
    monkeypatch.chdir(tmp_path)
    path = Path("data/contest/smote/predictions.parquet")
    pd.read_parquet(path).assign(id=lambda table: "other " + table["id"]).to_parquet(path)
    with pytest.raises(InputError, match=r"smote/predictions.parquet: id 'other row \d+' is not in data/split"):
        verdict.main()
