"""The experiment on planted truths, and the stage from files to files."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
from planted_classes import params, stripes
from ruamel.yaml import YAML

from makeweight.core import files, runtime
from makeweight.core.errors import InputError
from makeweight.data import pictures, samples
from makeweight.data.codecs import ImageCodec
from makeweight.data.samples import Roles, Samples
from makeweight.stages.fewshot import __main__ as stage
from makeweight.stages.fewshot import class_split, classifiers, episodes, experiment, methods, picture_set

CPU = torch.device("cpu")
TRAINED = {"siamese", "contrastive", "triplet", "prototypical", "cnn_prototype"}
PATCHES = {"patch_prototype", "patch_whitened", "patch_logistic", "patch_calibrated"}
REGRESSIONS = {"patch_logistic", "patch_calibrated"}
METHODS = TRAINED | PATCHES | {"knn", "naive"}


@pytest.fixture(scope="module")
def outcome() -> experiment.Outcome:
    runtime.prepare(0)
    class_sets = stripes(range(8), 16, 0), stripes(range(8, 11), 16, 1), stripes(range(11, 15), 16, 2)
    return experiment.run(*class_sets, params(), 0, CPU)


def test_every_method_is_tested_on_the_same_episodes(outcome: experiment.Outcome) -> None:
    assert set(outcome.accuracies) >= METHODS
    assert all(set(settings) == {"3_way_1_shot", "3_way_5_shot"} for settings in outcome.accuracies.values())
    assert all(len(found) == 100 for settings in outcome.accuracies.values() for found in settings.values())


def test_planted_classes_are_learned(outcome: experiment.Outcome) -> None:
    for method in METHODS - {"naive", "knn"}:
        assert outcome.accuracies[method]["3_way_5_shot"].mean() > 0.6, method
    assert abs(outcome.accuracies["naive"]["3_way_5_shot"].mean() - 1 / 3) < 0.06


def test_an_untrained_network_is_at_chance_where_there_is_nothing_to_see() -> None:
    novel = stripes(range(20), 30, 5, signal=False)
    network = methods.initial_network(novel.shape, params().network, seed=0)
    embedder = methods.build_embedder(network, stripes(range(8), 30, 6, signal=False), params().normalisation)
    classifier = embedder.classifier(embedder.points(novel.pictures))
    config = params().episodes.model_copy(update={"count": 600})
    (sampled,) = classifiers.possible_episodes(novel, 5, (5,), config, 600, np.random.default_rng(0))
    accuracy = episodes.accuracy(classifier.predict(sampled)).mean()
    # 600 rows make the episodes, so the error is that of 600 questions rather than of the 12,000 queries.
    assert abs(accuracy - 0.2) < 2 * (0.2 * 0.8 / 600) ** 0.5


def test_embeddings_are_unit_vectors_of_the_given_dimension(outcome: experiment.Outcome) -> None:
    for points in outcome.points.values():
        assert points.shape == (64, 16)
        assert np.allclose(np.linalg.norm(points, axis=1), 1, atol=1e-5)


def test_weights_of_the_best_validation_are_kept(outcome: experiment.Outcome) -> None:
    validation = stripes(range(8, 11), 16, 1)
    sampled = classifiers.sample_validation_episodes(validation, params().episodes, np.random.default_rng(0))
    for method in methods.LOSSES:
        embedder = outcome.embedders[method]
        classifier = embedder.classifier(embedder.points(validation.pictures))
        found = episodes.accuracy(classifier.predict(sampled)).mean()
        history = outcome.history[(outcome.history["method"] == method) & (outcome.history["step"] > 0)]
        assert found == pytest.approx(history["validation_accuracy"].max())


def test_the_same_seed_gives_the_same_numbers() -> None:
    class_sets = stripes(range(6), 10, 0), stripes(range(8, 11), 12, 1), stripes(range(11, 15), 12, 2)
    config = params(training=params().training.model_copy(update={"steps": 2}))
    first, second = (experiment.run(*class_sets, config, 3, CPU) for _ in range(2))
    assert first.numbers == second.numbers
    assert first.history.equals(second.history)


def test_resize_keeps_the_mean_and_leaves_the_right_size_alone() -> None:
    source = np.random.default_rng(0).integers(0, 256, (3, 3, 32, 32), dtype=np.uint8)
    assert torch.equal(picture_set.resize(source, 32), torch.from_numpy(source))
    small = picture_set.resize(source, 16)
    assert small.shape == (3, 3, 16, 16) and small.dtype == torch.uint8
    assert abs(small.float().mean().item() - source.mean()) < 1


def test_sizes_of_the_source_pictures() -> None:
    encoded = pd.Series([pictures.encode(np.zeros((h, w, 3), np.uint8)) for w, h in [(4, 6), (4, 6), (10, 2)]] + [None])
    numbers, common = picture_set.measure_sizes(encoded)
    assert numbers["count"] == 3 and numbers["width.mean"] == 6 and numbers["height.median"] == 6
    assert numbers["width.max"] == 10 and numbers["height.min"] == 2
    assert common.iloc[0].tolist() == [4, 6, 2]


def write_project(folder: Path, fine: bool = True, with_pictures: bool = True) -> None:
    """A split of 15 fine classes under five labels, its encoded pictures and the parameters."""
    planted = stripes(range(15), 16, 0)
    rows = len(planted)
    table = pd.DataFrame(
        {
            "id": [f"row {row}" for row in range(rows)],
            "label": [f"type {one % 5}" for one in planted.classes],
            "image": [pictures.encode(one.permute(1, 2, 0).numpy()) for one in planted.pictures],
            "mw_unit": np.arange(rows) // 2,
            "mw_split": np.array(["train", "train", "train", "test"])[np.arange(rows) // 2 % 4],
        }
    )
    if fine:
        table["fine_label"] = [planted.names[one] for one in planted.classes]
    samples.write(Samples(table, Roles(image="image")), folder / "data/split/samples.parquet")
    files.write_json(folder / "data/preprocess/image/spec.json", {"present": with_pictures})
    ImageCodec(planted.shape[-1], "rgb").save(folder / "data/preprocess/image")
    np.save(folder / "data/preprocess/image/encoded.npy", planted.pictures.numpy())
    with (folder / "params.yaml").open("w") as file:
        YAML().dump({"seed": 1, "device": "cpu", "fewshot": params().model_dump(mode="json")}, file)


@pytest.mark.parametrize("repeats", [1, 2])
def test_the_stage_writes_everything(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, repeats: int) -> None:
    monkeypatch.chdir(tmp_path)
    write_project(tmp_path)
    values = YAML(typ="safe").load(Path("params.yaml"))
    values["fewshot"] |= {"repeats": repeats}
    values["fewshot"]["training"]["steps"] = 2
    with Path("params.yaml").open("w") as file:
        YAML().dump(values, file)
    stage.main("fine")
    metrics = json.loads(Path("metrics/fewshot/fine.json").read_text())
    assert metrics["repeats"] == repeats
    for method in METHODS:
        found = [metrics[f"{method}.3_way_5_shot.{bound}"] for bound in ("low", "mean", "high")]
        assert found == sorted(found)
        if method not in REGRESSIONS:
            assert {f"{method}.verification.{score}" for score in ("accuracy", "roc_auc", "eer")} <= set(metrics)
            assert f"{method}.retrieval.precision_at_5" in metrics
    table = pd.read_csv("plots/fewshot/fine/table.csv")
    assert set(table["method"]) >= METHODS and set(table["shot"]) == {1, 5}
    assert (table.loc[table["method"] == "patch_prototype", "minus_patch_prototype"] == 0).all()
    generated = pd.read_csv("plots/fewshot/fine/generated.csv")
    assert set(generated["reference"]) == PATCHES - {"patch_calibrated"} and len(generated) == 3 * 2
    normalised = pd.read_csv("plots/fewshot/fine/normalisation.csv")
    assert set(normalised["method"]) == TRAINED - {"siamese"} | {"untrained", "patch_prototype"}
    assert len(normalised) == 6 * 4 * 2 and (normalised.loc[normalised["steps"] == "none", "minus_none"] == 0).all()
    chosen = normalised[normalised["steps"] == "power_centre_unit_length"]
    assert chosen["mean"].tolist() == pytest.approx(mean_accuracies(table, chosen), abs=1e-6)
    assert set(pd.read_csv("plots/fewshot/fine/history.csv")["method"]) == set(methods.LOSSES)
    for name in ("tsne.png", "episode.png"):
        assert pictures.decode(Path("plots/fewshot/fine", name).read_bytes()).std() > 0
    assert {"id", "name", "x_before", "y_after"} <= set(pd.read_parquet("data/fewshot/fine/novel.parquet"))


def mean_accuracies(table: pd.DataFrame, rows: pd.DataFrame) -> list[float]:
    """The accuracy in the table of each row's method and setting."""
    means = table.set_index(["method", "way", "shot"])["mean"]
    return [means[one.method, one.way, one.shot] for one in rows.itertuples()]


