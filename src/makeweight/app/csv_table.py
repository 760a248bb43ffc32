"""An untrusted CSV: read within limits, every cell as it was written, and written back in its own dialect."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from makeweight.app import formulas
from makeweight.app.limits import Limits
from makeweight.core.errors import InputError
from makeweight.data import reserved

if TYPE_CHECKING:  # slow to import: loaded only by the pages that need them
    import numpy as np
    import pandas as pd

    from makeweight.data.tables.dialect import Dialect

JSON = re.compile(rb"""(\xef\xbb\xbf)?\s*(\[\s*)*[{\[]\s*["\d\[{]""")
"""The beginning of a list or an object of JSON."""
NO_TEXT = "no delimited text"
NAME_CHARACTERS = 200
WIDEST_LINE = 20_000
"""Most separators in one line: a file of more would fill the memory before its width can be refused."""


@dataclass(frozen=True)
class Upload:
    """A table of strings as they were written, and how its file writes them."""

    table: pd.DataFrame
    dialect: Dialect
    lines: np.ndarray
    """The row in the file of each row of the table, as an editor numbers them."""
    notes: tuple[str, ...] = ()

    def row(self, position: int) -> int:
        """Return the row in the file of a row of the table."""
        return int(self.lines[position])

    @property
    def marker(self) -> str:
        """The name of the column that marks synthetic rows: one that the table does not have."""
        name, number = reserved.SYNTHETIC, 2
        while name in self.table.columns:
            name, number = f"{reserved.SYNTHETIC}_{number}", number + 1
        return name

    def write(self, table: pd.DataFrame) -> bytes:
        """Return a table of the same columns, and a marker behind them, in the dialect of the upload."""
        quoted = set(self.table.columns) - set(self.dialect.nameless) <= set(self.dialect.quoted)
        marked = (*self.dialect.quoted, self.marker) if quoted else self.dialect.quoted
        return replace(self.dialect, quoted=marked).write(table)


def parse(content: bytes, limits: Limits) -> Upload:
    """Read a CSV; every cell stays the string that was written.

    Raises:
        InputError: the file is no text, no table, or exceeds the limits; the message names the row.
    """
    from makeweight.data.tables.delimited import read_delimited

    check_width(content, limits)
    try:
        found = read_delimited(content)
    except InputError as error:
        mistake = f"this is {NO_TEXT} but JSON" if JSON.match(content) else str(error)
        remedy = "; save its table as CSV and upload that" if mistake.startswith(f"this is {NO_TEXT}") else ""
        raise InputError(mistake + remedy) from None
    if found.lacks_names:
        raise InputError(
            "row 1 looks like data, not like names of columns; put a row with the names above it and upload it again"
        )
    upload = Upload(found.table, found.dialect, found.lines, tuple(found.notes))
    check_size(upload, limits)
    return upload


def check_width(content: bytes, limits: Limits) -> None:
    """Refuse a file with far too many columns before it is read."""
    content = content.replace(b"\x00", b"")  # UTF-16
    for number, line in enumerate(re.split(rb"[\r\n]+", content), start=1):
        most = 10 * limits.columns if number == 1 else WIDEST_LINE
        if len(line) > most and max(line.count(separator) for separator in b",;\t|") > most:
            raise InputError(
                f"the table has more than {most} columns in row {number}; the limit is {limits.columns} columns"
            )


def check_size(upload: Upload, limits: Limits) -> None:
    """Refuse a table that exceeds the limits, or has too few columns to balance."""
    table = upload.table
    if table.shape[1] < 2:
        raise InputError(
            "the first line must name at least two columns, separated by comma, semicolon, tab or vertical bar"
        )
    if table.shape[1] > limits.columns:
        raise InputError(f"the table has {table.shape[1]} columns; the limit is {limits.columns}")
    if len(table) > limits.rows:
        raise InputError(f"the table has more than {limits.rows} rows")
    for position, name in enumerate(table, start=1):
        if len(name) > NAME_CHARACTERS:
            raise InputError(f"the name of column {position} has more than {NAME_CHARACTERS} characters")
        lengths = table[name].str.len().to_numpy()
        if lengths.max() > limits.cell_characters:
            row = upload.row(int(lengths.argmax()))
            raise InputError(f"row {row} has a cell of more than {limits.cell_characters} characters")


def to_csv(table: pd.DataFrame) -> bytes:
    """Write a table of our own as UTF-8 with commas; formulas are guarded in cells and in column names."""
    safe, _ = formulas.guarded(table.astype(str))
    return safe.to_csv(index=False, lineterminator="\r\n").encode()
