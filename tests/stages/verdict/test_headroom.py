"""The ceiling in the verdict: no contestant, but what the gains of the others are shares of."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import f1_score

from makeweight.data import samples
from makeweight.data.samples import Roles, Samples
from makeweight.results.run import Run
from makeweight.stages.verdict import __main__ as verdict

PARAMS = """
seed: 1
engines: [flow]
arms: [none, decision_rule, smote, flow_50, all_real_rows]
verdict: {bootstrap_samples: 300, family_wise_alpha: 0.05}
"""
RIGHT = {"none": 0.6, "decision_rule": 0.7, "smote": 0.65, "flow_50": 0.8, "all_real_rows": 0.95}


def write_project(folder: Path, right: dict[str, float]) -> pd.DataFrame:
    """A split of two classes, and predictions that are right with a probability for each arm."""
    rng = np.random.default_rng(0)
    rows = 1500
    table = pd.DataFrame({"id": [f"row {row}" for row in range(rows)]})
    table["mw_split"] = rng.choice(["train", "validation", "test"], rows)
    table["label"], table["mw_unit"] = rng.choice(["common", "rare"], rows, p=[0.7, 0.3]), table["id"]
    samples.write(Samples(table, Roles()), folder / "data/split/samples.parquet")
    luck = {seed: rng.random(rows) for seed in (1, 2)}
    for arm, chance in right.items():
        parts = []
        for seed, drawn in luck.items():
            own = table.assign(split=table["mw_split"], view="text", seed=seed)
            other = own["label"].map({"common": "rare", "rare": "common"})
            own["predicted"] = own["label"].where(drawn < chance, other)
            parts.append(own[own["split"] != "train"].assign(tuned=lambda rows: rows["predicted"]))
        path = folder / f"data/contest/{arm}/predictions.parquet"
        path.parent.mkdir(parents=True)
        pd.concat(parts).to_parquet(path)
    (folder / "params.yaml").write_text(PARAMS)
    return table


def test_the_ceiling_is_no_contestant_and_gains_are_shares_of_its_gain(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_project(tmp_path, RIGHT)
    monkeypatch.chdir(tmp_path)
    verdict.main()
    record = json.loads(Path("plots/verdict/verdict.json").read_text())
    numbers = json.loads(Path("metrics/verdict.json").read_text())
    assert record["recommended"] == "flow_50" and record["best_simple"] == "decision_rule"
    for name in ("intervals.csv", "arms.csv", "classes.csv"):
        assert "all_real_rows" not in set(pd.read_csv(f"plots/verdict/{name}")["arm"])
    means = {}
    for arm in RIGHT:
        table = pd.read_parquet(f"data/contest/{arm}/predictions.parquet")
        test = table[table["split"] == "test"]
        scored = [f1_score(one["label"], one["tuned"], average="macro") for _, one in test.groupby("seed")]
        means[arm] = np.mean(scored)
    headroom = means["all_real_rows"] - means["none"]
    assert numbers["all_real_rows.macro_f1.mean"] == pytest.approx(means["all_real_rows"], abs=1e-6)
    assert numbers["headroom.over_none.mean"] == pytest.approx(headroom, abs=1e-6)
    beyond = means["all_real_rows"] - means["decision_rule"]
    assert numbers["headroom.over_rule.mean"] == pytest.approx(beyond, abs=1e-6)
    assert numbers["headroom.over_none.low"] < headroom < numbers["headroom.over_none.high"]
    for arm, line in (("smote", "smote"), ("decision_rule", "decision_rule"), ("flow_50", "flow")):
        share = (means[arm] - means["none"]) / headroom
        assert numbers[f"{line}.share_of_headroom"] == pytest.approx(share, abs=1e-5)
        assert record["headroom"]["shares"][line] == pytest.approx(share, abs=1e-5)
    read = Run(Path("metrics"), Path("plots")).verdict
    assert read.headroom.arm == "all_real_rows" and read.headroom.shares == record["headroom"]["shares"]
    assert read.headroom.over_none.mean == pytest.approx(100 * headroom, abs=1e-3) and read.new_groups is None
    assert read.headroom.over_rule.mean == pytest.approx(100 * beyond, abs=1e-3)
    said = record["sentences"]["headroom"]
    assert said.startswith("With all rows back that were taken out of the train split, macro-F1 is 9")
    shares = record["headroom"]["shares"]
    assert said.endswith(
        f"Of this headroom over doing nothing, the decision rule has {100 * shares['decision_rule']:.0f} %, "
        f"flow has {100 * shares['flow']:.0f} %."
    )


def test_the_words_on_the_others_are_the_same_without_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_project(tmp_path, RIGHT)
    monkeypatch.chdir(tmp_path)
    verdict.main()
    before = Path("plots/verdict/intervals.csv").read_bytes()
    Path("params.yaml").write_text(PARAMS.replace(", all_real_rows", ""))
    verdict.main()
    assert Path("plots/verdict/intervals.csv").read_bytes() == before
    record = json.loads(Path("plots/verdict/verdict.json").read_text())
    assert "headroom" not in record and "headroom" not in record["sentences"]


def test_a_headroom_that_is_not_shown_has_no_shares(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_project(tmp_path, RIGHT | {"all_real_rows": 0.601})
    monkeypatch.chdir(tmp_path)
    verdict.main()
    record = json.loads(Path("plots/verdict/verdict.json").read_text())
    assert record["headroom"]["shares"] == {}
    assert record["sentences"]["headroom"].endswith("which is not shown to be one; so no share of it is told.")
    assert not [name for name in json.loads(Path("metrics/verdict.json").read_text()) if "share_of" in name]


def test_an_engine_of_which_nothing_is_added_has_no_share(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_project(tmp_path, RIGHT | {"flow_50": 0.5})
    monkeypatch.chdir(tmp_path)
    verdict.main()
    record = json.loads(Path("plots/verdict/verdict.json").read_text())
    assert record["chosen"] == {"flow": "none"}
    assert set(record["headroom"]["shares"]) == {"decision_rule", "smote", "flow_50"}
    assert record["headroom"]["shares"]["flow_50"] < 0