@pytest.mark.parametrize(
    ("fine", "with_pictures", "reason"), [(True, False, "no pictures"), (False, True, "fine_label")]
)
def test_nothing_to_learn_from_is_said_and_leaves_no_number(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    fine: bool,
    with_pictures: bool,
    reason: str,
) -> None:
    monkeypatch.chdir(tmp_path)
    write_project(tmp_path, fine, with_pictures)
    stage.main("fine")
    said = [line for line in capsys.readouterr().err.splitlines() if line]
    assert len(said) == 1 and reason in said[0]
    assert json.loads(Path("metrics/fewshot/fine.json").read_text()) == {}
    assert len(pd.read_csv("plots/fewshot/fine/table.csv")) == 0
    assert Path("data/fewshot/fine").is_dir()


def test_too_few_classes_leave_the_files_of_any_empty_cell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    write_project(tmp_path)
    split, array = Path("data/split/samples.parquet"), Path("data/preprocess/image/encoded.npy")
    few = samples.read(split)
    kept = few.table["fine_label"].isin(few.table["fine_label"].unique()[:2]).to_numpy()
    samples.write(few.select(kept), split)
    np.save(array, np.load(array)[kept])
    stage.main("fine")
    said = [line for line in capsys.readouterr().err.splitlines() if line]
    assert "nothing to learn from, so the table stays empty" in said[-1]
    assert json.loads(Path("metrics/fewshot/fine.json").read_text()) == {}
    assert [path.name for path in Path("plots/fewshot/fine").iterdir()] == ["table.csv"]
    assert list(Path("data/fewshot/fine").iterdir()) == []


def test_pictures_of_another_size_than_the_codec_says_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_project(tmp_path)
    array = Path("data/preprocess/image/encoded.npy")
    np.save(array, np.load(array)[:, :, :8])
    with pytest.raises(InputError, match=r"encoded\.npy: rows are 3 x 8 x \d+ numbers of type \|u1; right would be"):
        stage.main("fine")


def test_an_empty_cell_costs_nothing(tmp_path: Path) -> None:
    """Neither torch nor scikit-learn is imported for it."""
    write_project(tmp_path, True, False)
    code = (
        "import sys; from makeweight.stages.fewshot import __main__ as stage; stage.main('fine'); "
        "assert not {'torch', 'sklearn', 'matplotlib', 'pandas'} & set(sys.modules), sorted(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True)


def test_the_labelings_are_those_of_the_class_split() -> None:
    assert set(stage.LABELINGS) == set(class_split.LABELINGS)
