"""How a delimited text is written, found from its first rows and used to write a table in the same way."""

import csv
import io
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice

import pandas as pd

from makeweight.data.tables.blocks import SAMPLE_CHARACTERS
from makeweight.data.tables.text_formulas import formula_of

SEPARATORS = "\t|;,"
"""From the rarest inside cells to the most usual: where several divide all rows alike, the rarest is the separator."""
NAMES = {",": "comma", ";": "semicolon", "\t": "tab", "|": "vertical bar", " ": "space"}
WHITE_SPACE = r"\s+"
"""Any white space between cells, as in columns that are aligned."""
SPACED_CELL = re.compile(r'"[^"\\]*(?:(?:""|\\.)[^"\\]*)*(?:"|\\?\Z)|[^\s"]+')
"""A cell between spaces; a quotation mark that is not closed takes the rest."""
UNDIVIDED = 0.1
"""The greatest share that `fitting_share` gives where a separator does not divide the header."""
SAMPLE_ROWS = 200


@dataclass(frozen=True, kw_only=True, slots=True)
class Dialect:
    """Separator, quoting, line ends, encoding and first lines of a delimited text."""

    separator: str = ","
    encoding: str = "utf-8"
    byte_order_mark: bool = False
    line_end: str = "\r\n"
    final_line_end: bool = True
    separator_line: str = ""
    """The first line that tells a spreadsheet the separator, such as `sep=;`."""
    has_header: bool = True
    nameless: tuple[str, ...] = ()
    """Columns without a name in the file; in the table they have a placeholder."""
    quoted: tuple[str, ...] = ()
    """Columns whose cells are all in quotes; cells of others are where they must be."""
    formulas: tuple[str, ...] = ()
    """Columns whose cells are all written as a formula that keeps a text, such as `="0012"`."""
    quoted_header: bool = False
    backslash: bool = False
    """Whether a quote inside quotes is written `\\"` instead of `""`."""
    space: bool = False
    """Whether a space follows each separator."""
    trailing_header: int = 0
    """Separators after the last name."""
    trailing_rows: int = 0
    """Separators after the last cell of each row."""
    nameless_left_out: bool = False
    """Whether the header has no cell for its nameless first column, as R writes row names."""

    def write(self, table: pd.DataFrame) -> bytes:
        """Return the table as a file in this dialect; missing cells are empty, and new columns come as they are."""
        names = [str(name) for name in table.columns]
        columns = [self.write_column(table[name]) for name in table.columns]
        between = self.separator + (" " if self.space else "")
        end = self.separator * self.trailing_rows
        lines = [between.join(row) + end for row in zip(*columns, strict=True)]
        if self.has_header:
            titles = pd.Series(["" if name in self.nameless else name for name in names], dtype="str")
            written = self.write_cells(titles, self.quoted_header)
            if self.nameless_left_out and names[0] in self.nameless:
                written = written[1:]
            lines.insert(0, between.join(written) + self.separator * self.trailing_header)
        if self.separator_line:
            lines.insert(0, self.separator_line)
        text = self.line_end.join(lines) + (self.line_end if self.final_line_end else "")
        return self.encode(text)

    def write_column(self, cells: pd.Series) -> list[str]:
        """Return the cells of one column as they stand in the file."""
        if cells.name not in self.formulas:
            return self.write_cells(cells, cells.name in self.quoted)
        texts = ["" if missing else str(cell) for cell, missing in zip(cells, cells.isna(), strict=True)]
        must_quote = re.compile(rf"[{re.escape(self.separator)}\r\n]")
        quoted = [cells.name in self.quoted or bool(must_quote.search(text)) for text in texts]
        pairs = zip(map(formula_of, texts), quoted, strict=True)
        return [self.quote(formula) if is_quoted and formula else formula for formula, is_quoted in pairs]

    def write_cells(self, cells: pd.Series, quoted: bool) -> list[str]:
        """Return cells as they stand in the file, in quotes where that is usual or must be."""
        texts = ["" if missing else str(cell) for cell, missing in zip(cells, cells.isna(), strict=True)]
        must_quote = re.compile(rf'[{re.escape(self.separator)}"\r\n]|^\s|\s$|^\\|\\$')
        return [self.quote(text) if quoted or must_quote.search(text) else text for text in texts]

    def quote(self, text: str) -> str:
        """Return a cell in quotes."""
        return '"' + text.replace('"', '\\"' if self.backslash else '""') + '"'

    def encode(self, text: str) -> bytes:
        """Return the text in the file's encoding, or in UTF-8 with a byte order mark where it lacks a character."""
        try:
            content = text.encode(self.encoding)
        except UnicodeEncodeError:
            return b"\xef\xbb\xbf" + text.encode()
        marks = {"utf-8": b"\xef\xbb\xbf", "utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}
        return (marks.get(self.encoding, b"") if self.byte_order_mark else b"") + content


def find_separator(text: str, prefer: str = ",") -> str:
    """Return the separator with which most of the first rows have as many cells as the header.

    Args:
        text: the file, or its beginning.
        prefer: what is right where none occurs.
    """
    found = {candidate: fitting_share(text, candidate) for candidate in SEPARATORS}
    best = max(found.values())
    if best <= UNDIVIDED:
        spaces = find_spaces(text)
        if spaces:
            return spaces
    return next(candidate for candidate in SEPARATORS if found[candidate] == best) if best else prefer


def find_spaces(text: str) -> str | None:
    """Return a space, or `WHITE_SPACE`, where it divides all of the first rows alike; None where it does not.

    So R's `write.table` writes a table, with names of rows that have no name themselves.
    """
    lines = [line.strip() for line in text[:SAMPLE_CHARACTERS].splitlines()[: SAMPLE_ROWS + 1] if line.strip()]
    if len(text) > SAMPLE_CHARACTERS or len(lines) > SAMPLE_ROWS:
        lines = lines[:-1]
    rows = [SPACED_CELL.findall(line) for line in lines]
    widths = {len(row) for row in rows[1:]}
    if len(rows) < 2 or len(rows[0]) < 2 or len(widths) > 1 or not widths <= {len(rows[0]), len(rows[0]) + 1}:
        return None
    return " " if all(" ".join(row) == line for row, line in zip(rows, lines, strict=True)) else WHITE_SPACE


def fitting_share(text: str, separator: str) -> float:
    """Return the share of the first rows that have as many cells as the header, of which there are two at least.

    A row may have one cell more. Where the header has a single cell, some line may stand above it: what divides the
    rows is then better than nothing.
    """
    rows = [row for row in sample_rows(text, separator) if row]
    widths = [len(row) for row in rows]
    if not rows or max(widths) < 2:
        return 0.0
    if widths[0] < 2:
        return widths.count(max(widths)) / len(rows) / 10
    return sum(width in (widths[0], widths[0] + 1) for width in widths) / len(rows)


def sample_rows(text: str, separator: str) -> list[list[str]]:
    """Return the first rows of a text, as far as they can be read."""
    rows: list[list[str]] = []
    reader = csv.reader(io.StringIO(text[:SAMPLE_CHARACTERS], newline=""), delimiter=separator)
    with suppress(csv.Error):
        rows.extend(islice(reader, SAMPLE_ROWS))
    return rows


def find_line_ends(text: Iterable[str]) -> tuple[str, bool]:
    """Return the line end that occurs most often in the blocks of a text, and whether the last line has one."""
    counts = {"\r\n": 0, "\n": 0, "\r": 0}
    closed = False
    for block in text:
        pairs = block.count("\r\n")
        counts["\r\n"] += pairs
        counts["\n"] += block.count("\n") - pairs
        counts["\r"] += block.count("\r") - pairs
        closed = block.endswith(("\n", "\r"))
    return max(counts, key=lambda end: counts[end]), closed


def find_quoted(text: str, separator: str, width: int) -> tuple[bool, tuple[bool, ...]]:
    """Return whether the names are all in quotes, and for each column whether its cells in the first rows are.

    Args:
        text: the file from its header on.
        separator: one character.
        width: the number of columns.
    """
    cell = re.compile(rf' *("(?:[^"\\]|""|\\.)*"|[^{re.escape(separator)}\r\n]*)({re.escape(separator)}|\r\n|\r|\n|$)')
    rows: list[list[str]] = [[]]
    for match in cell.finditer(text[:SAMPLE_CHARACTERS]):
        rows[-1].append(match[1])
        if match[2] != separator:
            rows.append([])
        if len(rows) > SAMPLE_ROWS:
            break
    full = [row[:width] for row in rows[1:] if len(row) >= width]
    columns = list(zip(*full, strict=True)) or [()] * width
    return all_quoted(rows[0]), tuple(all_quoted(column) for column in columns)


def all_quoted(cells: Sequence[str]) -> bool:
    """Whether some cell is in quotes and no other cell has content without them."""
    return any(cell.startswith('"') for cell in cells) and all(cell.startswith('"') or not cell for cell in cells)
