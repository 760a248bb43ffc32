"""Files of every known format: types that lose nothing, folders of parts, compression, and faults told in one line."""

import bz2
import datetime
import gzip
import io
import json
import lzma
import zipfile
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import workbook

from makeweight.core.errors import InputError
from makeweight.data.tables import cells, folders
from makeweight.data.tables.files import Format, read_file
from makeweight.data.tables.folders import Part

CSV = b"nr,wood\n1,ash\n2,\n"


def zipped(content: bytes, *more: str) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("parts.csv", content)
        for name in more:
            archive.writestr(name, "x")
    return buffer.getvalue()


def zstandard(content: bytes) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(content)
    return sink.getvalue().to_pybytes()


PACKED: dict[str, Callable[[bytes], bytes]] = {
    "a.csv": lambda content: content,
    "A.PARTS.CSV": lambda content: content,
    "a.CSV.GZ": gzip.compress,
    "a.csv.bz2": bz2.compress,
    "a.csv.xz": lzma.compress,
    "a.csv.zst": zstandard,
    "a.zip": zipped,
    "mac.csv.zip": lambda content: zipped(content, "__MACOSX/._parts.csv", ".DS_Store"),
    "a.tsv": lambda content: content.replace(b",", b"\t"),
    "a.txt": lambda content: content.replace(b",", b"|"),
    "really-gzip.csv": gzip.compress,
}


