import copy
from dataclasses import replace

import numpy as np
import pytest
import torch
from planted_tables import learners
from torch.nn import functional as F

from makeweight.balance.arm import Arm
from makeweight.balance.smote import Smote
from makeweight.balance.train_split import full_balance, real_split
from makeweight.balance.weights import Refit
from makeweight.data.labelled import Labelled
from makeweight.learn.classifiers import small_resnet
from makeweight.learn.fusion import softmax
from makeweight.stages.contest import __main__ as contest
from makeweight.stages.contest import runs
from makeweight.stages.contest.arms import prepare
from makeweight.stages.contest.last_layer import refit
from makeweight.stages.contest.networks import ImageParams, learn_image, loss_of
from makeweight.stages.contest.smote_features import learn_image_by_smote
from makeweight.stages.contest.task import Predictions, Task
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
    return Task(real_split(train, 2), pictures(120, 2), pictures(120, 3), seed, CPU)


def short(steps_per_epoch: int) -> ImageParams:
    """Two epochs of a narrow network."""
    changes = {"epochs": 2, "patience": 2, "steps_per_epoch": steps_per_epoch, "width": 4}
    return learners().image.model_copy(update=changes)


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
    network = torch.nn.Identity()

    def view(strength: float, own: torch.nn.Module | None = network) -> Predictions:
        shares = softmax(strength * np.eye(3)[labels] + rng.normal(0, 1, (240, 3)))
        return Predictions(shares, shares, own)

    predictions = {"image": view(0.0), "trees": view(2.0, None), "tabular": view(1.0), "text": view(2.0)}
    kept = contest.weights_of_view_sets(predictions, labels)
    sets = [
        set(predictions),
        {"image", "tabular"},
        {"image", "text"},
        {"tabular", "text"},
        {"image", "tabular", "text"},
    ]
    assert [set(one) for one in kept] == sets
    assert all(one["image"] < 0.2 < one["text"] for one in kept if {"image", "text"} <= set(one))
    pair = {name: predictions[name] for name in ("tabular", "text")}
    logs = sum(kept[3][name] * np.log(pair[name].test) for name in pair)
    assert softmax(logs) == pytest.approx(runs.fuse_predictions(list(pair.values()), labels).test, abs=1e-5)


def test_trees_learn_and_predict_with_a_column_per_class() -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(300) % 2
    rows = Labelled({"tabular": rng.normal(3 * labels[:, None], 1, (300, 2)).astype(np.float32)}, labels)
    predicted = learn_trees(Task(real_split(rows, 3), rows, rows, 1, CPU), learners().trees)
    assert predicted.test.shape == (300, 3) and (predicted.test[:, 2] == 0).all()
    assert np.mean(predicted.test.argmax(1) == labels) > 0.9


def test_smote_on_features_levels_the_last_layer() -> None:
    train = pictures(240, 1)
    config = short(steps_per_epoch=40)
    plain = learn_image(task(train), config)
    balanced = learn_image_by_smote(task(train), config, Smote(), full_balance(train.labels, 2))
    assert balanced.network is None
    rare = pictures(120, 3).labels == 1
    assert balanced.test[:, 1].mean() > plain.test[:, 1].mean() + 0.05, "the rare class is thought of more often"
    assert balanced.test[rare, 1].mean() > balanced.test[~rare, 1].mean() + 0.1, "and where it is right"


def test_a_refit_changes_the_last_layer_alone_and_levels_it() -> None:
    train = pictures(240, 1)
    config = short(steps_per_epoch=40)
    plain, given = learn_image(task(train), config), task(train)
    balanced = learn_image(replace(given, train=Refit().balance(given.train, *NOTHING)), config)
    before, after = (one.network.state_dict() for one in (plain, balanced) if one.network is not None)
    changed = {name.rsplit(".", 1)[0] for name in before if not torch.equal(before[name], after[name])}
    assert changed == {"layers.8"}
    assert balanced.steps == 2 * plain.steps == 160
    rare = pictures(120, 3).labels == 1
    assert balanced.test[:, 1].mean() > plain.test[:, 1].mean() + 0.05, "the rare class is thought of more often"
    assert balanced.test[rare, 1].mean() > balanced.test[~rare, 1].mean() + 0.1, "and where it is right"


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
    from planted_tables import planted

    def broken(balancer, view, task, target, config):  # noqa: ANN001, ANN202
        nan = np.full((2, 2), np.nan if view == "trees" else 0.5)
        return Predictions(nan, nan).check()

    monkeypatch.setenv("MAKEWEIGHT_THREADS", "1")
    monkeypatch.setattr(runs, "learn", broken)
    data = planted()
    outcomes = runs.run_arm(prepare(Arm.parse("none"), data, {}, 50), data, learners(), [20], CPU)
    assert {outcome.view: outcome.failure for outcome in outcomes} == {
        "trees": "a predicted probability is not a number",
        "tabular": "",
        "fusion": "a view of this seed failed",
    }
