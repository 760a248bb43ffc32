"""A CSV from outside is read as untrusted, its columns are inferred, and it is written without formulas."""

import csv
import io

import numpy as np
import pandas as pd
import pytest

from makeweight.app import csv_table
from makeweight.app.limits import Limits
from makeweight.core.errors import InputError

LIMITS = Limits(rows=5, columns=4, cell_characters=20)


def parse(text: str) -> pd.DataFrame:
    return csv_table.parse(text.encode(), LIMITS)


def test_cells_stay_as_they_were_written() -> None:
    table = parse('a,b\n 007,"x, y"\n1e5,\n')
    assert table.to_dict("list") == {"a": [" 007", "1e5"], "b": ["x, y", ""]}


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(delimiter: str) -> None:
    assert list(parse(f"a{delimiter}b\n1{delimiter}2\n")) == ["a", "b"]


@pytest.mark.parametrize(
    ("content", "cell"),
    [("a,b\nä,1\n".encode(), "ä"), ("a,b\nä,1\n".encode("utf-8-sig"), "ä"), ("a,b\nä,1\n".encode("cp1252"), "ä"),
     ("a,b\nä,1\n".encode("utf-16"), "ä")],
)  # fmt: skip
def test_encodings(content: bytes, cell: str) -> None:
    table = csv_table.parse(content, LIMITS)
    assert list(table) == ["a", "b"] and table["a"][0] == cell


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "first line"),
        ("a,b\n", "no rows"),
        ("only\n1\n", "two columns"),
        ("a,a\n1,2\n", "same name: 'a'"),
        ("a,\n1,2\n", "column 2 has no name"),
        ("a,synthetic\n1,2\n", "rename"),
        ("a,b\n1,2\n1,2,3\n", "row 3 has 3 cells"),
        ("a,b\n1\n", "row 2 has 1 cells"),
        ("a,b\n" + "1,2\n" * 6, "more than 5 rows"),
        ("a,b,c,d,e\n1,2,3,4,5\n", "5 columns"),
        ("a,b\n1," + "x" * 21 + "\n", "row 2 has a cell"),
        ('a,b\n1,"open\n', "not a readable CSV"),
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
    inferred = {column.name: column for column in csv_table.infer_columns(table)}
    kinds = {name: column.kind for name, column in inferred.items()}
    assert kinds == {"row": "unused", "age": "whole", "bmi": "number", "city": "category", "note": "unused"}
    assert inferred["bmi"].missing == 2 and inferred["bmi"].distinct == 28
    assert inferred["city"].kinds == ("category", "unused") and "number" in inferred["row"].kinds
    assert csv_table.guess_label(list(inferred.values())) == "city"


@pytest.mark.parametrize("huge", ["1e400", "1e200", "inf", "nan2", "0x10", "1_000", "٣"])
def test_what_floats_cannot_hold_is_no_number(huge: str) -> None:
    assert csv_table.infer_column("n", pd.Series([huge, "1"], dtype=object)).kind == "category"


def test_numbers_are_written_as_finely_as_the_column_shows() -> None:
    cells = pd.Series(["0.627", "1", "", "-3.50"], dtype=object)
    assert csv_table.decimals(cells) == 3
    assert np.array_equal(csv_table.numbers(cells), [0.627, 1, np.nan, -3.5], equal_nan=True)
    assert csv_table.number_cells(np.array([1.23456, 2.0, np.nan, -0.0001]), 3) == ["1.235", "2", "", "0"]


@pytest.mark.parametrize("cell", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "\n=1"])
def test_formulas_are_guarded_and_numbers_are_not(cell: str) -> None:
    written = csv_table.to_csv(pd.DataFrame({"=head": [cell, "-3.5", "+1e5"]})).decode()
    header, *rows = csv.reader(io.StringIO(written, newline=""))
    assert header == ["'=head"]
    assert rows == [[f"'{cell}"], ["-3.5"], ["+1e5"]]
