from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from makeweight.core import files
from makeweight.core.errors import InputError
from makeweight.data import encoded, samples
from makeweight.data.codecs.tabular import TabularCodec, TabularParams
from makeweight.data.samples import Roles, Samples

ROLES = Roles(numeric=("price",))


def write_encoded(
    folder: Path, labels: str = "abab", splits: tuple[str, ...] = ("train", "train", "test", "validation")
) -> Path:
    """Write data/split and data/preprocess/tabular with four rows."""
    table = pd.DataFrame({"id": list("wxyz"), "label": list(labels), "mw_split": splits, "price": [1.0, 5.0, 2.0, 9.0]})
    table["mw_unit"] = table["id"]
    split = Samples(table, ROLES)
    samples.write(split, folder / "split" / "samples.parquet")
    codec = TabularCodec.fit(split.split("train"), TabularParams(quantiles=9, spike_share=0.9, max_categories=3), 0)
    target = folder / "preprocess" / "tabular"
    target.mkdir(parents=True)
    codec.save(target)
    files.write_json(target / "spec.json", codec.spec.to_json())
    np.save(target / "encoded.npy", codec.encode(table))
    return target


def read(folder: Path) -> encoded.Encoded:
    return encoded.read(folder / "split", folder / "preprocess")


def test_splits_have_their_rows_and_class_indices(tmp_path: Path) -> None:
    write_encoded(tmp_path)
    data = read(tmp_path)
    assert data.classes == ("a", "b") and data.modalities == ("tabular",)
    assert data.split("train").labels.tolist() == [0, 1]
    assert data.split("validation").labels.tolist() == [1]
    assert (data.split("test").inputs["tabular"] == data.arrays["tabular"][[2]]).all()


def test_other_rows_are_read_through_the_same_codecs(tmp_path: Path) -> None:
    write_encoded(tmp_path)
    data = read(tmp_path)
    synthetic = data.encode(pd.DataFrame({"label": ["b"], "price": [5.0]}))
    assert synthetic.labels.tolist() == [1]
    assert (synthetic.inputs["tabular"] == data.arrays["tabular"][[1]]).all()


def test_only_the_requested_modalities_are_read(tmp_path: Path) -> None:
    write_encoded(tmp_path)
    data = encoded.read(tmp_path / "split", tmp_path / "preprocess", ["tabular", "text"])
    assert data.modalities == ("tabular",)
    with pytest.raises(InputError, match="no codec of text; run `dvc repro preprocess`"):
        encoded.read(tmp_path / "split", tmp_path / "preprocess", ["text"])


def test_arrays_that_do_not_fit_the_split_are_named(tmp_path: Path) -> None:
    array = write_encoded(tmp_path) / "encoded.npy"
    np.save(array, np.zeros((3, 1), dtype=np.float32))
    with pytest.raises(InputError, match=r"encoded.npy: 3 rows, but .*samples.parquet has 4"):
        read(tmp_path)


def test_a_single_class_and_a_class_without_train_rows_are_users_mistakes(tmp_path: Path) -> None:
    write_encoded(tmp_path / "one", labels="aaaa")
    with pytest.raises(InputError, match="only the class 'a'"):
        read(tmp_path / "one")
    write_encoded(tmp_path / "strange", labels="abca")
    with pytest.raises(InputError, match="class 'c' has no sample in the train split"):
        read(tmp_path / "strange").split("test")
