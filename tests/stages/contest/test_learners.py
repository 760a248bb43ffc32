import copy
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from planted_tables import planted, setup
from scipy.sparse import csr_array
from torch.nn import functional as F

from makeweight.balance.arm import Arm
from makeweight.balance.feature_flow import FeatureFlow
from makeweight.balance.smote import Smote
from makeweight.balance.train_split import full_balance, real_split
from makeweight.balance.weights import Refit
from makeweight.data.folds import fold_numbers
from makeweight.data.labelled import Labelled
from makeweight.learn.classifiers import small_resnet
from makeweight.learn.fusion import fuse, softmax
from makeweight.learn.linear_model import LinearModel
from makeweight.stages.contest import runs
from makeweight.stages.contest.arms import prepare
from makeweight.stages.contest.decide import choose_decisions, fusions_of_view_sets
from makeweight.stages.contest.last_layer import refit
from makeweight.stages.contest.linear import learn_linear, mixed, row_weights
from makeweight.stages.contest.networks import ImageParams, learn_resnet, loss_of
from makeweight.stages.contest.resnet_features import FeatureWay, learn_resnet_by_features
from makeweight.stages.contest.task import Learned, Task
from makeweight.stages.contest.trees import corrected_for_prior, learn_trees

CPU = torch.device("cpu")
NOTHING = np.zeros(2, dtype=int), np.random.default_rng(0)
"""A target and a generator for what needs neither."""


def pictures(count: int, seed: int) -> Labelled:
    """Dark and light pictures, the light ones rare; some are as light as the darker of the others."""
    rng = np.random.default_rng(seed)
    labels = (np.arange(count) % 6 == 0).astype(int)
    brightness = 90 + 45 * labels + rng.normal(0, 25, count)
    array = np.clip(rng.normal(brightness[:, None, None, None], 25, (count, 1, 16, 16)), 0, 255)
    return Labelled({"image": array.astype(np.uint8)}, labels)


def task(train: Labelled, seed: int = 1) -> Task:
    return Task(real_split(train, 2), pictures(120, 2), seed, CPU)


def short(steps_per_epoch: int) -> ImageParams:
    """Two epochs of a narrow network."""
    changes = {"epochs": 2, "patience": 2, "steps_per_epoch": steps_per_epoch, "width": 4}
    return setup().networks.resnet.model_copy(update={**changes, "augment": ()})


def test_class_weights_and_prior_in_the_loss_by_hand() -> None:
    logits, labels = torch.tensor([[2.0, 0.0], [0.5, 1.0]]), torch.tensor([0, 1])
    split = real_split(pictures(12, 0), 2)
    weighted = loss_of(split.__class__(split.rows, 2, split.synthetic, class_weights=np.array([0.5, 3.0])), CPU)
    each = F.cross_entropy(logits, labels, reduction="none")
    assert weighted(logits, labels).item() == pytest.approx((0.5 * each[0] + 3 * each[1]).item() / 2)
    prior = np.array([0.8, 0.2])
    adjusted = loss_of(split.__class__(split.rows, 2, split.synthetic, prior=prior), CPU)
    shifted = logits + torch.tensor(np.log(prior), dtype=torch.float32)
    assert adjusted(logits, labels).item() == pytest.approx(F.cross_entropy(shifted, labels).item())


def test_probabilities_corrected_for_class_shares_by_hand() -> None:
    assert corrected_for_prior(np.array([[0.8, 0.2]]), np.array([0.8, 0.2])) == pytest.approx(np.array([[0.5, 0.5]]))


def test_weights_are_kept_for_every_set_of_views_that_an_upload_can_have() -> None:
    rng = np.random.default_rng(2)
    labels = rng.integers(0, 3, 240)
    strengths = {"image": 0.0, "trees": 2.0, "tabular": 1.0, "text": 2.0}
    held_out = {
        view: softmax(strength * np.eye(3)[labels] + rng.normal(0, 1, (240, 3))) for view, strength in strengths.items()
    }
    decisions = choose_decisions(held_out, labels, CPU)
    readable = ["image", "tabular", "text"]
    kept = fusions_of_view_sets(held_out, decisions.rules, readable, labels, ["a", "b", "c"], CPU)
    sets = [{"image", "tabular"}, {"image", "text"}, {"tabular", "text"}, {"image", "tabular", "text"}]
    assert [set(one["weights"]) for one in kept] == sets
    both = [one["plain_weights"] for one in kept if {"image", "text"} <= set(one["weights"])]
    assert len(both) == 2 and all(one["image"] < 0.2 < one["text"] for one in both)
    logs = sum(kept[2]["plain_weights"][name] * np.log(held_out[name]) for name in ("tabular", "text"))
    weights = [kept[2]["plain_weights"][name] for name in ("tabular", "text")]
    assert softmax(logs) == pytest.approx(fuse([held_out["tabular"], held_out["text"]], weights), abs=1e-5)
    assert decisions.fusion is not None and decisions.fusion.weights["image"] < 0.2