@pytest.mark.parametrize("name", PACKED)
def test_names_and_compression_of_delimited_text(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(PACKED[name](CSV))
    found = read_file(tmp_path / name)
    assert found.table["nr"].tolist() == ["1", "2"]
    assert found.table["wood"].isna().tolist() == [False, True]
    assert found.lines.tolist() == [2, 3]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.csv.gz", gzip.compress(CSV)[:-9], "its gzip compression is damaged"),
        ("a.zip", zipped(CSV, "other.csv"), "a ZIP archive must hold one file; it holds parts.csv, other.csv"),
        ("a.csv", zipped(CSV), "no delimited text but a ZIP archive or an Excel workbook"),
        ("a.docx", b"x", "its name must end in .csv"),
        ("a.parquet", b"PAR1 rest", "not readable"),
        ("a.xlsx", b"x", "not a readable workbook"),
    ],
    ids=lambda value: "content" if isinstance(value, bytes) else None,  # archives hold the time: names must not
)
def test_what_is_no_table(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_file(tmp_path / name)
    assert message in str(caught.value) and name in str(caught.value) and "\n" not in str(caught.value)


def test_parquet_types_lose_nothing(tmp_path: Path) -> None:
    big = 2**53 + 1
    table = pa.table(
        {
            "id": pa.array([big, None, 3]),
            "price": pa.array([Decimal("1.50"), None, Decimal("2.25")], pa.decimal128(9, 2)),
            "day": pa.array([datetime.date(1900, 1, 2), None, datetime.date(2024, 2, 29)]),
            "at": pa.array(
                [datetime.datetime(1200, 1, 1), None, datetime.datetime(2024, 2, 29, 1)], pa.timestamp("us")
            ),
            "wood": pa.array(["ash", None, "ash"]).dictionary_encode(),
            "ok": pa.array([True, None, False]),
            "u": pa.array([2**64 - 1, None, 1], pa.uint64()),
            "none": pa.nulls(3),
            "tags": pa.array([["a"], None, []]),
        }
    )
    pq.write_table(table, tmp_path / "a.parquet")
    found = read_file(tmp_path / "a.parquet").table
    assert found["id"].tolist() == [big, pd.NA, 3]
    assert found["price"].tolist() == [Decimal("1.50"), None, Decimal("2.25")]
    assert found["day"].tolist() == [datetime.date(1900, 1, 2), None, datetime.date(2024, 2, 29)]
    assert found["at"][0].year == 1200
    assert found["wood"].tolist()[::2] == ["ash", "ash"] and found["wood"].dtype == "str"
    assert found["ok"].tolist() == [True, pd.NA, False]
    assert found["u"].tolist() == [2**64 - 1, pd.NA, 1]
    assert found["none"].isna().all() and list(found["tags"][0]) == ["a"]


def test_an_index_that_pandas_keeps_is_a_column(tmp_path: Path) -> None:
    pd.DataFrame({"x": [1, 2]}, index=pd.Index(["a", "b"], name="nr")).to_parquet(tmp_path / "a.parquet")
    pd.DataFrame({"x": [1, 2]}, index=[5, 7]).to_parquet(tmp_path / "b.parquet")
    assert read_file(tmp_path / "a.parquet").table["nr"].tolist() == ["a", "b"]
    nameless = read_file(tmp_path / "b.parquet")
    assert len(nameless.nameless) == 1 and "has no name" in nameless.notes[0]


def test_a_workbook_has_types(tmp_path: Path) -> None:
    day = datetime.date(2024, 2, 29)
    rows: list[list[Any]] = [
        [],
        ["nr ", "n", "x", "day", "ok", "mixed", None],
        ["007", 1, 2.5, day, True, 3],
        ["008", None, 4, None, False, "none"],
        [],
        ["009", 3, "#DIV/0!", day, None, 0.5],
    ]
    (tmp_path / "A.XLSX").write_bytes(workbook.workbook({"Parts": rows, "Empty": []}))
    found = read_file(tmp_path / "A.XLSX")
    assert list(found.table) == ["nr", "n", "x", "day", "ok", "mixed"]
    assert found.table["nr"].tolist() == ["007", "008", "009"]
    assert found.table["n"].tolist() == [1, pd.NA, 3]
    assert found.table["x"].tolist()[:2] == [2.5, 4.0] and pd.isna(found.table["x"][2])
    assert found.table["day"].tolist() == [day, None, day]
    assert found.table["mixed"].tolist() == ["3", "none", "0.5"]
    assert found.lines.tolist() == [3, 4, 6] and found.dropped == ((5, "are empty"),)
    told = " ".join(found.notes)
    assert "taken off the names 'nr '" in told and "`mixed` has texts and other values" in told
    assert "1 cells of the workbook hold an error" in told


def test_a_sheet_is_chosen(tmp_path: Path) -> None:
    sheets = {"One": [["a", "b"], [1, 2]], "Two": [["a", "b"], [3, 4]]}
    path = tmp_path / "a.xlsx"
    path.write_bytes(workbook.workbook(sheets))
    with pytest.raises(InputError, match=r"several sheets, 'One', 'Two': `source.sheet`"):
        read_file(path)
    assert read_file(path, Format(sheet="Two")).table["a"].tolist() == [3]
    with pytest.raises(InputError, match="there is no sheet 'Tow'; there are 'One', 'Two'"):
        read_file(path, Format(sheet="Tow"))
    path.write_bytes(workbook.workbook(sheets, hidden=("One",)))
    assert read_file(path).table["a"].tolist() == [3]
    assert read_file(path, Format(sheet="One", header=["x", "y"])).table["x"].tolist() == ["a", "1"]


def test_json_numbers_stay_numbers(tmp_path: Path) -> None:
    rows = [{"nr": 2**60 + 1, "x": 2.39, "w": "2,390", "ok": True}, {"nr": None, "x": 3, "w": None, "more": [1]}]
    (tmp_path / "a.jsonl").write_text("\n".join(map(json.dumps, rows)) + "\n\n")
    (tmp_path / "b.json").write_text(json.dumps(rows, indent=1))
    for name, lines in (("a.jsonl", [1, 2]), ("b.json", [1, 2])):
        found = read_file(tmp_path / name)
        assert found.table["nr"].tolist() == [2**60 + 1, pd.NA]
        assert found.table["x"].tolist() == [2.39, 3.0]
        assert found.table["w"][0] == "2,390" and pd.isna(found.table["w"][1])
        assert found.table["more"].tolist() == [None, [1]]
        assert found.lines.tolist() == lines


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ('{"a": 1}\n{"a": \n', "row 2: not readable as JSON"),
        ('{"a": 1}\n[1, 2]\n', "row 2 is no object but [1, 2]"),
        ('{"a": 1, "a": 2}\n', "row 1: an object has the name 'a' twice"),
        ('{"a": {"0": 1}, "b": {"0": 2}}\n', "it is one object, with a list or an object for each of its names"),
        ("[1, 2]", "item 1 is no object"),
        ('[{"a": 1}', "not readable as JSON"),
    ],
)
def test_json_that_is_no_table(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(InputError) as caught:
        read_file(tmp_path / "a.json")
    assert message in str(caught.value) and "\n" not in str(caught.value)


def part(name: str, **columns: Any) -> Part:
    found = read_file.__globals__["typed"](pd.DataFrame(columns))
    return Part(name, Path(name), found)


def test_parts_are_joined_by_name_without_loss() -> None:
    first = part("a", x=[1, 2], y=["p", "q"], z=pd.Series([None, None], dtype="str"))
    other = part("b", y=["r"], z=["s"], x=pd.Series([pd.NA], dtype="Int64"))
    joined = folders.join([first, other])
    assert joined.table["x"].tolist() == [1, 2, pd.NA]
    assert joined.table["y"].tolist() == ["p", "q", "r"]
    assert joined.table["z"].tolist()[2] == "s"
    assert joined.places.tolist() == ["a#1", "a#2", "b#1"]
    assert folders.join([part("a", x=[1]), part("b", x=[0.5])]).table["x"].tolist() == [1.0, 0.5]
    assert folders.join([part("a", x=["1.50"]), part("b", x=[2])]).table["x"].tolist() == ["1.50", "2"]
    with pytest.raises(InputError, match="column `x`: it is int64 in a and float64 in b"):
        folders.join([part("a", x=[2**53 + 1]), part("b", x=[0.5])])
    with pytest.raises(InputError, match="b: its columns differ from those of a: it lacks `x` and it has `w` besides"):
        folders.join([part("a", x=[1]), part("b", w=[1])])


def test_dates_and_times_of_one_column() -> None:
    day = datetime.date(2024, 2, 29)
    assert cells.as_column([day, None]).tolist() == [day, None]
    assert cells.as_column([day, datetime.datetime(2024, 1, 1, 5)]).tolist()[1].hour == 5
    assert cells.as_column([2**70, 1]).tolist() == [str(2**70), "1"]
    assert cells.as_column([2**60 + 1, 0.5]).tolist() == [str(2**60 + 1), "0.5"]
