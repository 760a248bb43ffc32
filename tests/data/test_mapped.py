"""Columns in files: the same cells, and the memory of their pages is given back."""

import datetime
import errno
import io
import os
import resource
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from makeweight.core.errors import InputError
from makeweight.data import mapped

COLUMNS = {
    "texts": pd.Series(["elm", None, "öß", ""] * 50, dtype="str"),
    "floats": pd.Series([0.5, np.nan, -1.25, 1e300] * 50),
    "whole": pd.Series(np.arange(200)),
    "truth": pd.Series([True, False] * 100),
    "objects": pd.Series([b"x", None] * 100, dtype=object),
    "gaps": pd.Series([1, None] * 100, dtype="Int64"),
    "days": pd.Series([datetime.date(2026, 1, 1)] * 200, dtype=object),
}


@pytest.fixture(autouse=True)
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mapped, "LEAST_BYTES", 64)


@pytest.mark.parametrize("name", COLUMNS)
def test_a_column_on_disk_has_the_same_cells(name: str) -> None:
    cells = COLUMNS[name].set_axis(range(5, 205)).rename("x")
    before = len(mapped.FILES)
    moved = mapped.on_disk(cells)
    pd.testing.assert_series_equal(moved, cells)
    assert len(mapped.FILES) == before + (name in ("texts", "floats", "whole", "truth"))
    mapped.release()
    pd.testing.assert_series_equal(moved, cells)


def test_small_columns_stay_in_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mapped, "LEAST_BYTES", 1 << 20)
    assert mapped.on_disk(COLUMNS["floats"]) is COLUMNS["floats"]


def test_some_rows_of_a_table_in_another_order() -> None:
    table = pd.DataFrame(COLUMNS)
    rows = np.array([7, 3, 199, 3])
    pd.testing.assert_frame_equal(mapped.rows_of(table, rows), table.iloc[rows].reset_index(drop=True))
    mask = np.arange(200) % 3 == 0
    pd.testing.assert_frame_equal(mapped.rows_of(table, mask), table[mask].reset_index(drop=True))


@pytest.mark.parametrize("least", [1, 64, 1 << 20])
def test_parts_are_one_table(least: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mapped, "LEAST_BYTES", least)
    parts = mapped.Parts()
    assert parts.table() is None
    whole = pa.table({"a": list(range(30)), "b": [f"row {number}" for number in range(30)]})
    for start in range(0, 30, 4):
        parts.add(whole.slice(start, 4))
    assert parts.table() == whole


def test_a_table_does_not_copy_its_columns() -> None:
    floats = mapped.on_disk(COLUMNS["floats"])
    assert np.shares_memory(mapped.frame({"a": floats})["a"].to_numpy(), floats.to_numpy())


class FullDisk(io.BytesIO):
    def write(self, content: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


@pytest.mark.parametrize("name", ["texts", "floats"])
def test_a_full_disk_is_one_line(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mapped, "new_file", FullDisk)
    with pytest.raises(
        InputError, match=r"cannot be kept in .*: No space left on device; nothing half-written is left"
    ):
        mapped.on_disk(COLUMNS[name])


def test_more_columns_than_files_may_be_open() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    highest = max(int(file.name) for file in Path("/dev/fd").iterdir())
    resource.setrlimit(resource.RLIMIT_NOFILE, (highest + 40, hard))
    try:
        moved = [mapped.on_disk(COLUMNS["floats"] + number) for number in range(80)]
        assert moved[79][0] == 79.5
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
