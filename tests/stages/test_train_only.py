"""Nothing is fitted to a row outside the train split: other rows must not change a byte of what is fitted."""

from io import BytesIO
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from makeweight.core.params import read_yaml
from makeweight.data import samples
from makeweight.data.samples import Roles, Samples
from makeweight.generators import ENGINES
from makeweight.stages import preprocess
from makeweight.stages.contest import __main__ as contest
from makeweight.stages.learners import __main__ as learners
from makeweight.stages.train_gan import __main__ as train_gan
from miniature import ROOT, SMALL_LEARNERS, write_project

ROLES = Roles(image="image", text=("title", "description"), numeric=("price", "weight"), categorical=("origin",))


def split_table(folder: Path) -> pd.DataFrame:
    """The rows of the miniature project as `split` would write them."""
    table = pd.read_csv(folder / "pictures" / "metadata.csv")
    table = table.rename(columns={"file_name": "id", "kind": "fine_label", "author": "group"})
    table = table[~table["id"].str.contains("-copy")].reset_index(drop=True)
    table["image"] = [(folder / "pictures" / name).read_bytes() for name in table["id"]]
    table["weight"] = table["weight"].astype("float64")
    table["mw_unit"] = np.arange(len(table))
    table["mw_split"] = np.array(["train", "train", "train", "validation", "test"])[np.arange(len(table)) % 5]
    return table


def foreign_picture() -> bytes:
    """A chequered picture, unlike any in the miniature project."""
    buffer = BytesIO()
    Image.fromarray(np.indices((24, 24)).sum(0).astype(np.uint8) % 2 * 255).convert("RGB").save(buffer, "PNG")
    return buffer.getvalue()


def poisoned(table: pd.DataFrame, *splits: str) -> pd.DataFrame:
    """The table with every feature of some splits replaced by values unlike all others."""
    rows = table["mw_split"].isin(splits)
    changed = table.copy()
    changed.loc[rows, "title"] = "poison arsenic"
    changed.loc[rows, "description"] = "nightshade"
    changed.loc[rows, "price"] = 1e9
    changed.loc[rows, "weight"] = -1e9
    changed.loc[rows, "origin"] = "POISON"
    changed["image"] = changed["image"].where(~rows, foreign_picture())
    return changed


def fitted_files(folder: Path) -> dict[str, bytes]:
    """The files that fitting wrote, by name: all but the encoded rows."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix in {".json", ".safetensors", ".npz"} and "real." not in path.name
    }


def enter_project(folder: Path, table: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    """Change to the folder, and write this split into it."""
    monkeypatch.chdir(folder)
    samples.write(Samples(table, ROLES), Path("data/split/samples.parquet"))


VIEWS = ("image", "tabular", "text")

CHANGES = {
    "device": "cpu",
    "preprocess.image.size": 16,
    "preprocess.text.candidates": 2,
    "train_gan.steps": 4,
    "train_gan.quality.evaluations": 1,
    "train_gan.quality.synthetic_per_class": 10,
    "train_gan.quality.training.epochs": 1,
    "contest.seeds": 1,
    **SMALL_LEARNERS,
}


@pytest.mark.parametrize("modality", ["image", "tabular", "text"])
def test_a_codec_is_fitted_to_train_rows_only(modality: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outcomes = []
    for splits in ((), ("validation", "test"), ("train",)):
        folder = tmp_path / "-".join(["poisoned", *splits])
        folder.mkdir()
        write_project(folder, CHANGES)
        enter_project(folder, poisoned(split_table(folder), *splits), monkeypatch)
        preprocess.main(modality)
        outcomes.append(fitted_files(Path("data/preprocess") / modality))
    clean, poisoned_elsewhere, poisoned_train = outcomes
    assert clean and clean == poisoned_elsewhere
    if modality != "image":
        assert clean != poisoned_train, "the poison has no effect"


def test_no_arm_learns_from_or_chooses_by_test_rows(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Networks, and predictions for validation rows, of arms that add rows."""
    arms = ("smote", "classic+random_oversampling")
    outcomes = []
    for splits in ((), ("test",)):
        folder = tmp_path / "-".join(["poisoned", *splits])
        folder.mkdir()
        write_project(folder, CHANGES)
        enter_project(folder, poisoned(split_table(folder), *splits), monkeypatch)
        for modality in VIEWS:
            preprocess.main(modality)
        learners.main()
        for arm in arms:
            contest.main(arm)
        predictions = pd.concat([pd.read_parquet(f"data/contest/{arm}/predictions.parquet") for arm in arms])
        fitted = {
            f"{stage}/{name}": content
            for stage in ("learners", "contest")
            for name, content in fitted_files(Path("data") / stage).items()
        }
        outcomes.append((fitted, predictions))
    (clean_files, clean_predictions), (poisoned_files, poisoned_predictions) = outcomes
    assert clean_files and clean_files == poisoned_files
    by_split = [
        predictions[predictions["split"] == "validation"] for predictions in (clean_predictions, poisoned_predictions)
    ]
    pd.testing.assert_frame_equal(*by_split)
    assert not clean_predictions.equals(poisoned_predictions), "the poison has no effect"


@pytest.mark.parametrize("engine", sorted(ENGINES))
def test_an_engine_neither_learns_from_nor_chooses_by_test_rows(
    engine: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    outcomes = []
    # One engine is enough to show that the poison works.
    for splits in ((), ("test",), ("train",)) if engine == "wgan_gp" else ((), ("test",)):
        folder = tmp_path / "-".join(["poisoned", *splits])
        folder.mkdir()
        write_project(folder, {**CHANGES, "modalities": ["image", "tabular"]})
        enter_project(folder, poisoned(split_table(folder), *splits), monkeypatch)
        for modality in ("image", "tabular"):
            preprocess.main(modality)
        train_gan.main(engine)
        outcomes.append(fitted_files(Path("data/train_gan")))
    assert outcomes[0] and outcomes[0] == outcomes[1]
    assert outcomes[0] not in outcomes[2:], "the poison has no effect"


def test_every_modality_is_tested() -> None:
    assert read_yaml(ROOT / "params.yaml")["modalities"] == ["image", "tabular", "text"]
