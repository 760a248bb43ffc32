"""The contest's learners in E1 and E2, on rows small enough to know the answer."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_array

from makeweight.core import paths
from makeweight.data.encoded import Encoded
from makeweight.data.labelled import Labelled
from makeweight.learn.features import write_array
from makeweight.learn.learners_folder import read_parameters
from makeweight.stages.classify.learners import input_name, train_learner, with_features

CHOSEN = {"text": {"strength": 1.0}, "tabular": {"strength": 1.0}}
CHOSEN["trees"] = {"learning_rate": 0.3, "max_leaf_nodes": 4, "trees": 8}


def rows_of(rng: np.random.Generator, rows: int, view: str, sign: int) -> Labelled:
    """Two classes that differ in the sign of the first number."""
    labels = np.arange(rows) % 2
    values = rng.normal(size=(rows, 3)).astype(np.float32)
    values[:, 0] += sign * (8.0 * labels - 4.0)
    return Labelled({input_name(view): csr_array(values) if view == "text" else values}, labels)


@pytest.mark.parametrize("view", ["text", "trees", "tabular"])
def test_each_origin_is_learned_by_itself_and_tested_on_both(view: str) -> None:
    rng = np.random.default_rng(0)
    splits = {
        origin: {split: rows_of(rng, 80, view, sign) for split in ("train", "test")}
        for origin, sign in (("real", 1), ("synthetic", -1))
    }
    for origin, other in (("real", "synthetic"), ("synthetic", "real")):
        found = train_learner(origin, view, splits, 2, CHOSEN[view], seed=0)
        assert (found.origin, found.name) == (origin, view)
        assert (found.predictions[origin] == splits[origin]["test"].labels).mean() > 0.95
        assert (found.predictions[other] == splits[other]["test"].labels).mean() < 0.05


def test_rows_get_the_features_that_the_stage_learners_wrote(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths, "LEARNERS", tmp_path)
    texts = csr_array(np.arange(8, dtype=np.float32).reshape(4, 2))
    write_array(tmp_path / "real.text", texts)
    (tmp_path / "parameters.json").write_text(json.dumps(CHOSEN))
    table = pd.DataFrame({"label": ["a", "b"] * 2})
    vectors = np.ones((4, 3), dtype=np.float32)
    data = Encoded(table, ("a", "b"), {"tabular": vectors, "text": vectors}, {})
    rows = Labelled({"tabular": vectors[:2], "text": vectors[:2]}, np.array([1, 0]))
    found = with_features(data, "real", rows, np.array([3, 0]))
    assert set(found.inputs) == {"tabular", "text", "features of text"}
    assert found.inputs["features of text"].toarray().tolist() == [[6.0, 7.0], [0.0, 1.0]]
    assert found.labels.tolist() == [1, 0] and read_parameters()["trees"]["trees"] == 8
