"""A CSV from outside is read as untrusted, its columns are inferred, and it is written without formulas."""

import csv
import io

import pandas as pd
import pytest
from tables import as_upload

from makeweight.app import columns, csv_table, formulas
from makeweight.app.limits import Limits
from makeweight.core.errors import InputError

LIMITS = Limits(rows=5, columns=4, cell_characters=20)


def parse(text: str) -> pd.DataFrame:
    return csv_table.parse(text.encode(), LIMITS).table


def test_cells_stay_as_they_were_written() -> None:
    table = parse('a,b\n 007,"x, y"\n1e5,\n')
    assert table.to_dict("list") == {"a": [" 007", "1e5"], "b": ["x, y", ""]}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    assert list(parse(f"a{delimiter}b\nx{delimiter}2\n")) == ["a", "b"]


@pytest.mark.parametrize(
    ("content", "cell"),
    [("a,b\nä,1\n".encode(), "ä"), ("a,b\nä,1\n".encode("utf-8-sig"), "ä"), ("a,b\nä,1\n".encode("cp1252"), "ä"),
     ("a,b\nä,1\n".encode("utf-16"), "ä")],
)  # fmt: skip
def test_encodings(content: bytes, cell: str) -> None:
    table = csv_table.parse(content, LIMITS).table
    assert list(table) == ["a", "b"] and table["a"][0] == cell


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "the file is empty"),
        ("a,b\n", "no rows"),
        ("only\n1\n", "two columns"),
        ("a,a\n1,2\n", "columns 1 and 2 are both called 'a'"),
        ("1.5,x\n1.2,x\n", "row 1 looks like data"),
        (f"a,{'b' * 201}\n1,2\n", "name of column 2 has more than 200 characters"),
        ("a,b\n1,2\n1,2,3\n", "row 3 has 3 cells"),
        ("a,b\n1\n", "row 2 has 1 cell; the header has 2"),
        ("a,b\n" + "1,2\n" * 6, "more than 5 rows"),
        ("a,b,c,d,e\n1,2,3,4,5\n", "5 columns"),
        ("a,b\n1," + "x" * 21 + "\n", "row 2 has a cell"),
        ('a,b\n1,"open\n', "row 2: a quotation mark is opened and never closed"),
        ("a," * 50 + "\n1,2\n", "more than 40 columns in row 1"),
        ("a,b\n1,\x00\n", "zero bytes"),
    ],
)
def test_what_is_no_table_is_refused_with_its_row(text: str, reason: str) -> None:
    with pytest.raises(InputError, match=reason):
        parse(text)


def test_kinds_are_inferred_from_the_cells() -> None:
    table = pd.DataFrame(
        {
            "row": [str(n) for n in range(100, 130)],
            "age": [str(20 + n % 7) for n in range(30)],
            "bmi": ["", "NA", *(f"{n}.5" for n in range(28))],
            "city": ["Rome", "Bonn"] * 15,
            "note": [f"note {n}" for n in range(30)],
        },
        dtype=object,
    )
    inferred = {column.name: column for column in columns.infer_columns(as_upload(table))}
    kinds = {name: column.kind for name, column in inferred.items()}
    assert kinds == {"row": "unused", "age": "whole", "bmi": "number", "city": "category", "note": "unused"}
    assert inferred["bmi"].missing == 2 and inferred["bmi"].distinct == 29
    assert inferred["city"].kinds == ("category", "unused") and "number" in inferred["row"].kinds
    assert columns.guess_label(list(inferred.values())) == "city"


@pytest.mark.parametrize(
    ("style", "kind"), [("{:.3e}", "number"), ("{:.0f}", "whole"), ("{:.2f}", "number")], ids=["tiny", "whole", "two"]
)
def test_only_whole_numbers_are_called_whole(style: str, kind: str) -> None:
    scale = 1e-9 if "e" in style else 3.25
    table = pd.DataFrame({"x": [style.format(row * row * scale) for row in range(40)], "y": ["a", "b"] * 20})
    assert columns.infer_columns(as_upload(table))[0].kind == kind


@pytest.mark.parametrize("huge", ["1e400", "nan2", "0x10", "1_000", "02116"])
def test_what_floats_cannot_hold_is_no_number(huge: str) -> None:
    table = pd.DataFrame({"n": [huge, huge, "1"], "k": ["x", "y", "z"]}, dtype=object)
    assert columns.infer_columns(as_upload(table))[0].kind == "category"


@pytest.mark.parametrize("cell", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_formulas_are_guarded_and_numbers_are_not(cell: str) -> None:
    written = csv_table.to_csv(pd.DataFrame({"=head": [cell, "-3.5", "+1e5"]})).decode()
    header, *rows = csv.reader(io.StringIO(written, newline=""))
    assert header == ["'=head"]
    assert rows == [[f"'{cell}"], ["-3.5"], ["+1e5"]]


@pytest.mark.parametrize("cell", ["-", "+", "=", "-2,390", "-12 %", "+1e5", "-$3.50", "a=1", "None", ""])
def test_lone_signs_and_numbers_are_no_formulas(cell: str) -> None:
    table, count = formulas.guarded(pd.DataFrame({"n": [cell]}, dtype="str"))
    assert count == 0 and table["n"][0] == cell


def test_the_file_is_written_in_its_own_dialect() -> None:
    content = '\ufeffsep=;\r\nname;no;\r\n"a;b";1;\r\nc;2;\r\n'.encode("utf-16-le")
    upload = csv_table.parse(content, LIMITS)
    assert upload.write(upload.table) == content


def test_the_marker_has_a_name_that_the_table_does_not_have() -> None:
    assert csv_table.parse(b"a,synthetic\nx,2\n", LIMITS).marker == "mw_synthetic"
    assert csv_table.parse(b"mw_synthetic,mw_synthetic_2\nx,2\n", LIMITS).marker == "mw_synthetic_3"
