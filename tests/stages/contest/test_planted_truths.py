"""Known truths: smooth regions make interpolation help, noise must not help, stolen test rows must stop the stage."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from planted_tables import COLUMNS, generated, planted, rows_of, setup

from makeweight.balance.arm import Arm
from makeweight.balance.train_split import minority_mask
from makeweight.core.errors import InputError
from makeweight.data import samples
from makeweight.data.encoded import Encoded
from makeweight.data.labelled import Labelled
from makeweight.data.leaks import LeakError
from makeweight.data.samples import Roles, Samples
from makeweight.stages.contest.arms import check_leaks, prepare, read_pools
from makeweight.stages.contest.measures import measure, prediction_table
from makeweight.stages.contest.runs import run_arm
from makeweight.stages.verdict.bootstrap import bootstrap
from makeweight.stages.verdict.claims import HELPS, HURTS, INCONCLUSIVE
from makeweight.stages.verdict.judge import Verdict, arms_of_engines, judge
from makeweight.stages.verdict.predictions import align

ENGINES = ["good", "noise"]
ARMS = ["none", "smote", "good_100", "noise_100"]
CPU = torch.device("cpu")


def pools(data: Encoded) -> dict[str, Labelled]:
    rng = np.random.default_rng(1)
    good, noise = rows_of(1, 1200, rng), rng.normal(0, 1, (1200, len(COLUMNS)))
    return {name: data.encode(generated(rows, ["rare"] * 1200)) for name, rows in (("good", good), ("noise", noise))}


@pytest.fixture(scope="module")
def verdict() -> Verdict:
    data = planted()
    tables = {}
    arms = [Arm.parse(name).check(ENGINES) for name in ARMS]
    for arm in arms:
        run = run_arm(prepare(arm, data, pools(data), 50), data, setup(), [20000, 20001, 20002], CPU)
        tables[arm.name] = prediction_table(run, data)
    units = pd.Series(np.arange(len(data.table)), index=data.table["id"])
    scores = []
    for split in ("validation", "test"):
        predictions = align(tables, "fusion", split, units, data.classes)
        assert predictions is not None
        scores.append(bootstrap(predictions, np.array([False, True]), 500, 0.05, 0))
    return judge("fusion", scores[0], scores[1], arms_of_engines(arms))


def test_interpolation_helps_where_the_region_is_smooth(verdict: Verdict) -> None:
    assert verdict.against_none["smote"].word == HELPS


def test_good_rows_help_and_noise_does_not(verdict: Verdict) -> None:
    assert verdict.against_none["good"].word == HELPS
    assert verdict.against_none["noise_100"].word in (HURTS, INCONCLUSIVE)
    assert verdict.against_simple["noise_100"].word == HURTS


def test_validation_chooses_the_good_rows_and_none_of_the_noise(verdict: Verdict) -> None:
    assert verdict.choices.chosen == {"good": "good_100", "noise": "none"}
    assert verdict.choices.recommended == "good_100"


def test_a_generator_that_copies_test_rows_stops_the_stage() -> None:
    data = planted()
    test = data.table.index[data.table["mw_split"] == "test"]
    stolen = data.codecs["tabular"].decode(data.arrays["tabular"][test])
    pool = data.encode(stolen.assign(label=data.table["label"].iloc[test].to_numpy()))
    arm = prepare(Arm.parse("thief_100"), data, {"thief": pool}, 50)
    with pytest.raises(LeakError, match=r"data/sample/thief.parquet: \d+ synthetic rows are copies"):
        check_leaks(arm, data)


def test_a_filtered_arm_takes_the_filtered_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    data, rng = planted(), np.random.default_rng(1)
    monkeypatch.chdir(tmp_path)
    for name, count in (("good", 9), ("good_filtered", 5), ("bad_filtered", 0)):
        table = generated(rows_of(1, count, rng), ["rare"] * count)
        table.insert(0, "id", [f"{name}-{row}" for row in range(count)])
        samples.write(Samples(table, Roles(numeric=tuple(COLUMNS))), Path(f"data/sample/{name}.parquet"))
    for name, rows in (("good_100", 9), ("good_filtered", 5)):
        arm = Arm.parse(name)
        (pool,) = prepare(arm, data, read_pools(arm, data), 50).pools.values()
        assert len(pool) == rows
    with pytest.raises(InputError, match=r"data/sample/bad_filtered.parquet: no row passed the filter"):
        read_pools(Arm.parse("bad_filtered"), data)
    with pytest.raises(InputError, match=r"arms. has 'good_near_50', and .*good_near.parquet is not there: it is wr"):
        read_pools(Arm.parse("good_near_50"), data)
    with pytest.raises(
        InputError, match=r"arms. has 'good_masked_50', and .*good_masked.parquet is not there: .*several"
    ):
        read_pools(Arm.parse("good_masked_50"), data)


def test_the_metrics_of_an_arm_count_its_rows_and_seeds() -> None:
    data = planted()
    arm = prepare(Arm.parse("smote"), data, {}, 50)
    minority = minority_mask(data.split("train").labels, 2)
    numbers = measure(run_arm(arm, data, setup(), [20000, 20001], CPU), data, minority)
    assert numbers["tabular.seeds"] == numbers["fusion.seeds"] == 2
    assert 0 < numbers["fusion.minority_recall.mean"] <= 1
