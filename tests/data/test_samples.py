"""The sample table is read as it was written, and a broken one is refused."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from makeweight.core.errors import InputError
from makeweight.data import parts, samples
from makeweight.data.samples import Roles, Samples

ROLES = Roles(image="image", text=("title",), numeric=("price",), categorical=("origin",), money={"price": "currency"})


def small_table() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "id": ["a", "b", "c"],
            "label": ["stars", "flags", "maps"],
            "image": [b"\x89PNG", None, b""],
            "title": ["Ünï", None, ""],
            "price": [1.5, np.nan, 0.0],
            "origin": ["Peru", None, "Oman"],
            "mw_split": ["train", "train", "test"],
        }
    )


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "samples.parquet"
    samples.write(Samples(small_table(), ROLES), path)
    read = samples.read(path)
    assert read.roles == ROLES
    pd.testing.assert_frame_equal(read.table, small_table())
    assert list(samples.read(path, ["id", "price"]).table.columns) == ["id", "price"]


def test_the_same_table_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = tmp_path / "first.parquet", tmp_path / "second.parquet"
    samples.write(Samples(small_table(), ROLES), first)
    samples.write(Samples(small_table(), ROLES), second)
    assert first.read_bytes() == second.read_bytes()


def test_splits_and_classes(tmp_path: Path) -> None:
    table = Samples(small_table(), ROLES)
    assert list(table.split("test").table["id"]) == ["c"]
    assert list(table.split("test").table.index) == [0]
    assert samples.classes(table) == ["flags", "stars"]
    without_splits = table.with_table(small_table().drop(columns="mw_split"))
    assert samples.classes(without_splits) == ["flags", "maps", "stars"]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda table: table.drop(columns="price"), "column `price` is missing"),
        (lambda table: table.drop(columns="label"), "column `label` is missing"),
        (lambda table: table.assign(id=["a", "a", "b"]), "`id` 'a' is in more than one row"),
        (lambda table: table.assign(label=["stars", None, "maps"]), "sample 'b' has no `label`"),
    ],
)
def test_a_broken_table_is_reported_with_file_and_column(change, expected: str) -> None:
    with pytest.raises(InputError, match="^data/x.parquet: ") as raised:
        samples.check(Samples(change(small_table()), ROLES), Path("data/x.parquet"))
    assert expected in str(raised.value)


def test_files_that_are_no_sample_tables_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file; `dvc repro` runs the stage"):
        samples.read(tmp_path / "absent.parquet")
    (tmp_path / "text.parquet").write_text("not parquet")
    with pytest.raises(InputError, match="damaged, or of another kind"):
        samples.read(tmp_path / "text.parquet")
    pq.write_table(pa.table({"id": ["a"]}), tmp_path / "foreign.parquet")
    with pytest.raises(InputError, match="no roles in its metadata"):
        samples.read(tmp_path / "foreign.parquet")
    samples.write(Samples(small_table(), ROLES), tmp_path / "cut.parquet")
    whole = (tmp_path / "cut.parquet").read_bytes()
    (tmp_path / "cut.parquet").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError, match="damaged, or of another kind"):
        samples.read(tmp_path / "cut.parquet")


def read_in_parts(path: Path) -> pd.DataFrame:
    return pd.concat(parts.read_parts(path, list(small_table())))


@pytest.mark.parametrize("read", [lambda path: samples.read(path).table, read_in_parts], ids=["whole", "in parts"])
def test_no_changed_bit_is_read_as_another_value(read: Callable[[Path], pd.DataFrame], tmp_path: Path) -> None:
    path = tmp_path / "samples.parquet"
    rng = np.random.default_rng(3)
    table = small_table().assign(image=[rng.bytes(500) for _ in range(3)])
    samples.write(Samples(table, ROLES), path)
    whole = path.read_bytes()
    for position in rng.integers(4, len(whole) - 8, 60):
        changed = bytearray(whole)
        changed[position] ^= 1 << int(rng.integers(8))
        path.write_bytes(changed)
        try:
            found = read(path)
        except InputError as mistake:
            assert str(mistake).startswith(str(path))
        else:  # in what describes the columns, such as their smallest value
            pd.testing.assert_frame_equal(found, table)


def test_modalities_follow_the_columns() -> None:
    assert Roles(categorical=("origin",)).modalities == ("tabular",)
    assert Roles(image="image", text=("title",)).modalities == ("image", "text")
    assert Roles().modalities == ()


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        (["a", "b", "ba"], True),
        (["a", "a"], False),
        (["b", "a"], False),
        (["a", None], False),
        (["a"], True),
        ([], True),
    ],
)
def test_ids_in_order_are_known_without_objects(ids: list[str | None], expected: bool) -> None:
    assert samples.is_increasing(pd.Series(ids, dtype="str")) is expected
    assert not samples.is_increasing(pd.Series([1, 2]))
