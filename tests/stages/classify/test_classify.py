"""Splits, scores and metrics of E1 and E2 on rows small enough to count by hand."""

import numpy as np
import pandas as pd
import pytest
import torch

from makeweight.core.errors import InputError
from makeweight.data.encoded import Encoded
from makeweight.data.labelled import Labelled
from makeweight.stages.classify.evaluation import evaluate, measure_e1, measure_e2
from makeweight.stages.classify.plots import confusion_table
from makeweight.stages.classify.splits import synthetic_splits
from makeweight.stages.classify.training import TrainedNetwork, input_of

CLASSES = ("a", "b")


def labelled(labels: list[int], start: int = 0) -> Labelled:
    rows = np.arange(start, start + len(labels), dtype=np.float32)[:, None]
    return Labelled({"tabular": rows}, np.array(labels))


REAL = {"train": labelled([0] * 6 + [1] * 3), "validation": labelled([0, 0, 1]), "test": labelled([0, 0, 1, 1])}


def test_synthetic_splits_have_the_class_counts_of_the_real_ones_and_share_no_row() -> None:
    splits, missing = synthetic_splits(labelled([0, 1] * 20), REAL, CLASSES)
    assert missing == 0
    for name, split in splits.items():
        assert np.bincount(split.labels).tolist() == np.bincount(REAL[name].labels).tolist()
    rows = np.concatenate([split.inputs["tabular"].ravel() for split in splits.values()])
    assert len(set(rows.tolist())) == len(rows)


def test_a_class_that_falls_short_is_counted_and_keeps_rows_in_every_split() -> None:
    splits, missing = synthetic_splits(labelled([0] * 5 + [1] * 20), REAL, CLASSES)
    assert missing == 10 - 5
    assert [int((splits[name].labels == 0).sum()) for name in ("train", "validation", "test")] == [3, 1, 1]


def test_a_class_without_synthetic_rows_is_a_users_mistake() -> None:
    with pytest.raises(InputError, match="none of class 'b'"):
        synthetic_splits(labelled([0] * 20), REAL, CLASSES)


def test_keys_and_ratio_of_both_experiments_by_hand() -> None:
    splits = {origin: {"test": labelled([0, 0, 1, 1])} for origin in ("real", "synthetic")}
    predictions = {
        "real": {"real": np.array([0, 0, 1, 1]), "synthetic": np.array([0, 1, 1, 1])},
        "synthetic": {"real": np.array([0, 1, 1, 0]), "synthetic": np.array([0, 0, 1, 0])},
    }
    classifiers = [
        TrainedNetwork(o, "nn", predictions[o], torch.nn.Identity(), {}, [{}] * 4) for o in ("real", "synthetic")
    ]
    scores = evaluate(classifiers, splits, 2)
    own = measure_e1(classifiers, scores, CLASSES)
    assert own["real.nn.accuracy"] == 1 and own["synthetic.nn.accuracy"] == 0.75 and own["synthetic.nn.epochs"] == 4
    assert own["synthetic.nn.f1.a"] == pytest.approx(2 * 2 / (2 * 2 + 1))
    assert {key.partition(".")[2] for key in own} == {
        "nn.accuracy",
        "nn.macro_f1",
        "nn.weighted_f1",
        "nn.epochs",
        "nn.f1.a",
        "nn.f1.b",
    }
    across = measure_e2(scores)
    assert across["nn.accuracy"] == 0.5 and across["nn.ratio"] == 0.5
    assert across["real_on_synthetic.nn.accuracy"] == 0.75
    table = confusion_table(scores["synthetic", "nn", "synthetic"], CLASSES)
    assert table["count"].tolist() == [2, 0, 1, 1]


def test_data_without_pictures_get_one_network_and_a_line(capsys: pytest.CaptureFixture[str]) -> None:
    table = pd.DataFrame({"label": ["a", "b"], "mw_split": ["train", "train"]})
    vectors = np.zeros((2, 3), dtype=np.float32)
    assert input_of(Encoded(table, CLASSES, {"tabular": vectors, "text": vectors}, {})) == ("tabular", ("nn",))
    assert "lenet and vgg16 are left out" in capsys.readouterr().err
    with_pictures = Encoded(table, CLASSES, {"image": np.zeros((2, 1, 8, 8), np.uint8), "text": vectors}, {})
    assert input_of(with_pictures) == ("image", ("nn", "lenet", "vgg16"))
