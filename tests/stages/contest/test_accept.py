"""Batches of synthetic rows that are accepted: good ones are, noise is not, by hand and in the contest."""

from collections.abc import Callable

import numpy as np
import pytest
import torch
from planted_tables import generated, planted, rows_of, setup

from makeweight.balance.arm import Arm
from makeweight.balance.train_split import TrainSplit, full_balance, real_split
from makeweight.data.labelled import Labelled
from makeweight.learn.linear_model import LinearModel
from makeweight.stages.contest.accept import BATCHES, batches_of, loss_of, with_accepted
from makeweight.stages.contest.arms import prepare
from makeweight.stages.contest.runs import learn, with_learned_choices
from makeweight.stages.contest.task import Task


def fit(train: TrainSplit) -> Callable[[Labelled], np.ndarray]:
    model = LinearModel.fit(train.rows.inputs["tabular"], train.rows.labels, train.classes, 1.0)
    return lambda rows: model.predict(rows.inputs["tabular"])


def blobs(count: int, rare: int, seed: int, flipped: bool = False) -> Labelled:
    rng = np.random.default_rng(seed)
    labels = np.array([0] * count + [1] * rare)
    x = rng.normal(0, 1, (len(labels), 8)) + np.where((labels == 1) ^ flipped, 1.0, -1.0)[:, None] * 0.5
    return Labelled({"tabular": x.astype("f4")}, labels)


def test_batches_have_equal_parts_of_every_class() -> None:
    labels = np.array([0] * 9 + [1] * 4)
    found = batches_of(labels)
    assert [np.bincount(labels[rows], minlength=2).tolist() for rows in found] == [[3, 1], [2, 1], [2, 1], [2, 1]]
    assert sorted(np.concatenate(found)) == list(range(13))
    assert len(batches_of(np.zeros(2, dtype=int))) == 2 <= BATCHES


def test_the_loss_is_that_of_classes_alike() -> None:
    train = real_split(Labelled({"tabular": np.zeros((4, 1), "f4")}, np.array([0, 0, 0, 1])), 2)
    checked = Labelled({"tabular": np.zeros((3, 1), "f4")}, np.array([0, 0, 1]))
    found = loss_of(train, checked, lambda _: lambda rows: np.full((len(rows), 2), (0.9, 0.1), dtype="f4"))
    # .9 / .75 and .1 / .25 are 1.2 and .4: shares of .75 and .25.
    assert found == pytest.approx((-np.log(0.75) - np.log(0.25)) / 2, rel=1e-5)


def test_good_batches_are_kept_and_wrong_ones_are_not() -> None:
    split = real_split(blobs(60, 12, 0), 2)
    good, wrong = blobs(0, 200, 1), blobs(0, 200, 2, flipped=True)
    kept = with_accepted(split.with_rows(good), fit, 0)
    assert kept.synthetic.sum() >= 50 and not kept.accept
    assert kept.warnings.get("accept_rows_rejected", 0) == 200 - kept.synthetic.sum()
    none = with_accepted(split.with_rows(wrong), fit, 0)
    assert not none.synthetic.any() and none.warnings == {"accept_rows_rejected": 200}
    assert (none.rows.inputs["tabular"] == split.rows.inputs["tabular"]).all(), "all real rows are learned from"


def test_a_split_too_small_to_check_keeps_its_rows_and_says_so() -> None:
    split = real_split(blobs(1, 0, 0), 2).with_rows(blobs(0, 3, 1))
    found = with_accepted(split, fit, 0)
    assert found.synthetic.sum() == 3 and found.warnings == {"accept_without_rows_to_check": 1}


@pytest.mark.parametrize("view", ["tabular", "trees"])
def test_the_contest_accepts_with_the_learner_of_the_view(view: str) -> None:
    data, rng = planted(), np.random.default_rng(1)
    train = data.split("train")
    task = Task(real_split(train, 2), data.split("validation"), 3, torch.device("cpu"))
    for rows, least in ((rows_of(1, 900, rng), 200), (rows_of(0, 900, rng), 0)):
        pool = data.encode(generated(rows, ["rare"] * 900))
        arm = prepare(Arm.parse("good_100+accept").check(["good"]), data, {"good": pool}, 50)
        balanced = arm.balancer({"good": pool}).balance(task.train, full_balance(train.labels, 2), rng)
        assert balanced.accept and balanced.synthetic.sum() == 882
        chosen = with_learned_choices(view, task, balanced, setup())
        accepted = int(chosen.synthetic.sum())
        learned = learn(view, task, arm.balancer({"good": pool}), full_balance(train.labels, 2), setup())
        assert learned.rejected is not None and (learned.rejected == 882 or least)
        assert accepted >= least if least else accepted == 0, "rows of the common class called rare are refused"
