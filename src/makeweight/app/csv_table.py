"""A CSV from outside: read as untrusted, its columns understood, written back so that no spreadsheet runs it."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from makeweight.app.limits import Limits
from makeweight.core.errors import InputError

if TYPE_CHECKING:  # seconds to import: what the first page does without is imported where it is used
    import numpy as np
    import pandas as pd

Kind = Literal["number", "whole", "category", "unused"]
KINDS: dict[Kind, str] = {
    "number": "number",
    "whole": "whole number",
    "category": "category",
    "unused": "not used (left empty in new rows)",
}

MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "?"})
DELIMITERS = ",;\t|"
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
WHOLE = re.compile(r"[+-]?\d{1,15}", re.ASCII)
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
SYNTHETIC = "synthetic"


@dataclass(frozen=True, slots=True)
class Column:
    """A column as understood: what it holds, how much of it is missing, how many different values it has."""

    name: str
    kind: Kind
    missing: int
    distinct: int
    examples: tuple[str, ...]
    kinds: tuple[Kind, ...]
    """The kinds that its cells would allow."""


def parse(content: bytes, limits: Limits) -> pd.DataFrame:
    """The cells as they were written, every one a string.

    Raises:
        InputError: not text, not a table, or more than the limits allow; the message names the row.
    """
    import pandas as pd

    text = decode(content)
    if "\x00" in text:
        raise InputError("the file has zero bytes in it; a CSV is plain text")
    first_line = text.lstrip("\r\n").split("\n", 1)[0]
    delimiter = max(DELIMITERS, key=first_line.count)
    rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        header = next(filter(None, rows), [])
        check_header(header, limits)
        cells = list(checked_rows(rows, len(header), limits))
    except csv.Error as error:
        raise InputError(f"line {rows.line_num}: not a readable CSV: {error}") from None
    if not cells:
        raise InputError("the file has a header but no rows")
    return pd.DataFrame(cells, columns=[name.strip() for name in header], dtype=object)


def decode(content: bytes) -> str:
    """UTF-8 with or without its mark, UTF-16 with its mark, or else the Western European code page."""
    encodings = ["utf-16"] if content.startswith((b"\xff\xfe", b"\xfe\xff")) else ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError("the file is not text in UTF-8, UTF-16 or Windows-1252")


def check_header(header: Sequence[str], limits: Limits) -> None:
    """Refuse a header that cannot name the columns."""
    names = [name.strip() for name in header]
    if len(names) < 2:
        raise InputError("the first line must name at least two columns, separated by comma, semicolon, tab or bar")
    if len(names) > limits.columns:
        raise InputError(f"the table has {len(names)} columns; the limit is {limits.columns}")
    for position, name in enumerate(names, start=1):
        if not name or len(name) > 200:
            raise InputError(f"column {position} has no name, or one of more than 200 characters")
    repeated = sorted({name for name in names if names.count(name) > 1})
    if repeated:
        raise InputError(f"two columns have the same name: {repeated[0]!r}")
    if SYNTHETIC in names:
        raise InputError(f"a column is called `{SYNTHETIC}`, which is what the result adds; rename it")


def checked_rows(rows: Iterable[list[str]], width: int, limits: Limits) -> Iterable[list[str]]:
    """The rows that have cells, each of the header's width."""
    count = 0
    for number, row in enumerate(rows, start=2):
        if not row:
            continue
        count += 1
        if count > limits.rows:
            raise InputError(f"the table has more than {limits.rows} rows")
        if len(row) != width:
            raise InputError(f"row {number} has {len(row)} cells; the header has {width}")
        if max(map(len, row)) > limits.cell_characters:
            raise InputError(f"row {number} has a cell of more than {limits.cell_characters} characters")
        yield row


def missing(cells: pd.Series) -> pd.Series:
    """Which cells say that there is no value."""
    return cells.str.strip().str.lower().isin(MISSING)


def understand(table: pd.DataFrame) -> list[Column]:
    """What each column holds, judged by its cells."""
    return [understand_column(str(name), table[name]) for name in table]


def understand_column(name: str, cells: pd.Series) -> Column:
    """A number where every cell is one, a category where values come back, otherwise not used."""
    absent = missing(cells)
    present = cells[~absent].str.strip()
    values = present.drop_duplicates()
    numeric = bool(len(values)) and all(NUMBER.fullmatch(value) and finite(value) for value in values)
    whole = numeric and all(WHOLE.fullmatch(value) for value in values)
    repeats = 0 < len(values) <= max(20, len(present) // 20)
    identifies = whole and len(values) == len(cells) and consecutive(values)
    kind: Kind = "unused"
    if numeric and not identifies:
        kind = "whole" if whole else "number"
    elif repeats:
        kind = "category"
    possible = {"number": numeric, "whole": whole, "category": bool(len(values)), "unused": True}
    allowed = tuple(name for name in KINDS if possible[name])
    return Column(name, kind, int(absent.sum()), len(values), tuple(values[:3]), allowed)


def finite(value: str) -> bool:
    """Whether the number fits into a float and its square still does."""
    return abs(float(value)) < 1e150


def consecutive(values: pd.Series) -> bool:
    """Whether whole numbers only count the rows."""
    numbers = values.astype(float)
    return numbers.max() - numbers.min() == len(numbers) - 1 and len(numbers) > 20


def guess_label(columns: Sequence[Column]) -> str | None:
    """The last column with few values, which is where most tables keep their label."""
    fitting = [column.name for column in columns if 2 <= column.distinct <= 20 and column.missing == 0]
    return fitting[-1] if fitting else None


def numbers(cells: pd.Series) -> np.ndarray:
    """A column of numbers as floats, missing cells as NaN."""
    import numpy as np

    return np.where(missing(cells), "nan", cells.str.strip()).astype(float)


def decimals(cells: pd.Series) -> int:
    """The most digits after the point that the column shows, to write new numbers as finely; at most 10."""
    shown = cells[~missing(cells)].str.strip()
    if shown.str.contains("e", case=False, regex=False).any():
        return 10
    return min(10, int(shown.str.partition(".")[2].str.len().max() or 0))


def number_cells(values: np.ndarray, digits: int) -> list[str]:
    """Numbers as cells with at most so many digits after the point; NaN is an empty cell."""
    return ["" if math.isnan(value) else short(value, digits) for value in values.tolist()]


def short(value: float, digits: int) -> str:
    """A number without the zeros at its end."""
    text = f"{value:.{digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def guarded(cell: str) -> str:
    """The cell, quoted with an apostrophe where a spreadsheet would take it for a formula."""
    if cell.startswith(FORMULA_STARTS) and not NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell


def to_csv(table: pd.DataFrame) -> bytes:
    """UTF-8 with commas; every cell and every column's name guarded."""
    safe = table.astype(str).map(guarded)
    safe.columns = [guarded(str(name)) for name in table.columns]
    return safe.to_csv(index=False, lineterminator="\r\n").encode()
