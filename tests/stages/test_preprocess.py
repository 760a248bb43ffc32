"""The stage; codecs are tested in tests/data/codecs, and test_train_only shows that they are fitted to train rows."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from makeweight.core.errors import InputError
from makeweight.data import samples
from makeweight.data.pictures import PictureError
from makeweight.data.samples import Roles, Samples
from makeweight.stages import preprocess
from miniature import write_project


@pytest.fixture(autouse=True)
def numbers_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_project(tmp_path, {})
    monkeypatch.chdir(tmp_path)
    table = pd.DataFrame(
        {"id": list("abcd"), "label": ["x", "y"] * 2, "n": [1.0, 2.0, 3.0, 4.0], "mw_split": ["train"] * 3 + ["test"]}
    )
    samples.write(Samples(table, Roles(numeric=("n",))), Path("data/split/samples.parquet"))


def test_rows_keep_their_order() -> None:
    preprocess.main("tabular")
    encoded = np.load("data/preprocess/tabular/encoded.npy")
    assert encoded.shape[0] == 4
    spec = json.loads(Path("data/preprocess/tabular/spec.json").read_text())
    assert spec["present"] and spec["shape"] == [encoded.shape[1]]
    metrics = json.loads(Path("metrics/preprocess/tabular.json").read_text())
    assert metrics["rows.train"] == 3 and metrics["rows.test"] == 1


def test_an_absent_modality_is_logged_and_stops_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    preprocess.main("text")
    assert "names no columns for it; nothing to do" in capsys.readouterr().err
    assert json.loads(Path("data/preprocess/text/spec.json").read_text()) == {"present": False}
    assert [file.name for file in Path("data/preprocess/text").iterdir()] == ["spec.json"]


def test_an_unknown_modality_is_named() -> None:
    with pytest.raises(InputError, match="`modalities` has 'sound'; known are image, tabular, text"):
        preprocess.main("sound")


def test_a_picture_that_changed_after_it_was_cleaned_is_one_line() -> None:
    class Damaged:
        def encode(self, table: pd.DataFrame) -> np.ndarray:
            raise PictureError("broken: unrecognized data stream")

    with pytest.raises(InputError, match=r"^data/split/samples.parquet: column `image` has a picture that is broken: "):
        preprocess.encode(Damaged(), pd.DataFrame({"image": [b"x"]}), "local")  # type: ignore[arg-type]
