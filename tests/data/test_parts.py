"""Files of samples in parts: the same bytes and rows as in one piece, of the columns that are asked for only."""

from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest

from makeweight.core import files
from makeweight.core.errors import InputError
from makeweight.data import mapped, parts, samples
from makeweight.data.samples import Roles, Samples

ROLES = Roles(image="image", text=("title",), numeric=("price",), categorical=("origin",))


@pytest.fixture
def table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Samples:
    """Ten rows with gaps, written in row groups of four."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(samples, "PART_ROWS", 4)
    rows = pd.DataFrame(
        {
            "id": [f"row{row}" for row in range(10)],
            "label": ["a", "b"] * 5,
            "image": [b"picture" if row > 4 else None for row in range(10)],
            "title": pd.Series([None] * 4 + ["words"] * 6, dtype="str"),
            "price": [np.nan if row in (1, 8) else row / 2 for row in range(10)],
            "origin": pd.Series(["DE", "FR", None, "PE", "PE"] * 2, dtype="str"),
            "count": np.arange(10),
        }
    )
    samples.write(Samples(rows, ROLES), Path("whole.parquet"))
    return Samples(rows, ROLES)


def test_parts_together_are_the_table(table: Samples) -> None:
    assert pq.read_metadata("whole.parquet").num_row_groups == 3
    found = list(parts.read_parts(Path("whole.parquet"), ["price", "title", "image"]))
    assert [len(part) for part in found] == [4, 4, 2]
    pd.testing.assert_frame_equal(pd.concat(found, ignore_index=True), table.table[["price", "title", "image"]])
    assert parts.count_rows(Path("whole.parquet")) == 10


@pytest.mark.parametrize("least", [1, 1 << 24])
def test_the_whole_table_out_of_files(table: Samples, least: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mapped, "LEAST_BYTES", least)
    found = parts.read_whole(Path("whole.parquet"))
    at_once = samples.read(Path("whole.parquet"))
    pd.testing.assert_frame_equal(found.table, at_once.table)
    assert found.roles == at_once.roles == ROLES
    samples.write(found, Path("again.parquet"))
    assert Path("again.parquet").read_bytes() == Path("whole.parquet").read_bytes()


def test_further_columns_give_the_bytes_of_the_whole_table(table: Samples) -> None:
    added = pd.DataFrame({"mw_unit": table.table["id"], "mw_split": ["train"] * 8 + ["test"] * 2})
    samples.write(table.with_table(pd.concat([table.table, added], axis=1)), Path("at_once.parquet"))
    parts.write_with_columns(Path("whole.parquet"), added, Path("in_parts.parquet"))
    assert Path("in_parts.parquet").read_bytes() == Path("at_once.parquet").read_bytes()
    assert sorted(file.name for file in Path().iterdir()) == ["at_once.parquet", "in_parts.parquet", "whole.parquet"]


def test_an_empty_table_is_one_empty_part(tmp_path: Path) -> None:
    whole = Samples(pd.DataFrame({"id": pd.Series([], dtype="str"), "price": pd.Series([], dtype=float)}), ROLES)
    samples.write(whole, tmp_path / "empty.parquet")
    (part,) = parts.read_parts(tmp_path / "empty.parquet", ["price"])
    assert len(part) == 0 and list(part) == ["price"]


def test_train_rows_alone_are_read(table: Samples) -> None:
    split = ["train", "test", "train", "validation", "test"] * 2
    samples.write(table.with_table(table.table.assign(mw_split=split)), Path("split.parquet"))
    found = parts.read_train(Path("split.parquet"), ["title", "price"], ["label", "mw_unit"])
    expected = table.table.loc[[row in (0, 2, 5, 7) for row in range(10)], ["title", "price", "label"]]
    pd.testing.assert_frame_equal(found, expected.reset_index(drop=True))


def test_a_damaged_row_group_is_one_line(table: Samples) -> None:
    content = bytearray(Path("whole.parquet").read_bytes())
    content[4:400] = bytes(396)
    Path("whole.parquet").write_bytes(content)
    with pytest.raises(InputError, match=r"^whole.parquet: damaged, or of another kind"):
        list(parts.read_parts(Path("whole.parquet"), ["id", "title"]))


@pytest.mark.parametrize("shape", [(7, 3), (7, 1, 2, 2)])
def test_an_array_in_parts_has_the_bytes_of_the_whole(shape: tuple[int, ...], tmp_path: Path) -> None:
    array = np.random.default_rng(0).random(shape).astype(np.float32)
    files.write_array(tmp_path / "whole.npy", array)
    files.write_array_parts(tmp_path / "parts.npy", iter([array[:3], array[3:3], array[3:]]), 7)
    assert (tmp_path / "parts.npy").read_bytes() == (tmp_path / "whole.npy").read_bytes()
