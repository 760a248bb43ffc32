"""The stage `learners`: features of every row, parameters by predictions out of fold, and models as they are kept."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from makeweight.core.errors import InputError
from makeweight.data import encoded, samples
from makeweight.data.labelled import Labelled
from makeweight.data.samples import Roles, Samples
from makeweight.data.scores import log_loss
from makeweight.learn import view_models, views
from makeweight.learn.classifiers import linear
from makeweight.learn.features import Features, read_array
from makeweight.learn.linear_model import LinearModel
from makeweight.learn.trees import TreesParams, fit_trees
from makeweight.learn.view_models import LINEAR, NETWORK, Model
from makeweight.stages import preprocess
from makeweight.stages.contest import __main__ as contest
from makeweight.stages.learners import __main__ as learners
from makeweight.stages.learners.search import LinearParams, search_strength, search_trees
from miniature import write_project

ROLES = Roles(image="image", text=("title", "description"), numeric=("price", "weight"), categorical=("origin",))
CHANGES = {
    "device": "cpu", "preprocess.image.size": 16, "preprocess.text.candidates": 2,
    "learners.text.strengths": [1.0, 10.0], "learners.image.strengths": [0.01], "learners.tabular.strengths": [1.0],
    "learners.image.patches.filters": 4, "learners.image.patches.patches_to_learn": 400, "learners.trees.trees": [2, 4],
    "learners.trees.max_leaf_nodes": [4],
}  # fmt: skip


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The miniature project, after the stage, with a file of synthetic rows that are the test rows."""
    place = tmp_path_factory.mktemp("learners")
    write_project(place, CHANGES)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(place)
        table = pd.read_csv("pictures/metadata.csv").rename(columns={"file_name": "id", "author": "group"})
        table = table[~table["id"].str.contains("-copy")].reset_index(drop=True)
        table["image"] = [(place / "pictures" / name).read_bytes() for name in table["id"]]
        table["weight"] = table["weight"].astype("float64")
        table["mw_unit"] = np.arange(len(table))
        table["mw_split"] = np.resize(["train", "train", "train", "validation", "test"], len(table))
        whole = Samples(table, ROLES)
        samples.write(whole, Path("data/split/samples.parquet"))
        samples.write(whole.split("test"), Path("data/sample/some_engine.parquet"))
        for modality in ("image", "tabular", "text"):
            preprocess.main(modality)
        learners.main()
    return place


def test_features_of_synthetic_rows_are_those_of_the_same_real_rows(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    data = encoded.read()
    for modality in ("image", "text"):
        real = read_array(Path(f"data/learners/real.{modality}"))
        added = read_array(Path(f"data/learners/some_engine.{modality}"))
        assert real.shape[0] == len(data.table) and real.dtype == np.float32
        assert abs(real[data.rows("test")] - added).max() < 1e-6
    features = Features.load(Path("data/learners"))
    assert features.text_columns == ROLES.text
    kept = read_array(Path("data/learners/real.image"))
    assert np.abs(features.of_pictures(np.asarray(data.arrays["image"])) - kept).max() < 0.01, "half precision on disk"


def test_the_parameters_are_among_the_candidates_and_told(folder: Path) -> None:
    chosen = json.loads((folder / "data/learners/parameters.json").read_text())
    numbers = json.loads((folder / "metrics/learners.json").read_text())
    assert set(chosen) == {"text", "image", "tabular", "trees"}
    assert chosen["text"]["strength"] in (1.0, 10.0) and chosen["trees"]["trees"] in (2, 4)
    assert numbers["text.strength"] == chosen["text"]["strength"]
    assert 0 <= numbers["image.out_of_fold.macro_f1"] <= 1 and numbers["trees.out_of_fold.log_loss"] > 0


def test_the_candidate_with_the_smallest_loss_out_of_fold_is_chosen() -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(120) % 2
    x = (rng.normal(0, 1, (120, 40)) + 0.4 * labels[:, None]).astype(np.float32)
    folds = rng.permutation(np.arange(120) % 3)
    losses = {}
    for strength in (0.001, 0.1, 1000.0):
        held_out = np.zeros((120, 2), dtype=np.float32)
        for fold in range(3):
            model = LinearModel.fit(x[folds != fold], labels[folds != fold], 2, strength)
            held_out[folds == fold] = model.predict(x[folds == fold])
        losses[strength] = log_loss(held_out, labels)
    found = search_strength(Labelled({"tabular": x}, labels), folds, 2, LinearParams(strengths=tuple(losses)))
    assert found.parameters == {"strength": min(losses, key=lambda strength: losses[strength])}
    assert found.loss == pytest.approx(min(losses.values()), rel=1e-4)


def test_trees_of_every_size_come_from_one_fit() -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(150) % 3
    x = (rng.normal(0, 1, (150, 4)) + labels[:, None]).astype(np.float32)
    sizes = (3, 9)
    by_size = fit_trees(x, labels, 4, 0.1, 4, 9, 0).predict_by_size(x, sizes)
    for size, predicted in zip(sizes, by_size, strict=True):
        assert predicted == pytest.approx(fit_trees(x, labels, 4, 0.1, 4, size, 0).predict(x), abs=1e-6)
        assert predicted.shape == (150, 4) and (predicted[:, 3] == 0).all()
    only = fit_trees(x, np.full(150, 2), 4, 0.1, 4, 9, 0)
    assert only.predict(x)[0].tolist() == [0, 0, 1, 0] and len(only.predict_by_size(x, sizes)) == 2
    config = TreesParams(learning_rates=(0.1,), max_leaf_nodes=(4,), trees=sizes)
    found = search_trees(Labelled({"tabular": x}, labels), np.arange(150) % 3, 3, config, 0)
    assert found.parameters["trees"] in sizes


def test_models_come_back_as_they_were_written(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    x, labels = rng.normal(0, 1, (60, 5)).astype(np.float32), np.arange(60) % 2
    description = {"kind": "linear", "modality": "tabular", "shape": [5], "options": {}}
    models = {
        "tabular": Model("tabular", LINEAR, LinearModel.fit(x, labels, 2, 1.0)),
        "mlp": Model("tabular", NETWORK, linear("tabular", (5,), 2), description),
    }
    view_models.save(tmp_path, models, ["a", "b"], {"tabular": (5,)})
    loaded = view_models.load(tmp_path)
    assert {view: (one.modality, one.kind) for view, one in loaded.items()} == {
        "tabular": ("tabular", LINEAR), "mlp": ("tabular", NETWORK)
    }  # fmt: skip
    for view, model in models.items():
        assert loaded[view].predict(x) == pytest.approx(model.predict(x))


def test_views_that_the_data_lack_are_left_out_and_unknown_ones_refused() -> None:
    assert views.present(["text", "trees", "image"], ["tabular", "image"]) == ("trees", "image")
    with pytest.raises(InputError, match=r"`contest.views` has 'pictures'; right would be one of text, image"):
        views.present(["pictures"], ["image"])
    with pytest.raises(InputError, match=r"has text, but the data have image; name a view that learns from it"):
        views.present(["text"], ["image"])


@pytest.mark.parametrize("section", ["learners", "contest"])
def test_one_fold_is_refused_by_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, section: str) -> None:
    write_project(tmp_path, {f"{section}.folds": 1})
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=rf"^params.yaml: `{section}.folds` is 1; right would be 2 or more$"):
        learners.main() if section == "learners" else contest.main("none")
