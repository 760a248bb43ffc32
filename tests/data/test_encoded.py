from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from makeweight.core import files
from makeweight.core.errors import InputError
from makeweight.data import encoded, samples
from makeweight.data.codecs.tabular import TabularCodec, TabularParams
from makeweight.data.folds import out_of_fold
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
    with pytest.raises(InputError, match=r"encoded.npy: has 3 rows; right would be 4, as data/split has"):
        read(tmp_path)


def test_a_codec_of_another_column_is_named(tmp_path: Path) -> None:
    codec = write_encoded(tmp_path) / "codec.json"
    codec.write_text(codec.read_text().replace('"price"', '"pr1ce"'))
    with pytest.raises(InputError, match=r"tabular/codec\.json: the samples have no column 'pr1ce', which it names"):
        read(tmp_path)


def test_a_single_class_and_a_class_without_train_rows_are_users_mistakes(tmp_path: Path) -> None:
    write_encoded(tmp_path / "one", labels="aaaa")
    with pytest.raises(InputError, match="only the class 'a'"):
        read(tmp_path / "one")
    write_encoded(tmp_path / "strange", labels="abca")
    with pytest.raises(InputError, match="class 'c' has no sample in the train split"):
        read(tmp_path / "strange").split("test")


def test_folds_of_train_rows_keep_units_together(tmp_path: Path) -> None:
    write_encoded(tmp_path)
    data = read(tmp_path)
    assert data.units("train").tolist() == ["w", "x"] and data.units("test").tolist() == ["y"]
    several = {"id": range(12), "label": ["a", "b"] * 6, "mw_split": ["train"] * 10 + ["test"] * 2}
    units = np.repeat([7, 8, 9, 5, 6, 4], 2)
    data = replace(data, table=pd.DataFrame(several | {"mw_unit": units}))
    folds = data.train_folds(3, 0)
    assert len(folds) == 10 and set(folds) == {0, 1, 2} and (folds[::2] == folds[1::2]).all()
    assert replace(data, table=data.table.drop(columns="mw_unit")).units("train").tolist() == list(range(10))
    with pytest.raises(InputError, match="the 10 train rows cannot be divided into folds; right would be at least two"):
        replace(data, table=data.table.assign(mw_unit=1)).train_folds(3, 0)


def test_predictions_out_of_fold_stand_in_the_order_of_the_rows() -> None:
    folds = np.array([1, 0, 1, 0])
    whole = out_of_fold({0: np.array([[0.1, 0.9], [0.2, 0.8]]), 1: np.array([[0.3, 0.7], [0.4, 0.6]])}, folds)
    assert whole.dtype == np.float32 and whole[:, 0] == pytest.approx([0.3, 0.1, 0.4, 0.2])


def test_rows_that_were_taken_out_of_train_come_back_and_those_that_belong_to_others_do_not(tmp_path: Path) -> None:
    write_encoded(tmp_path)
    data = read(tmp_path)
    assert data.with_removed_rows() is None
    split = ["train", "unused", "unused", "unused", "test", "validation"]
    table = pd.DataFrame({"id": list("abcdef"), "label": ["a", "b"] * 3, "mw_split": split})
    table["mw_unit"] = [1, 1, 2, 5, 5, 6]
    whole = replace(data, table=table).with_removed_rows()
    assert whole is not None, "d belongs together with the test row e"
    assert whole.table["mw_split"].tolist() == ["train", "train", "train", "unused", "test", "validation"]
    assert table["mw_split"].tolist() == split, "the data as they were stay as they are"
    without_units = replace(data, table=table.drop(columns="mw_unit")).with_removed_rows()
    assert without_units is not None and (without_units.table["mw_split"] == "train").sum() == 4
