"""Delimited text in any dialect: the cells that were written, or one line that says what is wrong and in which row."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from makeweight.core.errors import InputError
from makeweight.data.tables.delimited import Delimited, Stated, read_delimited
from makeweight.data.tables.dialect import Dialect
from makeweight.data.tables.text_formulas import FORMULA


def columns(found: Delimited) -> dict[str, list[str]]:
    return {str(name): found.table[name].tolist() for name in found.table}


READ = {
    "comma": (b"a,b\n1,x\n", {"a": ["1"], "b": ["x"]}),
    "words and numbers stay as written": (
        b"id,x,y\n007,NA,2.390\n008,,None\n",
        {"id": ["007", "008"], "x": ["NA", ""], "y": ["2.390", "None"]},
    ),
    "semicolon with decimal comma": (b"a;b\n1,5;2,5\n", {"a": ["1,5"], "b": ["2,5"]}),
    "tab": (b'a\tb\n"x\n\ty"\t3\n', {"a": ["x\n\ty"], "b": ["3"]}),
    "vertical bar": (b"a|b\n1,2|3;4\n", {"a": ["1,2"], "b": ["3;4"]}),
    "separator line": (b"sep=;\na;b\n1;2\n", {"a": ["1"], "b": ["2"]}),
    "separator line in quotes": (b'"sep=|"\r\na|b\r\n1|2\r\n', {"a": ["1"], "b": ["2"]}),
    "nameless index": (b",a\n0,x\n1,y\n", {"Unnamed: 0": ["0", "1"], "a": ["x", "y"]}),
    "names of rows, as R writes them": (b'"a"\n"1",2\n"2",4\n', {"Unnamed: 0": ["1", "2"], "a": ["2", "4"]}),
    "separators at the end of all rows": (b"a,b\n1,2,\n3,4,\n", {"a": ["1", "3"], "b": ["2", "4"]}),
    "separators at the end of all lines": (b"a,b,\n1,2,\n3,4,\n", {"a": ["1", "3"], "b": ["2", "4"]}),
    "separator at the end of the names": (b"a,b,\n1,2\n", {"a": ["1"], "b": ["2"]}),
    "byte order mark": ("\ufeffgröße,b\n1,2\n".encode(), {"größe": ["1"], "b": ["2"]}),
    "UTF-16": ("a,b\ncafé,1\n".encode("utf-16"), {"a": ["café"], "b": ["1"]}),
    "UTF-16 without a mark": ("a,b\ncafé,1\n".encode("utf-16-be"), {"a": ["café"], "b": ["1"]}),
    "Windows-1252": ("a,b\ncafé,1€\n".encode("cp1252"), {"a": ["café"], "b": ["1€"]}),
    "line ends of an old Macintosh": (b"a,b\r1,2\r3,4\r", {"a": ["1", "3"], "b": ["2", "4"]}),
    "blank lines": (b"\n\na,b\n\n1,2\n\n", {"a": ["1"], "b": ["2"]}),
    "no line end at the end": (b"a,b\n1,2", {"a": ["1"], "b": ["2"]}),
    "a quote in the middle of a cell": (b'a,b\n5" disc,1\n', {"a": ['5" disc'], "b": ["1"]}),
    "backslash and quote": (b'a,b\n"he \\"x\\", y",1\n', {"a": ['he "x", y'], "b": ["1"]}),
    "a space after each separator": (b'a, "b, c"\n1, "2, 3"\n', {"a": ["1"], "b, c": ["2, 3"]}),
    "spaces around names": (b" a , b\n 1,2\n", {"a": [" 1"], "b": ["2"]}),
    "a name in decomposed characters": ("gro\u0308\u00dfe,b\n1,2\n".encode(), {"größe": ["1"], "b": ["2"]}),
    "empty rows of a spreadsheet": (b"a,b\n1,2\n,\n,\n", {"a": ["1"], "b": ["2"]}),
    "the header again": (b"a,b\n1,2\na,b\n3,4\n", {"a": ["1", "3"], "b": ["2", "4"]}),
    "decimal commas and a comma in a name": (
        b"a, cm;b, cm\n1,5;2,5\n3,5;4,5\n",
        {"a, cm": ["1,5", "3,5"], "b, cm": ["2,5", "4,5"]},
    ),
    "spaces, as R writes": (
        b'"x y" "z"\n"1" 1.5 "a b"\n"2" 2 "c, d"\n',
        {"Unnamed: 0": ["1", "2"], "x y": ["1.5", "2"], "z": ["a b", "c, d"]},
    ),
    "spaces without quotes": (b"x z\n1.5 a\n2 b\n", {"x": ["1.5", "2"], "z": ["a", "b"]}),
    "aligned columns": (b"   x   z\n 1.5  a\n  20  b\n", {"x": ["1.5", "20"], "z": ["a", "b"]}),
    "spaces in a header with commas": (b"full name,age\nAnn Lee,5\n", {"full name": ["Ann Lee"], "age": ["5"]}),
    "sentences": (b"text\nAnn is here\nBob too\n", {"text": ["Ann is here", "Bob too"]}),
    "a table of Markdown": (
        b"| a | b |\n|---|:--:|\n| 1 | --- |\n",
        {"Unnamed: 0": [""], "a": [" 1 "], "b": [" --- "]},
    ),
    "years as names": (b"country,1990,2000\nA,1,2\n", {"country": ["A"], "1990": ["1"], "2000": ["2"]}),
}


@pytest.mark.parametrize("case", READ)
def test_a_dialect_is_found_and_its_cells_come_as_written(case: str) -> None:
    content, expected = READ[case]
    found = read_delimited(content)
    assert columns(found) == expected
    assert not found.lacks_names


REFUSED = {
    "nothing": (b"", "the file is empty"),
    "only white space": (b" \n\n", "the file is empty"),
    "only the separator line": (b"sep=;\n", "empty but for the line"),
    "header only": (b"a,b\n", "a header but no rows"),
    "open quote": (b'a,b\n1,2\n"x,1\ny,2\n', "row 3: a quotation mark is opened and never closed"),
    "text after a quote": (b'a,b\n"x"y,1\n', "row 2: a quotation mark in the middle of a cell"),
    "long row": (b"a,b\n1,2\n3,4,5\n", "row 3 has 3 cells; the header has 2"),
    "long first row": (b"a,b\n1,2,3\n3,4\n5,6\n", "row 2 has 3 cells; the header has 2"),
    "short row": (b"a,b,c\n1,2,3\n3,4\n", "row 3 has 2 cells; the header has 3"),
    "row numbers count lines in quotes": (b'a,b\n"x\ny\nz",2\n\n3\n', "row 6 has 1 cell; the header has 2"),
    "row numbers count the separator line": (b"sep=,\na,b\n1,2\n3\n", "row 4 has 1 cell;"),
    "all rows too long": (b"a,b\n1,2,3\n1,3,4\n", "row 2 has 3 cells; the header has 2"),
    "a title above the header": (b"Parts\na,b,c\n1,2,3\n", "names must be in row 1; remove the lines above them"),
    "one name twice": (b"a,b, a\n1,2,3\n", "columns 1 and 3 are both called 'a'"),
    "zero bytes": (b"a,b\nx\x00,1\n", "row 2 has zero bytes"),
    "a workbook": (b"PK\x03\x04rest", "no delimited text but a ZIP archive or an Excel workbook"),
    "a web page": (b"<!DOCTYPE html><html>", "no delimited text but a web page"),
    "a pointer of Git LFS": (b"version https://git-lfs.github.com/spec/v1\n", "git lfs pull"),
    "Cyrillic": ("a,b\nпривет,1\n".encode("cp1251"), "row 2: byte 4 is not utf-8, and as Windows-1252 it would say"),
    "two encodings": ("a,b\ncafé,1\n".encode() + "café,1\n".encode("latin-1"), "the file mixes encodings"),
    "Japanese": ("a,b\n日本語,1\n".encode("shift-jis"), "row 2: byte 4 is not utf-8"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_is_no_table_is_refused_in_one_line(case: str) -> None:
    content, message = REFUSED[case]
    with pytest.raises(InputError) as caught:
        read_delimited(content)
    assert message in str(caught.value) and "\n" not in str(caught.value)


TOLD = {
    "separator": (b"a;b\n1;2\n", "the separator is a semicolon"),
    "encoding": ("a,b\ncafé,1\n".encode("cp1252"), "not in UTF-8: read as Windows-1252 (row 2: 'café')"),
    "trailing": (b"a,b\n1,2,\n", "every row ends with separators"),
    "space": (b"x z\n1.5 a\n2 b\n", "the separator is a space, as its rows show"),
    "index": (b",a\n0,x\n", "column 1 has no name and is not used"),
    "nameless": (b"a,,b\n1,2,3\n", "column 2 has no name and is not used; a card can call it `Unnamed: 1`"),
    "names": (b"a ,b\n1,2\n", "taken off the names 'a '"),
    "empty rows": (b"a,b\n1,2\n,\n", "rows left out, which are empty: 1, the first is row 3"),
}


@pytest.mark.parametrize("case", TOLD)
def test_what_was_found_out_is_told(case: str) -> None:
    content, note = TOLD[case]
    assert any(note in told for told in read_delimited(content).notes)


def test_a_plain_file_has_nothing_to_tell() -> None:
    assert read_delimited(b"a,b\r\n1,2\r\n").notes == ()


@pytest.mark.parametrize(
    ("content", "lacks"),
    [
        (b"1,2.39,23.0,ash,fine\n2,2.031,24.4,ash,fine\n", True),
        (b"5,ash\n6,ash\n", True),
        (b"39,Private,77516\n50,State,83311\n", False),  # nothing says that `Private` is no name
        (b"0,1,2,3\n5,6,7,8\n", False),
        (b"ash,fine\nelm,fine\nash,faulty\n", True),
        (b"wood,state\nash,fine\n", False),
    ],
)
def test_a_file_without_names(content: bytes, lacks: bool) -> None:
    assert read_delimited(content).lacks_names == lacks


def test_names_can_be_stated() -> None:
    content = b"1,ash\n2,elm\n"
    assert columns(read_delimited(content, Stated(header=False))) == {
        "column_1": ["1", "2"],
        "column_2": ["ash", "elm"],
    }
    assert columns(read_delimited(content, Stated(header=["n", "wood"])))["wood"] == ["ash", "elm"]
    with pytest.raises(InputError, match=r"`source.header` names 3 columns; the file has 2"):
        read_delimited(content, Stated(header=["n", "wood", "state"]))
    with pytest.raises(InputError, match="row 1 has the names already"):
        read_delimited(b"n,wood\n1,ash\n", Stated(header=["n", "wood"]))


def test_stated_separators() -> None:
    assert columns(read_delimited(b"a b  c\n 1 2\t3 \n", Stated(separator=r"\s+"))) == {
        "a": ["1"],
        "b": ["2"],
        "c": ["3"],
    }
    assert columns(read_delimited(b'a||b\n1||"x||y"\n', Stated(separator="||"))) == {"a": ["1"], "b": ["x||y"]}


def test_rows_know_their_lines() -> None:
    assert read_delimited(b'a,b\n"x\ny",2\n\n3,4\n').lines.tolist() == [2, 5]
    assert read_delimited(b"sep=,\na,b\n1,2\n,\n3,4\n").lines.tolist() == [3, 5]


WRITTEN = [
    b'"x" "z"\n"1" 1.5 "a b"\n"2" 2 "c, d"\n',
    b"x z\n1.5 a\n2 b\n",
    b"a,b\r\n1,x\r\n",
    b'"a";"b"\n"1";"x"\n"2";"y;z"\n',
    b'"","a","b"\n"1","x",2\n"2","y",3\n',
    b'"a","b"\n"1","x",2\n"2","y",3\n',
    b"sep=;\r\na;b\r\n1,5;x\r\n",
    b",a\n0,x\n",
    b"a,b,\n1,2,\n",
    b"a,b\n1,2,\n",
    b'a,b\n"he said \\"x\\", y",1\n',
    "\ufeffa\tb\né\tx".encode(),
    "a;b\ré;x\r".encode("utf-16"),
    "a,b\ncafé,1\n".encode("cp1252"),
]


@pytest.mark.parametrize("content", WRITTEN)
def test_a_table_is_written_back_as_it_came(content: bytes) -> None:
    found = read_delimited(content)
    assert found.dialect.write(found.table) == content


def test_a_letter_that_the_encoding_lacks_makes_it_utf8() -> None:
    written = Dialect(encoding="cp1252").write(pd.DataFrame({"a": ["Ł"], "b": ["x"]}))
    assert written == "\ufeffa,b\r\nŁ,x\r\n".encode()


cells = st.text(st.sampled_from("ab1 ,;\t|.'\"-é€\n\r\\NA="), max_size=6).filter(
    # A spreadsheet's formula that keeps a text, such as ="01", is read as that text, which is told.
    lambda cell: not FORMULA.fullmatch(cell)
)
names = st.lists(st.text(st.sampled_from("abcé .;,"), min_size=1, max_size=5), min_size=2, max_size=5)


@st.composite
def tables(draw: st.DrawFn) -> pd.DataFrame:
    titles = list(dict.fromkeys(name.strip() for name in draw(names)))
    titles = [f"{name}{number}" for number, name in enumerate(titles)] + ["last"]
    rows = draw(st.lists(st.tuples(*[cells] * (len(titles) - 1), st.sampled_from(["x", "y"])), min_size=1, max_size=8))
    return pd.DataFrame(rows, columns=titles, dtype="str")


dialects = st.builds(
    Dialect,
    separator=st.sampled_from(",;\t|"),
    encoding=st.sampled_from(["utf-8", "utf-16-le", "utf-16-be"]),
    byte_order_mark=st.just(True),
    line_end=st.sampled_from(["\r\n", "\n"]),
    final_line_end=st.booleans(),
    quoted_header=st.booleans(),
    trailing_rows=st.integers(0, 2),
)


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(tables(), dialects, st.booleans(), st.booleans())
@example(pd.DataFrame({"a0": ["\\"], "last": ["x"]}, dtype="str"), Dialect(), True, False)
def test_a_table_in_a_random_dialect_comes_back(
    table: pd.DataFrame, dialect: Dialect, quoted: bool, separator_line: bool
) -> None:
    extra = {"quoted": tuple(table.columns)} if quoted else {}
    line = f"sep={dialect.separator}" if separator_line else ""
    written = Dialect(**{name: getattr(dialect, name) for name in dialect.__slots__} | extra | {"separator_line": line})
    found = read_delimited(written.write(table), Stated(separator=dialect.separator))
    assert found.table.columns.tolist() == table.columns.tolist()
    assert (found.table.to_numpy() == table.to_numpy()).all()
    again = read_delimited(found.dialect.write(found.table), Stated(separator=dialect.separator))
    assert (again.table.to_numpy() == table.to_numpy()).all()


def test_both_parsers_give_the_same_rows() -> None:
    """Texts without quotes take a quicker way; one quoted cell makes the other way read the same cells."""
    rng = np.random.default_rng(0)
    lines = [",".join(rng.choice(["1", "", " x", "é", "NA", "-0.50"], 5)) for _ in range(500)]
    plain = "a,b,c,d,e\n" + "\n".join(lines) + "\n"
    quoted = plain.replace("a,", '"a",', 1)
    quick, slow = read_delimited(plain.encode()), read_delimited(quoted.encode())
    pd.testing.assert_frame_equal(quick.table, slow.table)
    assert quick.lines.tolist() == slow.lines.tolist() and quick.dropped == slow.dropped
