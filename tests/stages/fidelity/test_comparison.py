"""The whole comparison on a small planted data set: copies, noise and honest samples get the scores they should."""

import numpy as np
import pandas as pd
import pytest
import torch

from makeweight.data.samples import Roles
from makeweight.stages.fidelity.comparison import Comparison, Params, Splits
from makeweight.stages.fidelity.measures import class_table, measure
from makeweight.stages.fidelity.rows import Rows, common_class_counts, sample_rows

ROLES = Roles(text=("title",), numeric=("height", "width"), categorical=("kind",))
CLASSES = ["ash", "birch", "cedar"]
WORDS = {0: "grey smooth ash leaf", 1: "white thin birch bark", 2: "old tall cedar cone"}
TRAINING = {
    "epochs": 1,
    "patience": 1,
    "batch_size": 16,
    "learning_rate": 0.01,
    "weight_decay": 0.0,
    "steps_per_epoch": 2,
}
SETTINGS = Params.model_validate(
    {
        "max_rows": 500,
        "neighbours": 5,
        "min_class_rows": 10,
        "collapse_threshold": 0.5,
        "max_diversity_rows": 40,
        "max_ngram": 2,
        "detection_folds": 5,
        "figure_classes": 3,
        "figure_rows_per_class": 2,
        "network": {
            "width": 4,
            "mixup_alpha": 0.4,
            "training": TRAINING,
        },
        "picture_detector": {
            "width": 8,
            "training": TRAINING,
        },
    }
)


def sample_trees(count: int, seed: int, means: tuple[float, ...] = (0.0, 3.0, 6.0)) -> Rows:
    """Trees with two numbers around their class mean, a kind and a title that show the class."""
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
    return Splits(sample_trees(240, 1), sample_trees(120, 2), sample_trees(120, 3))


@pytest.fixture(scope="module")
def numbers(splits) -> dict[str, float]:
    wrong = sample_trees(150, 5)
    engines = {
        "honest": sample_trees(150, 4),
        "copies": splits.train.take(np.arange(150)),
        "collapsed": splits.train.take(np.arange(150) % 3),
        "wrong_class": Rows(wrong.table, (wrong.labels + 1) % 3, wrong.encoded),
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


def test_copies_show_in_memorisation_and_copy_rate_not_in_distance(numbers):
    assert numbers["copies.tabular.frechet"] < 0.2
    assert numbers["copies.tabular.nearest_train_share"] > 0.7
    assert numbers["copies.tabular.membership_auc"] > 0.7
    assert numbers["copies.text.copy_rate.title"] == 1
    assert numbers["honest.text.copy_rate.title"] < 0.1


def test_collapse_is_found_in_every_class(numbers):
    assert numbers["collapsed.tabular.collapsed_classes"] == 3
    assert numbers["collapsed.text.self_bleu"] > 0.9
    assert numbers["collapsed.tabular.diversity.ash"] < 0.2


def test_rows_of_the_wrong_class_are_far_in_their_class_and_incoherent_although_near_overall(numbers):
    assert numbers["wrong_class.joint.all"] < 0.1
    assert numbers["wrong_class.tabular.frechet"] < 0.2
    assert numbers["wrong_class.tabular.frechet.ash"] > 10 * numbers["honest.tabular.frechet.ash"]


def test_every_candidate_is_compared_over_equally_many_rows(numbers):
    assert numbers["rows.compared"] == 150


def test_class_table_has_a_row_per_candidate_modality_and_class(numbers):
    table = class_table(numbers)
    assert len(table) == 5 * 2 * 3
    assert not table.isna().any().any()


def test_common_class_counts_are_what_every_set_has_in_proportion():
    first, second = np.array([0, 0, 0, 0, 1, 1, 2]), np.array([0, 0, 1, 1, 1, 1])
    assert common_class_counts([first, second], 3, max_rows=10).tolist() == [2, 2, 0]
    assert common_class_counts([first, second], 3, max_rows=2).tolist() == [1, 1, 0]


def test_sampled_rows_have_the_class_counts_without_repeats():
    labels = np.array([0, 1, 0, 1, 0, 2])
    indices = sample_rows(labels, np.array([2, 2, 0]), np.random.default_rng(0))
    assert np.bincount(labels[indices], minlength=3).tolist() == [2, 2, 0]
    assert len(set(indices)) == 4
    assert len(sample_rows(labels, np.zeros(3, dtype=int), np.random.default_rng(0))) == 0


def test_spaces_do_not_depend_on_rows_outside_the_train_split(splits):
    poison = splits.test.take(np.arange(len(splits.test)))
    poisoned = Rows(
        poison.table, (poison.labels + 1) % 3, {name: 100 - codes for name, codes in poison.encoded.items()}
    )
    engines = {"honest": sample_trees(150, 4)}
    clean, dirty = (
        Comparison.prepare(these, engines, ROLES, CLASSES, SETTINGS, 20, torch.device("cpu"))
        for these in (splits, Splits(splits.train, poisoned, poisoned))
    )
    for modality in clean.modalities:
        features = [each.candidates["honest"].features[modality] for each in (clean, dirty)]
        assert np.array_equal(*features)
        assert np.array_equal(*(each.spaces[modality].predict(features[0]) for each in (clean, dirty)))
