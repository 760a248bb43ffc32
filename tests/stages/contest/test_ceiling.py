"""The ceiling: an arm whose train split has the rows back that were taken out of it on purpose."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import planted_tables
import pytest
from planted_tables import planted, setup

from makeweight.core import files, paths
from makeweight.data import encoded
from makeweight.data.encoded import Encoded
from makeweight.stages.contest import __main__ as contest

PARAMS = "seed: 1\ndevice: cpu\nengines: []\narms: [none, decision_rule, all_real_rows]\n"
KEPT = 12
ARMS = ("decision_rule", "all_real_rows")


def prepared(folder: Path, monkeypatch: pytest.MonkeyPatch, data: Encoded) -> None:
    """A folder in which the stage runs on these data."""
    monkeypatch.chdir(folder)
    monkeypatch.setattr(encoded, "read", lambda: data)
    values = {"views": ["trees", "tabular"], "seeds": 1, "folds": 3, "combined_amount_percent": 50}
    given = contest.Params.model_validate(values | {"networks": setup().networks})
    monkeypatch.setattr(contest.params, "load", lambda *_: given)
    files.write_json(paths.LEARNERS / "parameters.json", dict(setup().chosen))
    Path("params.yaml").write_text(PARAMS)


def test_it_learns_from_all_rows_and_is_measured_as_the_others_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(planted_tables.COUNTS, "train", (500, 300))
    whole = planted()
    rare = np.flatnonzero((whole.table["label"] == "rare") & (whole.table["mw_split"] == "train"))
    thin = whole.table.copy()
    thin.loc[rare[KEPT:], "mw_split"] = "unused"
    prepared(tmp_path, monkeypatch, replace(whole, table=thin))
    for arm in ARMS:
        contest.main(arm)
    rule, ceiling = (json.loads(Path(f"metrics/contest/{arm}.json").read_text()) for arm in ARMS)
    assert (rule["rows.real"], ceiling["rows.real"], ceiling["rows.synthetic"]) == (500 + KEPT, 800, 0)
    assert ceiling["fusion.macro_f1.mean"] > rule["fusion.macro_f1.mean"] + 0.02
    tables = [pd.read_parquet(f"data/contest/{arm}/predictions.parquet") for arm in ARMS]
    assert tables[0]["id"].tolist() == tables[1]["id"].tolist(), "the same validation and test rows"
    # The minority is that of the train split as it is, not of the balanced one.
    own = tables[1][(tables[1]["view"] == "fusion") & (tables[1]["split"] == "test") & (tables[1]["label"] == "rare")]
    assert ceiling["fusion.minority_recall.mean"] == pytest.approx((own["tuned"] == "rare").mean(), abs=1e-6)


def test_without_rows_that_were_taken_out_it_is_left_out_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    prepared(tmp_path, monkeypatch, planted())
    contest.main("all_real_rows")
    assert capfd.readouterr().err == (
        "all_real_rows is left out: no row was taken out of the train split (`split.imbalance.kind` is none), so that "
        "none can come back\n"
    )
    assert [path.name for path in Path("data/contest/all_real_rows").iterdir()] == ["left_out.json"]
