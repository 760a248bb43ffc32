"""An untrusted CSV: reading it, inferring what its columns hold, and writing one without spreadsheet formulas."""

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

if TYPE_CHECKING:  # slow to import: loaded only by the pages that need them
    import numpy as np
    import pandas as pd

Kind = Literal["number", "whole", "category", "unused"]
KINDS: dict[Kind, str] = {
    "number": "number",
    "whole": "whole number",
    "category": "category",
    "unused": "not used (empty in synthetic rows)",
}

MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "?"})
DELIMITERS = ",;\t|"
NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,3})?", re.ASCII)
WHOLE = re.compile(r"[+-]?\d{1,15}", re.ASCII)
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")
SYNTHETIC = "synthetic"


@dataclass(frozen=True, slots=True)
class Column:
    """A column with its inferred kind and the numbers of missing cells and of distinct values."""

    name: str
    kind: Kind
    missing: int
    distinct: int
    examples: tuple[str, ...]
    kinds: tuple[Kind, ...]
    """Every kind that its cells allow."""


def parse(content: bytes, limits: Limits) -> pd.DataFrame:
    """Read a CSV; every cell stays the string that was written.

    Raises:
        InputError: the file is no text, no table, or exceeds the limits; the message names the row.
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
    """Decode UTF-8 (with or without a byte order mark), UTF-16 (with one), or else Windows-1252."""
    encodings = ["utf-16"] if content.startswith((b"\xff\xfe", b"\xfe\xff")) else ["utf-8-sig", "cp1252"]
    for encoding in encodings:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise InputError("the file is not text in UTF-8, UTF-16 or Windows-1252")


def check_header(header: Sequence[str], limits: Limits) -> None:
    """Refuse a header that does not give every column a name of its own."""
    names = [name.strip() for name in header]
    if len(names) < 2:
        raise InputError(
            "the first line must name at least two columns, separated by comma, semicolon, tab or vertical bar"
        )
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
    """Yield the rows that are not empty; refuse one whose width differs from the header's."""
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
    """Return a mask of the cells that mean a missing value."""
    return cells.str.strip().str.lower().isin(MISSING)


def infer_columns(table: pd.DataFrame) -> list[Column]:
    """Infer from its cells what each column holds."""
    return [infer_column(str(name), table[name]) for name in table]


def infer_column(name: str, cells: pd.Series) -> Column:
    """Infer a number where every cell is one, a category where values repeat, and otherwise `unused`."""
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
    """Whether a float can hold the number and its square."""
    return abs(float(value)) < 1e150


def consecutive(values: pd.Series) -> bool:
    """Whether whole numbers merely number the rows, as an id does."""
    numbers = values.astype(float)
    return numbers.max() - numbers.min() == len(numbers) - 1 and len(numbers) > 20


def guess_label(columns: Sequence[Column]) -> str | None:
    """Guess the label: the last column with 2 to 20 values and no missing cell, as in most tables."""
    fitting = [column.name for column in columns if 2 <= column.distinct <= 20 and column.missing == 0]
    return fitting[-1] if fitting else None


def numbers(cells: pd.Series) -> np.ndarray:
    """Parse a column of numbers as floats; missing cells are NaN."""
    import numpy as np

    return np.where(missing(cells), "nan", cells.str.strip()).astype(float)


def decimals(cells: pd.Series) -> int:
    """Return the most digits after the decimal point in a column, at most 10; synthetic numbers get as many."""
    texts = cells[~missing(cells)].str.strip()
    if texts.str.contains("e", case=False, regex=False).any():
        return 10
    return min(10, int(texts.str.partition(".")[2].str.len().max() or 0))


def number_cells(values: np.ndarray, digits: int) -> list[str]:
    """Format numbers with at most `digits` digits after the decimal point; NaN is an empty cell."""
    return ["" if math.isnan(value) else format_number(value, digits) for value in values.tolist()]


def format_number(value: float, digits: int) -> str:
    """Format a number without trailing zeros."""
    text = f"{value:.{digits}f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text == "-0" else text


def escape_formula(cell: str) -> str:
    """Put an apostrophe before a cell that a spreadsheet would take for a formula."""
    if cell.startswith(FORMULA_STARTS) and not NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell


def to_csv(table: pd.DataFrame) -> bytes:
    """Write UTF-8 with commas; formulas are escaped in cells and in column names."""
    safe = table.astype(str).map(escape_formula)
    safe.columns = [escape_formula(str(name)) for name in table.columns]
    return safe.to_csv(index=False, lineterminator="\r\n").encode()
