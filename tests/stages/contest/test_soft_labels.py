"""Soft labels by hand, and arms with modifiers trained on planted tables in every kind of view."""

import numpy as np
import pytest
import torch
from planted_tables import generated, planted, rows_of, setup
from sklearn.metrics import roc_auc_score

from makeweight.balance.arm import Arm
from makeweight.balance.synthetic import SyntheticWeight
from makeweight.balance.train_split import full_balance, real_split
from makeweight.data.labelled import Labelled
from makeweight.stages.contest.arms import count_rows, prepare
from makeweight.stages.contest.linear import fit_after, row_weights
from makeweight.stages.contest.runs import learn
from makeweight.stages.contest.soft_labels import with_soft_labels
from makeweight.stages.contest.task import Task


def rows(labels: list[int]) -> Labelled:
    return Labelled({"tabular": np.arange(len(labels), dtype="f4")[:, None]}, np.array(labels))


def test_half_of_a_row_counts_under_the_classes_of_a_teacher_that_treats_classes_alike() -> None:
    # Class 0 has four times as many real rows as class 1: the teacher's .8 and .2 are equal for classes alike.
    split = real_split(rows([0, 0, 0, 0, 1]), 2).with_rows(rows([1]))
    found = with_soft_labels(split, np.array([[0.8, 0.2]]))
    assert found.rows.labels.tolist() == [0, 0, 0, 0, 1, 0, 1]
    assert found.weights == pytest.approx([1, 1, 1, 1, 1, 0.25, 0.75])
    assert found.synthetic.tolist() == [False] * 5 + [True] * 2 and not found.soft_labels
    assert found.rows.inputs["tabular"][:, 0].tolist() == [0, 1, 2, 3, 4, 0, 0]
    assert row_weights(found).sum() == pytest.approx(5)


def test_weights_stay_and_only_the_most_probable_classes_of_the_teacher_count() -> None:
    split = SyntheticWeight(0.4).balance(real_split(rows([0, 1, 2, 3]), 5).with_rows(rows([0])), np.zeros(5),
                                         np.random.default_rng(0))  # fmt: skip
    found = with_soft_labels(split, np.array([[0.1, 0.3, 0.2, 0.4, 0.0]]))
    assert found.rows.labels.tolist() == [0, 1, 2, 3, 0, 1, 2, 3]
    assert found.weights[4:] == pytest.approx(0.4 * np.array([0.5, 0.5 * 3 / 9, 0.5 * 2 / 9, 0.5 * 4 / 9]))


def test_a_class_without_a_real_row_has_no_share_in_what_the_teacher_says() -> None:
    found = with_soft_labels(real_split(rows([0, 1]), 3).with_rows(rows([0])), np.array([[0.2, 0.1, 0.7]]))
    assert found.rows.labels[2:].tolist() == [0, 1] and found.weights[2:] == pytest.approx([0.5 + 1 / 3, 1 / 6])


def test_the_second_fit_is_held_back_as_much_as_rows_that_it_has_not_seen_ask_for() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 2, 600)
    x = (rng.normal(0, 1, (600, 20)) + labels[:, None] * 0.4).astype("f4")
    few = rng.choice(600, 40, replace=False)
    real = Labelled({"tabular": x[few]}, labels[few])
    weights = np.ones(40)
    held_out = np.setdiff1d(np.arange(600), few)

    def accuracy(first: np.ndarray) -> float:
        model = fit_after(Labelled({"tabular": x[:300]}, first), real, 2, 1.0, weights)
        return float((model.predict(x[held_out]).argmax(1) == labels[held_out]).mean())

    assert accuracy(labels[:300]) > accuracy(rng.permutation(labels[:300])) + 0.03, "good rows first, or noise"


ARMS = ("good_50+weight_30", "good_50+soft_labels", "good_50+band", "good_all_50", "good_all_100+pretrain",
        "distribution_calibration", "distribution_calibration+soft_labels", "good_all_50+class_weights")  # fmt: skip


@pytest.mark.parametrize("view", ["tabular", "trees", "mlp"])
@pytest.mark.parametrize("name", ARMS)
def test_every_arm_learns_in_every_kind_of_view(name: str, view: str) -> None:
    data, rng = planted(), np.random.default_rng(1)
    table = np.concatenate([rows_of(label, 950, rng) for label in (0, 1)])
    pool = data.encode(generated(table, ["common"] * 950 + ["rare"] * 950))
    arm = prepare(Arm.parse(name).check(["good"]), data, {"good": pool}, 50)
    counted = count_rows(arm, data, 0)
    assert counted["rows.real"] == 918 and counted["rows.synthetic"] > 400
    train, test = data.split("train"), data.split("test")
    task = Task(real_split(train, 2), data.split("validation"), 3, torch.device("cpu"))
    balancer = arm.balancer({"good": pool})
    balanced = balancer.balance(task.train, full_balance(train.labels, 2), np.random.default_rng(task.seed))
    assert (balanced.rows.inputs["tabular"][: len(train)] == train.inputs["tabular"]).all()
    learned = learn(view, task, balancer, full_balance(train.labels, 2), setup())
    probabilities = learned.predict(test)
    assert probabilities.shape == (len(test), 2) and np.isfinite(probabilities).all()
    # The network takes a few steps only.
    assert roc_auc_score(test.labels, probabilities[:, 1]) > (0.65 if view == "mlp" else 0.75)


def test_an_arm_that_pre_trains_is_decision_rule_in_trees() -> None:
    data = planted()
    pool = data.split("train")
    train = pool.take(np.arange(0, 918, 3))
    task = Task(real_split(train, 2), data.split("validation"), 3, torch.device("cpu"))
    target = full_balance(train.labels, 2)
    arm = prepare(Arm.parse("good_all_100+pretrain"), data, {"good": pool}, 50)
    found = learn("trees", task, arm.balancer({"good": pool}), target, setup()).predict(train)
    right = learn("trees", task, prepare(Arm.parse("decision_rule"), data, {}, 50).balancer({}), target, setup())
    assert (found == right.predict(train)).all()
    assert Arm.parse("good_all_100+pretrain").idle_in("trees") == ("pretrain",)
