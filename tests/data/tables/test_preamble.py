"""Lines above the names of columns are told with the row of the names, and left out where a card says that row."""

from pathlib import Path

import pytest
import workbook

from makeweight.core.errors import InputError
from makeweight.data.tables import preamble
from makeweight.data.tables.files import Format, read_file

ROWS = "".join(f"{number / 4},a{number % 2},b\n" for number in range(12))


@pytest.mark.parametrize(
    ("above", "row"),
    [
        ("Report of sales\n\n", 3),
        ("Report,2024-01-01\nBy,me\n", 3),
        ("# made by x, y\n# version 2\n", 3),
        ('"a title\nof two lines"\n', 3),
        ("Report;of;many;words\r\n", 2),
    ],
)
def test_the_row_of_the_names_is_told_and_can_be_said(tmp_path: Path, above: str, row: int) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"{above}size,kind,label\n{ROWS}", newline="")
    with pytest.raises(InputError, match=f"the names seem to be in row {row}: `header_row: {row}` under `source`"):
        read_file(path)
    found = read_file(path, Format(header_row=row))
    assert list(found.table.columns) == ["size", "kind", "label"]
    assert found.table["size"].tolist() == [str(number / 4) for number in range(12)]
    assert found.lines.tolist() == list(range(row + 1, row + 13))


def test_nothing_is_told_of_a_text_whose_names_are_in_its_first_row() -> None:
    assert preamble.find_header_row(f"size,kind,label\n{ROWS}") is None
    assert preamble.find_header_row("size,kind,label\n1,2\n3,4,5\n1,2\n") is None


@pytest.mark.parametrize("row", [14, 99])
def test_a_row_of_names_that_is_not_there_is_refused(tmp_path: Path, row: int) -> None:
    path = tmp_path / "a.csv"
    path.write_text(f"size,kind,label\n{ROWS}")
    with pytest.raises(InputError, match=f"`source.header_row` is {row}; the file has 13 rows"):
        read_file(path, Format(header_row=row))


def test_names_below_a_title_in_a_workbook(tmp_path: Path) -> None:
    rows = [["Report of sales"], [], ["size", "kind", "label"], [1.5, "a", "x"], [2, "b", "y"]]
    path = tmp_path / "a.xlsx"
    path.write_bytes(workbook.workbook({"Sheet1": rows}))
    with pytest.raises(InputError, match="row 1 has too few names: the names seem to be in row 3: `header_row: 3`"):
        read_file(path)
    found = read_file(path, Format(header_row=3))
    assert found.table.to_dict("list") == {"size": [1.5, 2.0], "kind": ["a", "b"], "label": ["x", "y"]}
