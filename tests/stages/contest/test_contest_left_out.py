"""An arm that means nothing for the data is not trained: its cell says why, and nothing else."""

import json
from pathlib import Path

import numpy as np
import pytest
from planted_tables import planted, setup

from makeweight.balance.arm import Arm
from makeweight.balance.train_split import full_balance, real_split
from makeweight.data import encoded
from makeweight.stages.contest import __main__ as contest
from makeweight.stages.contest.arms import prepare
from makeweight.stages.contest.task import Task
from makeweight.stages.contest.trees import learn_trees

PARAMS = "seed: 1\ndevice: cpu\nengines: []\narms: [none, classic]\n"


def test_pictures_are_not_augmented_where_there_are_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(encoded, "read", planted)
    values = {"views": ["text", "image", "trees"], "seeds": 1, "folds": 2, "combined_amount_percent": 50}
    given = contest.Params.model_validate(values | {"networks": setup().networks})
    monkeypatch.setattr(contest.params, "load", lambda *_: given)
    Path("params.yaml").write_text(PARAMS)
    contest.main("classic")
    assert [path.name for path in Path("data/contest/classic").iterdir()] == ["left_out.json"]
    assert "changes pictures" in json.loads(Path("data/contest/classic/left_out.json").read_text())["reason"]
    assert json.loads(Path("metrics/contest/classic.json").read_text()) == {"left_out": 1}


@pytest.mark.parametrize("name", ["refit", "mixup"])
def test_what_is_called_idle_in_trees_repeats_none(name: str) -> None:
    """The reason why the tables leave these cells empty."""
    data = planted()
    train, validation, test = (data.split(split).only("tabular") for split in ("train", "validation", "test"))
    target = full_balance(train.labels, len(data.classes))
    found = []
    for arm in ("none", name):
        balancer = prepare(Arm.parse(arm), data, {}, 50).balancer({})
        split = balancer.balance(real_split(train, len(data.classes)), target, np.random.default_rng(0))
        task = Task(split, validation, 0, contest.runtime.device("cpu"))
        found.append(learn_trees(task, setup().chosen["trees"]).predict(test))
    assert np.array_equal(*found) and Arm.parse(name).idle_in("trees")
