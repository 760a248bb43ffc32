"""Every file between two stages has a door: damaged, emptied or of another kind, it is named in one line."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch

from makeweight.core import files, reading
from makeweight.core.errors import InputError
from makeweight.data import samples
from makeweight.data.codecs import CODECS, present
from makeweight.data.codecs.image import ImageCodec
from makeweight.data.codecs.tabular import TabularCodec, TabularParams
from makeweight.data.samples import Roles, Samples
from makeweight.learn import network_files, view_models
from makeweight.learn.features import Features, read_array, write_array
from makeweight.learn.linear_model import LinearModel
from makeweight.learn.models_file import read_models_file
from makeweight.results.folders import Folders, read_csv, read_numbers, read_png


def write_all(folder: Path) -> None:
    """One file of each kind."""
    table = pd.DataFrame({"id": ["a", "b", "c"], "label": ["x", "y", "x"], "price": [1.0, 2.0, 5.0]})
    sample_table = Samples(table.assign(mw_split="train"), Roles(numeric=("price",)))
    samples.write(sample_table, folder / "samples.parquet")
    codec = TabularCodec.fit(sample_table, TabularParams(quantiles=3, spike_share=0.9, max_categories=3), 0)
    codec.save(folder / "tabular")
    files.write_json(folder / "tabular" / "spec.json", codec.spec.to_json())
    np.save(folder / "encoded.npy", codec.encode(table))
    ImageCodec(8, "rgb").save(folder / "image")
    LinearModel.fit(np.eye(3, dtype=np.float32), np.array([0, 1, 0]), 2, 1.0).save(folder / "linear.npz")
    description = {"kind": "lenet", "modality": "image", "shape": [3, 32, 32], "options": {}}
    torch.manual_seed(0)
    network_files.save(folder, {"lenet": (network_files.build(description, 2), description)}, ["x", "y"])
    view_models.save(folder / "models", {}, ["x", "y"], {"image": (3, 32, 32)})
    Features(None, None, ("title",)).save(folder)
    write_array(folder / "real.image", np.ones((3, 2), dtype=np.float32))
    files.write_json(folder / "numbers.json", {"macro_f1": 0.5})
    files.write_text(folder / "table.csv", "label,rows\nx,2\ny,1\n")


READERS: dict[str, Callable[[Path], object]] = {
    "samples.parquet": lambda folder: samples.read_split(folder / "samples.parquet"),
    "tabular/codec.json": lambda folder: CODECS["tabular"].load(folder / "tabular"),
    "tabular/spec.json": lambda folder: present(folder / "tabular"),
    "encoded.npy": lambda folder: reading.read_array(folder / "encoded.npy", (1,), "float32"),
    "image/codec.json": lambda folder: CODECS["image"].load(folder / "image"),
    "linear.npz": lambda folder: LinearModel.load(folder / "linear.npz"),
    "networks.json": lambda folder: network_files.load(folder, "lenet"),
    "lenet.safetensors": lambda folder: network_files.load(folder, "lenet"),
    "models/models.json": lambda folder: read_models_file(folder / "models"),
    "features.json": Features.load,
    "real.image.npy": lambda folder: read_array(folder / "real.image"),
    "numbers.json": lambda folder: read_numbers(folder / "numbers.json"),
}
DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "emptied": lambda content: b"",
    "cut": lambda content: content[: len(content) // 2],
    "words": lambda content: b"something else\n",
    "list": lambda content: b"[1, 2]",
    "zeros": lambda content: bytes(len(content)),
    "no text": lambda content: b"\xff\xfe\x00" + content,
}


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    write_all(folder)
    return folder


@pytest.mark.parametrize("damage", DAMAGES)
@pytest.mark.parametrize("name", READERS)
def test_a_damaged_file_is_named_in_one_line(written: Path, name: str, damage: str) -> None:
    READERS[name](written)
    path = written / name
    content = path.read_bytes()
    path.write_bytes(DAMAGES[damage](content))
    try:
        with pytest.raises(InputError) as raised:
            READERS[name](written)
    finally:
        path.write_bytes(content)
    message = str(raised.value)
    assert path.name in message and "\n" not in message and len(message) < 600, message


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="encoded.npy: no such file; `dvc repro` runs the stage that writes it"):
        reading.read_array(tmp_path / "encoded.npy", (1,), "float32")
    with pytest.raises(InputError, match="spec.json: no such file"):
        reading.read_json(tmp_path / "spec.json")


def test_rows_of_another_layout_are_told(tmp_path: Path) -> None:
    path = tmp_path / "encoded.npy"
    np.save(path, np.zeros((4, 3), dtype=np.float32))
    with pytest.raises(InputError, match="rows are 3 numbers of type <f4; right would be 2 numbers of type <f4"):
        reading.read_array(path, (2,), "float32")
    np.save(path, np.zeros((4, 3), dtype=">f4"))
    with pytest.raises(InputError, match="rows are 3 numbers of type >f4"):
        reading.read_array(path, (3,), "float32")
    with pytest.raises(InputError, match="has 4 rows; right would be 5"):
        np.save(path, np.zeros((4, 3), dtype=np.float32))
        reading.read_array(path, (3,), "float32", rows=5)


def test_a_wrong_field_of_a_record_is_named(tmp_path: Path) -> None:
    path = tmp_path / "codec.json"
    path.write_text(json.dumps({"size": -8, "colour": "rgb", "column": "image"}))
    with pytest.raises(InputError, match="codec.json: `size` is -8; right would be 1 or more"):
        reading.read_record(path, ImageCodec)


def test_numbers_tables_and_pictures_of_a_run_are_what_they_should_be(tmp_path: Path) -> None:
    metrics = tmp_path / "metrics.json"
    for number in ("true", '"many"', "null", "NaN", "[1]"):
        metrics.write_text(f'{{"macro_f1": {number}}}')
        with pytest.raises(InputError, match="metrics.json: `macro_f1` is .*; right would be a number"):
            read_numbers(metrics)
    (tmp_path / "table.csv").write_bytes(b"")
    with pytest.raises(InputError, match="table.csv: damaged"):
        read_csv(tmp_path / "table.csv")
    (tmp_path / "cut.png").write_bytes(b"\x89PNG\r\n\x1a\n rest")
    with pytest.raises(InputError, match="cut.png: damaged.*no whole PNG"):
        read_png(tmp_path / "cut.png")


def test_a_table_with_other_columns_is_named_by_the_reader_of_results(tmp_path: Path) -> None:
    from makeweight.results.cleaning import read_class_counts

    files.write_text(tmp_path / "plots" / "clean" / "class_counts.csv", "something,else\n1,2\n")
    with pytest.raises(InputError, match="class_counts.csv: not as their stage writes them .*is missing"):
        read_class_counts(Folders(tmp_path / "metrics", tmp_path / "plots"))
