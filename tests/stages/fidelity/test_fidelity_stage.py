"""The stage on files: pictures, a table and two engines; the same bytes twice; errors in one line."""

import json
from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from makeweight.core import files
from makeweight.core.errors import InputError
from makeweight.data import samples
from makeweight.data.codecs import CODECS
from makeweight.data.samples import Roles, Samples
from makeweight.stages.fidelity import __main__ as stage

ROLES = Roles(image="image", numeric=("height",), categorical=("kind",))
PARAMS = """
seed: 20
device: cpu
engines:
- honest
- copies
fidelity:
  max_rows: 200
  neighbours: 3
  min_class_rows: 5
  collapse_threshold: 0.5
  max_diversity_rows: 20
  max_ngram: 2
  detection_folds: 3
  figure_classes: 2
  figure_rows_per_class: 2
  network:
    width: 4
    mixup_alpha: 0.4
    training:
      epochs: 2
      patience: 2
      batch_size: 16
      learning_rate: 0.01
      weight_decay: 0.0
      steps_per_epoch: 4
  picture_detector:
    width: 8
    training:
      epochs: 1
      patience: 1
      batch_size: 16
      learning_rate: 0.01
      weight_decay: 0.0
      steps_per_epoch: 4
"""


def trees(count: int, seed: int) -> pd.DataFrame:
    """Red ashes and green birches."""
    rng = np.random.default_rng(seed)
    pictures = []
    for row in range(count):
        pixels = rng.integers(0, 80, (16, 16, 3), dtype=np.uint8)
        pixels[4:12, 4:12, row % 2] += 150
        buffer = BytesIO()
        Image.fromarray(pixels).save(buffer, format="PNG")
        pictures.append(buffer.getvalue())
    return pd.DataFrame(
        {
            "id": [f"{seed}-{row}" for row in range(count)],
            "label": ["ash", "birch"] * (count // 2),
            "image": pictures,
            "height": rng.normal(np.arange(count) % 2, 1.0),
            "kind": np.take(["x", "y"], rng.integers(0, 2, count)),
        }
    )


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MAKEWEIGHT_THREADS", "1")
    Path("params.yaml").write_text(PARAMS)
    real = Samples(trees(120, 0).assign(mw_split=["train"] * 80 + ["validation"] * 20 + ["test"] * 20), ROLES)
    samples.write(real, Path("data/split/samples.parquet"))
    settings = {
        "image": {"size": 16, "colour": "rgb"},
        "tabular": {"quantiles": 20, "spike_share": 0.2, "max_categories": 5},
    }
    for modality, values in settings.items():
        folder = Path("data/preprocess") / modality
        codec = CODECS[modality].fit(real.split("train"), CODECS[modality].params.model_validate(values), 0)
        folder.mkdir(parents=True)
        codec.save(folder)
        files.write_json(folder / "spec.json", codec.spec.to_json())
        np.save(folder / "encoded.npy", codec.encode(real.table))
    engines = {"honest": trees(60, 1), "copies": real.split("train").table.drop(columns="mw_split")}
    for engine, table in engines.items():
        written = table.assign(mw_synthetic=True, mw_model="m", mw_seed=0, mw_index=range(len(table)))
        samples.write(Samples(written, ROLES), Path(f"data/sample/{engine}.parquet"))
    return tmp_path


def test_the_stage_writes_numbers_a_table_and_a_figure_per_engine_and_the_same_bytes_twice(folder):
    stage.main()
    numbers = json.loads(Path("metrics/fidelity.json").read_text())
    assert numbers["copies.image.nearest_train_share"] > 0.6
    assert abs(numbers["honest.image.nearest_train_share"] - 0.5) < 0.2
    assert numbers["copies.tabular.membership_auc"] > 0.75
    assert {"real.image.frechet.ash", "honest.tabular.pair_gap", "honest.joint.all_ratio"} <= set(numbers)
    sharp = {
        "high_frequency_ratio",
        "edge_mean_ratio",
        "edge_p90_ratio",
        "checkerboard_4px_ratio",
        "detection_accuracy",
    }
    assert {f"{origin}.image.{name}" for origin in ("real", "copies") for name in sharp} <= set(numbers)
    assert numbers["copies.image.edge_mean_ratio"] == pytest.approx(1, abs=0.1)
    assert not any(".text." in name for name in numbers)
    written = {path.name: path.read_bytes() for path in Path("plots/fidelity").iterdir()}
    assert set(written) == {"classes.csv", "neighbours_honest.png", "neighbours_copies.png"}
    assert Image.open(BytesIO(written["neighbours_copies.png"])).width > 300
    stage.main()
    assert {path.name: path.read_bytes() for path in Path("plots/fidelity").iterdir()} == written
    assert json.loads(Path("metrics/fidelity.json").read_text()) == numbers


def test_an_engine_without_samples_is_named(folder):
    Path("data/sample/copies.parquet").unlink()
    with pytest.raises(InputError, match=r"data/sample/copies\.parquet: no such file"):
        stage.main()
    assert not Path("metrics/fidelity.json").exists()


def test_a_parameter_that_is_missing_is_named(folder):
    Path("params.yaml").write_text(PARAMS.replace("  max_ngram: 2\n", ""))
    with pytest.raises(InputError, match=r"params\.yaml: `fidelity\.max_ngram` is missing"):
        stage.main()
