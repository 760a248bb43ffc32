"""Nothing that is fitted sees a row outside the train fold: what those rows hold must not change a byte of it."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from makeweight import preprocess, samples
from makeweight.params import read_yaml
from makeweight.samples import Roles, Samples
from small_world import ROOT, settle

ROLES = Roles(image="image", text=("title", "description"), numeric=("price", "weight"), categorical=("origin",))


def split_table(folder: Path) -> pd.DataFrame:
    """The small world's rows as `split` would hand them on."""
    table = pd.read_csv(folder / "pictures" / "metadata.csv")
    table = table.rename(columns={"file_name": "id", "kind": "fine_label", "author": "group"})
    table["image"] = [(folder / "pictures" / name).read_bytes() for name in table["id"]]
    table["weight"] = table["weight"].astype("float64")
    table["unit"] = np.arange(len(table))
    table["fold"] = np.array(["train", "train", "train", "validation", "test"])[np.arange(len(table)) % 5]
    return table


def poisoned(table: pd.DataFrame, *folds: str) -> pd.DataFrame:
    """The table with every feature of some folds replaced by something far from anything else."""
    rows = table["fold"].isin(folds)
    changed = table.copy()
    changed.loc[rows, "title"] = "poison arsenic"
    changed.loc[rows, "description"] = "nightshade"
    changed.loc[rows, "price"] = 1e9
    changed.loc[rows, "weight"] = -1e9
    changed.loc[rows, "origin"] = "POISON"
    donor = changed.loc[rows, "image"].iloc[0]
    changed.loc[rows, "image"] = pd.Series([donor] * int(rows.sum()), index=changed.index[rows])
    return changed


def fitted_files(folder: Path) -> dict[str, bytes]:
    """What fitting left, by name: everything but the encoded rows themselves."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix in {".json", ".safetensors"}
    }


def at_home(folder: Path, table: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    """Go to a folder that has this split."""
    monkeypatch.chdir(folder)
    samples.write(Samples(table, ROLES), Path("data/split/samples.parquet"))


CHANGES = {"preprocess.text.steps": 20, "preprocess.text.hidden": 16}


@pytest.mark.parametrize("modality", ["image", "tabular", "text"])
def test_a_codec_sees_train_rows_only(modality: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    outcomes = []
    for folds in ((), ("validation", "test"), ("train",)):
        folder = tmp_path / "-".join(["poisoned", *folds])
        folder.mkdir()
        settle(folder, CHANGES)
        at_home(folder, poisoned(split_table(folder), *folds), monkeypatch)
        preprocess.main(modality)
        outcomes.append(fitted_files(Path("data/preprocess") / modality))
    clean, poisoned_elsewhere, poisoned_train = outcomes
    assert clean and clean == poisoned_elsewhere
    if modality != "image":
        assert clean != poisoned_train, "the poison would not be noticed"


def test_every_modality_is_tried() -> None:
    assert read_yaml(ROOT / "params.yaml")["modalities"] == ["image", "tabular", "text"]
