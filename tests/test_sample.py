"""The synthetic data set: as many rows as asked, near copies found, lineage by the weights."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from makeweight import sample
from makeweight.learning import Labelled
from makeweight.models.encoders import JointClassifier
from makeweight.models.spec import Spec


def test_rows_per_class_fill_up_to_the_largest() -> None:
    counts, least = np.array([100, 40, 10]), np.array([30, 30, 30])
    assert sample.rows_per_class(counts, 1.0, least).tolist() == [30, 60, 90]
    assert sample.rows_per_class(counts, 2.0, least).tolist() == [30, 120, 180]
    assert sample.rows_per_class(counts, 0.0, least).tolist() == [30, 30, 30]


def test_near_copies_of_train_rows_are_found() -> None:
    torch.manual_seed(0)
    rng = np.random.default_rng(0)
    train = Labelled({"tabular": rng.normal(0, 1, (60, 4)).astype(np.float32)}, np.zeros(60, dtype=int))
    judge = JointClassifier({"tabular": Spec("tabular", (4,))}, 2).eval()
    fakes = np.concatenate([train.inputs["tabular"][:3] + 1e-5, rng.normal(0, 1, (3, 4)) + 8]).astype(np.float32)
    found = sample.near_copies(judge, Labelled({"tabular": fakes}, np.zeros(6, dtype=int)), train, quantile=0.05)
    assert found.tolist() == [True, True, True, False, False, False]


def test_measure_counts_by_class() -> None:
    table = pd.DataFrame({"label": ["a", "a", "b"], "passed": [True, False, False]})
    assert sample.measure(table, ["a", "b", "c"]) == {
        "rows": 3,
        "passed": pytest.approx(1 / 3),
        "rows.a": 2,
        "rows.b": 1,
        "rows.c": 0,
        "passed.a": 0.5,
        "passed.b": 0.0,
    }


def test_model_hash_depends_on_the_weights(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"one")
    first = sample.model_hash(tmp_path)
    (tmp_path / "model.safetensors").write_bytes(b"two")
    assert len(first) == 32 and sample.model_hash(tmp_path) != first


def test_pictures_are_enlarged_without_smoothing() -> None:
    from makeweight.codecs.image import encode_png

    pixels = np.zeros((3, 2, 2), dtype=np.uint8)
    pixels[:, 0, 0] = 255
    shown = np.asarray(sample.enlarged(encode_png(pixels), 8))
    assert (shown[:4, :4] == 255).all() and (shown[4:] == 0).all() and set(np.unique(shown)) == {0, 255}