def test_trees_learn_and_predict_with_a_column_per_class() -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(300) % 2
    rows = Labelled({"tabular": rng.normal(3 * labels[:, None], 1, (300, 2)).astype(np.float32)}, labels)
    predicted = learn_trees(Task(real_split(rows, 3), rows, 1, CPU), setup().chosen["trees"]).predict(rows)
    assert predicted.shape == (300, 3) and (predicted[:, 2] == 0).all()
    assert np.mean(predicted.argmax(1) == labels) > 0.9


def test_all_rows_together_weigh_as_much_as_the_real_ones() -> None:
    train = planted().split("train").take(np.arange(850, 918))
    split = real_split(train, 2).with_rows(train.take(np.arange(50, 68)))
    assert row_weights(split) == pytest.approx(np.full(86, 68 / 86))
    weighted = replace(split, class_weights=np.array([1.0, 3.0]))
    by_hand = np.where(split.rows.labels == 1, 3.0, 1.0)
    assert row_weights(weighted) == pytest.approx(by_hand * 68 / by_hand.sum())


def test_mixed_rows_stand_under_both_labels_by_their_share() -> None:
    x, labels = np.arange(8, dtype=np.float32).reshape(4, 2), np.array([0, 0, 1, 2])
    dense, both, weights = mixed(x, labels, np.ones(4), 0.5, np.random.default_rng(0))
    sparse_rows, *_ = mixed(csr_array(x), labels, np.ones(4), 0.5, np.random.default_rng(0))
    assert np.allclose(sparse_rows.toarray(), dense)
    assert both[:4].tolist() == labels.tolist() and sorted(both[4:]) == sorted(labels)
    assert weights[:4] + weights[4:] == pytest.approx(np.ones(4))
    assert np.array_equal(dense[:4], dense[4:])


def test_a_prior_shifts_the_intercepts_and_nothing_else() -> None:
    train = planted().split("train")
    split = real_split(train, 2)
    plain, adjusted = (
        learn_linear(Task(one, train, 0, CPU), 1.0) for one in (split, replace(split, prior=np.array([0.9, 0.1])))
    )
    expected = plain.predict(train) / np.array([0.9, 0.1])
    assert adjusted.predict(train) == pytest.approx(expected / expected.sum(1, keepdims=True), abs=1e-4)
    assert adjusted.model is not None and isinstance(adjusted.model.fitted, LinearModel)


def test_an_ensemble_averages_its_members() -> None:
    data = planted()
    arm = prepare(Arm.parse("undersampling_ensemble"), data, {}, 50)
    train, test = data.split("train"), data.split("test")
    given = Task(real_split(train, 2), train, 3, CPU)
    learned = runs.learn("tabular", given, arm.balancer({}), full_balance(train.labels, 2), setup())
    bags = arm.balancer({}).balance(given.train, NOTHING[0], np.random.default_rng(3)).bags
    assert len(bags) == 10 and all(np.bincount(train.labels[bag]).tolist() == [18, 18] for bag in bags)
    members = [LinearModel.fit(train.inputs["tabular"][bag], train.labels[bag], 2, 1.0) for bag in bags]
    by_hand = np.mean([member.predict(test.inputs["tabular"]) for member in members], axis=0)
    assert learned.predict(test) == pytest.approx(by_hand, abs=1e-3) and learned.model is None


@pytest.mark.parametrize("way", [Smote(), FeatureFlow(steps=50)], ids=["smote", "feature_flow"])
def test_new_rows_of_features_level_the_last_layer(way: FeatureWay) -> None:
    train, test = pictures(240, 1), pictures(120, 3)
    config = short(steps_per_epoch=40)
    plain = learn_resnet(task(train), config).predict(test)
    learned = learn_resnet_by_features(task(train), config, way, full_balance(train.labels, 2))
    balanced, rare = learned.predict(test), test.labels == 1
    assert learned.model is None
    assert balanced[:, 1].mean() > plain[:, 1].mean() + 0.05, "the rare class is thought of more often"
    assert balanced[rare, 1].mean() > balanced[~rare, 1].mean() + 0.1, "and where it is right"


