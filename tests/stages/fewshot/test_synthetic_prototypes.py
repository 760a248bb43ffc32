"""What synthetic rows add to K examples, by hand and on planted truths."""

import numpy as np
import torch
from planted_classes import params, stripes
from torch import nn

from makeweight.core import runtime
from makeweight.stages.fewshot import experiment, synthetic_prototypes
from makeweight.stages.fewshot.episodes import Episodes
from makeweight.stages.fewshot.methods import Embedder
from makeweight.stages.fewshot.normalisation import UNIT_LENGTH, Normalisation
from makeweight.stages.fewshot.picture_set import PictureSet
from makeweight.stages.fewshot.synthetic_prototypes import EmbeddedSet, SyntheticPictures


def test_add_synthetic_adds_at_most_as_many_rows_as_a_class_has_and_only_of_base_classes() -> None:
    base = stripes(range(3), 4, 0)
    names = np.array(["stripes 2"] * 9 + ["stripes 0"] * 2 + ["stripes 7"] * 5)
    synthetic = SyntheticPictures(torch.full((16, 3, 16, 16), 7, dtype=torch.uint8), names)
    extended = synthetic_prototypes.add_synthetic(base, synthetic)
    assert np.bincount(extended.classes).tolist() == [4 + 2, 4, 4 + 4]
    assert len(set(extended.units)) == len(extended) == len(extended.pictures)
    assert torch.equal(extended.pictures[: len(base)], base.pictures)
    assert (extended.pictures[len(base) :] == 7).all()


POINTS = np.array([[1.0, 0.0], [0.8, 0.6], [0.6, 0.8], [0.0, 1.0]])
EPISODE = Episodes(np.array([[[0], [2]]]), np.array([[[1], [3]]]))


def test_prototypes_with_a_share_of_synthetic_rows_by_hand() -> None:
    synthetic = np.array([[1.0, 0.0], [0.0, 1.0]])
    embedded = EmbeddedSet(POINTS, np.array([0, 0, 1, 1]), POINTS, {"good": synthetic, "none": synthetic * np.nan})
    # (0.8, 0.6) is nearer to (0.6, 0.8) than to (1, 0), so without synthetic rows it is predicted as class 1.
    assert synthetic_prototypes.predict(embedded, EPISODE, POINTS).tolist() == [[[1], [1]]]
    assert synthetic_prototypes.predict(embedded, EPISODE, POINTS, "good", 0.0).tolist() == [[[1], [1]]]
    # Half synthetic, class 1 is at (0.3, 0.9): 0.34 away (squared), still less than the 0.4 to class 0 at (1, 0). With
    # three quarters it is at (0.15, 0.95), 0.545 away.
    assert synthetic_prototypes.predict(embedded, EPISODE, POINTS, "good", 0.5).tolist() == [[[1], [1]]]
    assert synthetic_prototypes.predict(embedded, EPISODE, POINTS, "good", 0.75).tolist() == [[[0], [1]]]
    assert synthetic_prototypes.predict(embedded, EPISODE, POINTS, "none", 0.75).tolist() == [[[1], [1]]]


def test_weight_is_the_one_that_is_best_on_validation_and_zero_in_a_tie() -> None:
    synthetic = np.array([[1.0, 0.0], [0.0, 1.0]])
    embedded = EmbeddedSet(POINTS, np.array([0, 0, 1, 1]), POINTS, {"good": synthetic, "swapped": synthetic[::-1]})
    assert synthetic_prototypes.choose_weight(embedded, [EPISODE], "good") == 0.75
    assert synthetic_prototypes.choose_weight(embedded, [EPISODE], "swapped") == 0.0
    assert synthetic_prototypes.choose_weight(embedded, [], "good") == 0.0


def spots(classes: range, rows: int, seed: int) -> PictureSet:
    """One-channel 4 x 4 pictures of heavy noise; the class is a pixel that is brighter on average."""
    labels = np.repeat(np.arange(len(classes)), rows)
    pictures = np.random.default_rng(seed).normal(128, 40, (len(labels), 1, 4, 4))
    pictures.reshape(len(labels), 16)[np.arange(len(labels)), np.asarray(classes)[labels]] += 60
    data = torch.from_numpy(pictures.clip(0, 255).astype(np.uint8))
    names = [f"spot {one:02}" for one in classes]
    return PictureSet(data, labels, np.arange(len(labels)), names, np.arange(len(labels)) % 2 == 1)


def test_a_generator_that_knows_the_classes_helps_at_one_shot_and_one_that_mixes_them_up_is_not_used() -> None:
    raw = nn.Linear(16, 16, bias=False)
    nn.init.eye_(raw.weight)
    network = nn.Sequential(nn.Flatten(), raw)
    embedder = Embedder(network, Normalisation(UNIT_LENGTH, torch.zeros(16)))
    rows = spots(range(16), 20, 2)
    names = np.array([rows.names[one] for one in rows.classes])
    synthetic = {
        "knows": SyntheticPictures(rows.pictures, names),
        "mixes": SyntheticPictures(rows.pictures, np.roll(names, 20)),
    }
    config = params().episodes.model_copy(update={"ways": (5,), "validation_count": 200, "count": 200})
    class_sets = spots(range(8), 30, 0), spots(range(8, 16), 30, 1)
    accuracies, weights = synthetic_prototypes.compare_prototypes(
        embedder, *class_sets, synthetic, config, np.random.default_rng(0)
    )
    at_one, at_five = (
        {arm: found[f"5_way_{shots}_shot_unseen"].mean() for arm, found in accuracies.items()} for shots in (1, 5)
    )
    assert weights["examples_with_knows.weight.1_shot"] >= 0.5
    assert at_one["examples_with_knows"] > at_one["examples"] + 0.1
    gains = [found["examples_with_knows"] - found["examples"] for found in (at_one, at_five)]
    assert gains[0] > gains[1], "the more examples there are, the less there is to add"
    assert weights["examples_with_mixes.weight.1_shot"] <= 0.25
    assert at_one["examples_with_mixes"] > at_one["examples"] - 0.02


def test_the_classifier_is_trained_once_more_with_the_rows_of_each_engine() -> None:
    runtime.prepare(0)
    class_sets = stripes(range(6), 10, 0), stripes(range(8, 11), 12, 1), stripes(range(11, 15), 12, 2)
    rows = stripes(range(15), 8, 9)
    synthetic = {"knows": SyntheticPictures(rows.pictures, np.array([rows.names[one] for one in rows.classes]))}
    config = params(training=params().training.model_copy(update={"steps": 2}))
    outcome = experiment.run(*class_sets, config, 0, torch.device("cpu"), synthetic)
    assert "3_way_1_shot" in outcome.accuracies["cnn_prototype_knows"]
    assert set(outcome.synthetic_accuracies) == {"examples", "examples_with_augmentation", "examples_with_knows"}
