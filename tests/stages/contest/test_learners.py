import copy
from dataclasses import replace

import numpy as np
import pytest
import torch
from planted_tables import settings
from torch.nn import functional as F

from makeweight.balance.arm import Arm
from makeweight.balance.smote import Smote
from makeweight.balance.train_split import full_balance, real_split
from makeweight.balance.weights import Refit
from makeweight.data.labelled import Labelled
from makeweight.learn.classifiers import small_resnet
from makeweight.stages.contest import __main__ as contest
from makeweight.stages.contest.learners import (
    Answer,
    ImageParams,
    Task,
    corrected,
    fuse,
    learn_image,
    learn_image_by_smote,
    learn_trees,
    loss_of,
    refit,
    softmax,
)

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
    return settings(1).learners.image.model_copy(update=changes)


def test_class_weights_and_prior_in_the_loss_by_hand() -> None:
    logits, labels = torch.tensor([[2.0, 0.0], [0.5, 1.0]]), torch.tensor([0, 1])
    split = real_split(pictures(12, 0), 2)
    weighted = loss_of(split.__class__(split.rows, 2, split.made, class_weights=np.array([0.5, 3.0])), CPU)
    each = F.cross_entropy(logits, labels, reduction="none")
    assert weighted(logits, labels).item() == pytest.approx((0.5 * each[0] + 3 * each[1]).item() / 2)
    prior = np.array([0.8, 0.2])
    adjusted = loss_of(split.__class__(split.rows, 2, split.made, prior=prior), CPU)
    shifted = logits + torch.tensor(np.log(prior), dtype=torch.float32)
    assert adjusted(logits, labels).item() == pytest.approx(F.cross_entropy(shifted, labels).item())


def test_probabilities_corrected_for_class_shares_by_hand() -> None:
    assert corrected(np.array([[0.8, 0.2]]), np.array([0.8, 0.2])) == pytest.approx(np.array([[0.5, 0.5]]))


def test_fusion_leans_on_the_view_that_knows() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 200)
    knows = softmax(2.0 * np.eye(3)[labels] + rng.normal(0, 1, (200, 3)))
    guesses = softmax(rng.normal(0, 2, (200, 3)))
    fused = fuse({"image": Answer(guesses, guesses), "text": Answer(knows, knows)}, labels)
    accuracy = {name: np.mean(p.argmax(1) == labels) for name, p in (("knows", knows), ("fused", fused.test))}
    assert accuracy["fused"] > accuracy["knows"] - 0.02
    assert fused.test.sum(1) == pytest.approx(np.ones(200))


def test_fusion_weights_minimise_the_level_log_loss() -> None:
    """The slopes are right if no weight nearby does better."""
    rng = np.random.default_rng(1)
    labels = rng.choice(3, 300, p=[0.7, 0.2, 0.1])
    views = [softmax(width * np.eye(3)[labels] + rng.normal(0, 1, (300, 3))) for width in (1.0, 0.6)]
    fused = fuse({"a": Answer(views[0], views[0]), "b": Answer(views[1], views[1])}, labels).validation

    def level_loss(probabilities: np.ndarray) -> float:
        own = -np.log(probabilities[np.arange(300), labels])
        return float(np.mean([own[labels == name].mean() for name in range(3)]))

    grid = [
        softmax(a * np.log(views[0]) + b * np.log(views[1]))
        for a in np.linspace(0, 3, 31)
        for b in np.linspace(0, 3, 31)
    ]
    assert level_loss(fused) <= min(map(level_loss, grid)) + 1e-4


