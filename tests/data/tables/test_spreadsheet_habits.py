"""What people write into tables for a spreadsheet: comments on top, a total at the end, formulas that keep a text."""

from pathlib import Path

import pandas as pd
import pytest
import workbook

from makeweight.app import csv_table
from makeweight.app.limits import Limits
from makeweight.core.errors import InputError
from makeweight.data.tables.files import Format, read_file
from makeweight.data.tables.totals import is_sum

NUMBERS = "1.5,a,x\n2.5,b,y\n3,a,x\n"


def written(folder: Path, text: str) -> Path:
    path = folder / "a.csv"
    path.write_text(text, newline="")
    return path


@pytest.mark.parametrize(
    ("above", "row"),
    [
        ("# exported by a tool\n", 2),
        ("# exported on, 2024-01-31, by me\n", 2),
        ("#made,by,me\n", 2),
        ("# one\n#\n\n# two, three\n", 5),
        ("# a; b; c\n", 2),
    ],
)
def test_a_comment_is_no_header(tmp_path: Path, above: str, row: int) -> None:
    path = written(tmp_path, f"{above}size,kind,label\n{NUMBERS}")
    right = f"row 1 seems to be a comment, .*; the names seem to be in row {row}: `header_row: {row}` under `source`"
    with pytest.raises(InputError, match=right):
        read_file(path)
    assert list(read_file(path, Format(header_row=row)).table.columns) == ["size", "kind", "label"]
    with pytest.raises(InputError, match=f"row 1 seems to be a comment.* in row {row}: remove the lines above"):
        csv_table.parse(path.read_bytes(), Limits())


@pytest.mark.parametrize(
    "text",
    [
        "#CHROM,POS,label\nchr1,100,x\nchr2,200,y\n",
        "# of rooms,kind,label\n3,a,x\n4,b,y\n",
        "#,kind,label\n1,a,x\n2,b,y\n",
        "#,kind,label\n#1,a,x\n#2,b,y\n",
        "#name,kind\nAnn,x\nBen,y\n",
    ],
)
def test_a_name_may_begin_with_the_sign_of_a_comment(tmp_path: Path, text: str) -> None:
    assert list(read_file(written(tmp_path, text)).table.columns) == text.split("\n")[0].split(",")


@pytest.mark.parametrize(
    "rows",
    [
        "shop,sold,kind\nA,1,x\nB,2,y\nTotal,3,\n",
        "shop;sold;kind\nA;1.299,50;x\nB;0,75;y\nGesamt;1.300,25;\n",
        'shop,sold,kind\nA,"1,299.50",x\nB,0.75,y\nSUM:,"1,300.25",\n',
        ",shop,sold\n0,A,1\n1,B,2\n,Summe,3\n",
    ],
)
def test_a_total_at_the_end_is_told_with_its_row_and_stays(tmp_path: Path, rows: str) -> None:
    found = read_file(written(tmp_path, rows))
    (note,) = [note for note in found.notes if "total" in note]
    assert note.startswith("row 4 seems to be a total (") and "column `sold` has the sum" in note
    assert len(found.table) == 3


@pytest.mark.parametrize("last", ["Total,4,", "C,3,", "Total,x,", "Total,,"])
def test_other_rows_at_the_end_are_no_total(tmp_path: Path, last: str) -> None:
    found = read_file(written(tmp_path, f"shop,sold,kind\nA,1,x\nB,2,y\n{last}\n"))
    assert not any("total" in note for note in found.notes)


def test_a_total_in_a_workbook_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(workbook.workbook({"Sheet1": [["shop", "sold"], ["A", 1], ["B", 2.5], ["Total", 3.5]]}))
    assert [note[:27] for note in read_file(path).notes] == ["row 4 seems to be a total ("]


def test_a_sum_needs_two_numbers_and_is_not_zero() -> None:
    assert is_sum(pd.Series([1, None, 2, 3], dtype="Int64")) and is_sum(pd.Series([0.1, 0.2, 0.3]))
    assert not any(map(is_sum, (pd.Series([3, 3]), pd.Series([0, 0, 0]), pd.Series([True, True, True]))))


def test_a_formula_that_keeps_a_text_is_read_as_the_text_and_told(tmp_path: Path) -> None:
    text = 'zip,"=""no""",kind\n="0012",1,"=""a, b"""\n,2,plain\n="0150",3,"=""say """"x"""""""\n'
    found = read_file(written(tmp_path, text))
    assert found.table.columns.tolist() == ["zip", "no", "kind"]
    assert found.table["zip"].fillna("").tolist() == ["0012", "", "0150"]
    assert found.table["kind"].tolist() == ["a, b", "plain", 'say "x"']
    assert [note for note in found.notes if "formula" in note] == [
        'column `zip`: 2 cells are written as a formula that keeps a text, such as ="0012" in row 2; read as 0012',
        'column `kind`: 2 cells are written as a formula that keeps a text, such as ="a, b" in row 2; read as a, b',
    ]


def test_an_upload_goes_back_with_its_formulas() -> None:
    text = 'zip,kind\r\n="0012",x\r\n,y\r\n="0,150",y\r\n'.replace('="0,150"', '"=""0,150"""')
    upload = csv_table.parse(text.encode(), Limits())
    assert upload.table["zip"].tolist() == ["0012", "", "0,150"] and any('="0012"' in note for note in upload.notes)
    assert upload.write(upload.table).decode() == text
    other = csv_table.parse(b'zip,kind\n"=""0012""",x\n"=""7""",y\n', Limits())
    assert other.write(other.table) == b'zip,kind\n"=""0012""",x\n"=""7""",y\n'


@pytest.mark.parametrize("cell", ['="a', '=a"', '="a"&B1', "=1+1", '="a"b"'])
def test_other_formulas_stay_as_they_are_written(tmp_path: Path, cell: str) -> None:
    quoted = '"' + cell.replace('"', '""') + '"'
    assert read_file(written(tmp_path, f"zip,kind\n{quoted},x\n1,y\n")).table["zip"].iloc[0] == cell
