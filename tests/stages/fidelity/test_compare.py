"""The whole comparison on a small planted data set: copies, noise and honest draws get the marks they deserve."""

import numpy as np
import pandas as pd
import pytest
import torch

from makeweight.data.samples import Roles
from makeweight.stages.fidelity.compare import Comparison, Params, Splits, class_table, measure
from makeweight.stages.fidelity.rows import Rows, draw, quotas

ROLES = Roles(text=("title",), numeric=("height", "width"), categorical=("kind",))
CLASSES = ["ash", "birch", "cedar"]
WORDS = {0: "grey smooth ash leaf", 1: "white thin birch bark", 2: "old tall cedar cone"}
SETTINGS = Params.model_validate(
    {
        "rows": 500,
        "neighbours": 5,
        "smallest_class": 10,
        "collapse_below": 0.5,
        "diversity_rows": 40,
        "ngrams": 2,
        "detection_folds": 5,
        "page_classes": 3,
        "page_per_class": 2,
        "network": {
            "width": 4,
            "mixup": 0.4,
            "training": {
                "epochs": 1,
                "patience": 1,
                "batch_size": 16,
                "learning_rate": 0.01,
                "weight_decay": 0.0,
                "steps_per_epoch": 2,
            },
        },
    }
)


def grow(count: int, seed: int, means: tuple[float, ...] = (0.0, 3.0, 6.0)) -> Rows:
    """Trees with two numbers around their class mean, a kind and a title that tell the class."""
    rng = np.random.default_rng(seed)
    labels = np.arange(count) % 3
    height, width = rng.normal(np.take(means, labels)), rng.normal(size=count)
    titles = [" ".join([*rng.permutation(WORDS[label].split())[:3], str(rng.integers(10_000))]) for label in labels]
    table = pd.DataFrame({"height": height, "width": width, "kind": np.take(["x", "y", "z"], labels), "title": titles})
    codes = np.column_stack([height, width, np.eye(3)[labels]]).astype(np.float32)
    text = (np.eye(3)[labels] + 0.2 * rng.normal(size=(count, 3))).astype(np.float32)
    return Rows(table, labels, {"tabular": codes, "text": text})


@pytest.fixture(scope="module")
def splits() -> Splits:
    return Splits(grow(240, 1), grow(120, 2), grow(120, 3))


@pytest.fixture(scope="module")
def numbers(splits) -> dict[str, float]:
    wrong = grow(150, 5)
    engines = {
        "honest": grow(150, 4),
        "copies": splits.train.take(np.arange(150)),
        "collapsed": splits.train.take(np.arange(150) % 3),
        "wrong_class": Rows(wrong.table, (wrong.labels + 1) % 3, wrong.codes),
    }
    comparison = Comparison.prepare(splits, engines, ROLES, CLASSES, SETTINGS, 20, torch.device("cpu"))
    return measure(comparison)


def test_honest_rows_are_as_good_as_real_ones(numbers):
    for modality in ("tabular", "text"):
        assert numbers[f"honest.{modality}.kernel"] == pytest.approx(numbers[f"real.{modality}.kernel"], abs=0.2)
        assert numbers[f"honest.{modality}.coverage"] > 0.8
        assert abs(numbers[f"honest.{modality}.nearest_train_share"] - 0.5) < 0.15
        assert numbers[f"honest.{modality}.collapsed_classes"] == 0
    assert numbers["honest.joint.all_ratio"] == pytest.approx(1, abs=0.1)


def test_copies_are_told_by_memory_and_copy_rate_not_by_distance(numbers):
    assert numbers["copies.tabular.frechet"] < 0.2
    assert numbers["copies.tabular.nearest_train_share"] > 0.7
    assert numbers["copies.tabular.membership_auc"] > 0.7
    assert numbers["copies.text.copy_rate.title"] == 1
    assert numbers["honest.text.copy_rate.title"] < 0.1


def test_collapse_raises_the_alarm_in_every_class(numbers):
    assert numbers["collapsed.tabular.collapsed_classes"] == 3
    assert numbers["collapsed.text.self_bleu"] > 0.9
    assert numbers["collapsed.tabular.diversity.ash"] < 0.2


def test_rows_of_the_wrong_class_are_far_in_their_class_and_incoherent_although_near_overall(numbers):
    assert numbers["wrong_class.joint.all"] < 0.1
    assert numbers["wrong_class.tabular.frechet"] < 0.2
    assert numbers["wrong_class.tabular.frechet.ash"] > 10 * numbers["honest.tabular.frechet.ash"]


def test_every_contestant_is_compared_over_equally_many_rows(numbers):
    assert numbers["rows.compared"] == 150


def test_class_table_has_a_row_per_contestant_modality_and_class(numbers):
    table = class_table(numbers)
    assert len(table) == 5 * 2 * 3
    assert not table.isna().any().any()


def test_quotas_are_what_everyone_has_in_proportion():
    first, second = np.array([0, 0, 0, 0, 1, 1, 2]), np.array([0, 0, 1, 1, 1, 1])
    assert quotas([first, second], 3, most=10).tolist() == [2, 2, 0]
    assert quotas([first, second], 3, most=2).tolist() == [1, 1, 0]


def test_draws_follow_the_quota_without_repeats():
    labels = np.array([0, 1, 0, 1, 0, 2])
    positions = draw(labels, np.array([2, 2, 0]), np.random.default_rng(0))
    assert np.bincount(labels[positions], minlength=3).tolist() == [2, 2, 0]
    assert len(set(positions)) == 4
    assert len(draw(labels, np.zeros(3, dtype=int), np.random.default_rng(0))) == 0


def test_spaces_do_not_depend_on_rows_outside_the_train_split(splits):
    poison = splits.test.take(np.arange(len(splits.test)))
    poisoned = Rows(poison.table, (poison.labels + 1) % 3, {name: 100 - codes for name, codes in poison.codes.items()})
    engines = {"honest": grow(150, 4)}
    clean, dirty = (
        Comparison.prepare(these, engines, ROLES, CLASSES, SETTINGS, 20, torch.device("cpu"))
        for these in (splits, Splits(splits.train, poisoned, poisoned))
    )
    for modality in clean.modalities:
        features = [each.contestants["honest"].features[modality] for each in (clean, dirty)]
        assert np.array_equal(*features)
        assert np.array_equal(*(each.spaces[modality].recognise(features[0]) for each in (clean, dirty)))