def test_weights_are_kept_for_every_set_of_views_that_an_upload_can_have() -> None:
    rng = np.random.default_rng(2)
    labels = rng.integers(0, 3, 240)
    network = torch.nn.Identity()

    def view(strength: float, own: torch.nn.Module | None = network) -> Answer:
        shares = softmax(strength * np.eye(3)[labels] + rng.normal(0, 1, (240, 3)))
        return Answer(shares, shares, own)

    answers = {"image": view(0.0), "trees": view(2.0, None), "tabular": view(1.0), "text": view(2.0)}
    kept = contest.fusions_kept(answers, labels)
    sets = [set(answers), {"image", "tabular"}, {"image", "text"}, {"tabular", "text"}, {"image", "tabular", "text"}]
    assert [set(one) for one in kept] == sets
    assert all(one["image"] < 0.2 < one["text"] for one in kept if {"image", "text"} <= set(one))
    pair = {name: answers[name] for name in ("tabular", "text")}
    logs = sum(kept[3][name] * np.log(pair[name].test) for name in pair)
    assert softmax(logs) == pytest.approx(fuse(pair, labels).test, abs=1e-5)


def test_trees_learn_and_answer_with_a_column_per_class() -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(300) % 2
    rows = Labelled({"tabular": rng.normal(3 * labels[:, None], 1, (300, 2)).astype(np.float32)}, labels)
    answer = learn_trees(Task(real_split(rows, 3), rows, rows, 1, CPU), settings(1).learners.trees)
    assert answer.test.shape == (300, 3) and (answer.test[:, 2] == 0).all()
    assert np.mean(answer.test.argmax(1) == labels) > 0.9


def test_smote_on_features_levels_the_last_layer() -> None:
    train = pictures(240, 1)
    config = short(steps_per_epoch=40)
    plain = learn_image(task(train), config)
    levelled = learn_image_by_smote(task(train), config, Smote(), full_balance(train.labels, 2))
    assert levelled.network is None
    rare = pictures(120, 3).labels == 1
    assert levelled.test[:, 1].mean() > plain.test[:, 1].mean() + 0.05, "the rare class is thought of more often"
    assert levelled.test[rare, 1].mean() > levelled.test[~rare, 1].mean() + 0.1, "and where it is right"


def test_a_refit_changes_the_last_layer_alone_and_levels_it() -> None:
    train = pictures(240, 1)
    config = short(steps_per_epoch=40)
    plain, given = learn_image(task(train), config), task(train)
    levelled = learn_image(replace(given, train=Refit().balance(given.train, *NOTHING)), config)
    before, after = (answer.network.state_dict() for answer in (plain, levelled) if answer.network is not None)
    changed = {name.rsplit(".", 1)[0] for name in before if not torch.equal(before[name], after[name])}
    assert changed == {"layers.8"}
    assert levelled.steps == 2 * plain.steps == 160
    rare = pictures(120, 3).labels == 1
    assert levelled.test[:, 1].mean() > plain.test[:, 1].mean() + 0.05, "the rare class is thought of more often"
    assert levelled.test[rare, 1].mean() > levelled.test[~rare, 1].mean() + 0.1, "and where it is right"


def test_a_refit_learns_from_real_rows_only() -> None:
    train, made = pictures(120, 1), pictures(60, 4)
    config = short(steps_per_epoch=10)
    given, network = task(train), small_resnet("image", (1, 16, 16), 2, width=4)
    with_made = replace(given, train=given.train.with_rows(made))
    layers = []
    for one in (given, with_made):
        refit(network, one, config)
        layers.append(copy.deepcopy(network.layers[-1].state_dict()))
    assert all(torch.equal(layers[0][name], layers[1][name]) for name in layers[0])


def test_an_answer_that_is_no_number_fails_its_seed_and_not_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    from planted_tables import planted

    def broken(balancer, view, task, target, config):  # noqa: ANN001, ANN202
        nan = np.full((2, 2), np.nan if view == "trees" else 0.5)
        return Answer(nan, nan).check()

    monkeypatch.setenv("MAKEWEIGHT_THREADS", "1")
    monkeypatch.setattr(contest, "learn", broken)
    data = planted()
    arm = contest.prepare(Arm.parse("none"), data, {}, 50)
    outcomes = contest.run_contest(arm, data, settings(1), 20, CPU)
    assert {outcome.view: outcome.failure for outcome in outcomes} == {
        "trees": "a predicted probability is not a number",
        "tabular": "",
        "fusion": "a view of this seed failed",
    }