def test_a_refit_changes_the_last_layer_alone_and_levels_it() -> None:
    train, test = pictures(240, 1), pictures(120, 3)
    config = short(steps_per_epoch=40)
    plain, given = learn_resnet(task(train), config), task(train)
    balanced = learn_resnet(replace(given, train=Refit().balance(given.train, *NOTHING)), config)
    before, after = (weights_of(one) for one in (plain, balanced))
    changed = {name.rsplit(".", 1)[0] for name in before if not torch.equal(before[name], after[name])}
    assert changed == {"layers.8"}
    assert balanced.steps == 2 * plain.steps == 160
    predicted, rare = balanced.predict(test), test.labels == 1
    assert predicted[:, 1].mean() > plain.predict(test)[:, 1].mean() + 0.05, "the rare class is thought of more often"
    assert predicted[rare, 1].mean() > predicted[~rare, 1].mean() + 0.1, "and where it is right"


def weights_of(learned: Learned) -> dict[str, torch.Tensor]:
    assert learned.model is not None and isinstance(learned.model.fitted, torch.nn.Module)
    return learned.model.fitted.state_dict()


def test_a_refit_learns_from_real_rows_only() -> None:
    train, synthetic = pictures(120, 1), pictures(60, 4)
    config = short(steps_per_epoch=10)
    given, network = task(train), small_resnet("image", (1, 16, 16), 2, width=4)
    with_synthetic = replace(given, train=given.train.with_rows(synthetic))
    layers = []
    for one in (given, with_synthetic):
        refit(network, one, config)
        layers.append(copy.deepcopy(network.layers[-1].state_dict()))
    assert all(torch.equal(layers[0][name], layers[1][name]) for name in layers[0])


def test_a_prediction_that_is_no_number_fails_its_seed_and_not_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    learn = runs.learn

    def broken(view: str, *given: Any) -> Learned:
        if view != "trees":
            return learn(view, *given)
        return Learned(lambda rows: np.full((len(rows), 2), np.nan))

    monkeypatch.setenv("MAKEWEIGHT_THREADS", "1")
    monkeypatch.setattr(runs, "learn", broken)
    data = planted()
    run = runs.run_arm(prepare(Arm.parse("none"), data, {}, 50), data, setup(), [20], CPU)
    assert {outcome.view: outcome.failure for outcome in run.outcomes} == {
        "trees": "a predicted probability is not a number",
        "tabular": "",
        "fusion": "a view of this seed failed",
    }
    assert set(run.decisions.rules) == {"tabular"}


def test_a_view_that_gives_the_same_with_every_seed_is_trained_once() -> None:
    data = planted()
    seeds, folds = [20, 21, 22], np.arange(918) % 3
    counts = {}
    for name in ("none", "smote"):
        arm = prepare(Arm.parse(name), data, {}, 50)
        counts[name] = [len(runs.jobs_of(view, arm, seeds, folds)) for view in ("tabular", "trees")]
    assert counts == {"none": [1 + 3, 3 + 3], "smote": [3 + 3, 3 + 3]}
    run = runs.run_arm(prepare(Arm.parse("none"), data, {}, 50), data, setup(), seeds, CPU)
    tabular = [one.predictions.test for one in run.outcomes if one.view == "tabular" and one.predictions]
    assert len(tabular) == 3 and np.array_equal(tabular[0], tabular[2])


def test_predictions_out_of_fold_come_from_models_that_did_not_see_the_unit() -> None:
    labels, units = np.arange(60) % 2, np.arange(60) // 4
    folds = fold_numbers(labels, units, 3, 0)
    assert set(folds) == {0, 1, 2}
    assert all(len(set(folds[units == unit])) == 1 for unit in units)
    assert set(fold_numbers(labels, np.zeros(60, dtype=int), 3, 0)) == {0}, "one unit can't be split"
    few = np.array([0] * 20 + [1])
    assert set(fold_numbers(few, np.arange(21), 3, 0)) == {0, 1, 2}, "a class of one row is in one fold"
