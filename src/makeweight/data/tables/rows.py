"""Delimited text divided into rows and cells; a row of another width or an open quote is refused by its number."""

import csv
import io
import re
import sys
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.csv as pc

from makeweight.core.errors import InputError
from makeweight.data import mapped

CHUNK_ROWS = 20_000
STAND_IN = "\x1f"
"""The character that stands for a separator of several characters."""


@dataclass(frozen=True, slots=True)
class Rows:
    """The cells of a text by row and column, with the row in the file where each row begins."""

    header: list[str]
    table: pd.DataFrame
    lines: np.ndarray
    separator: str
    space: bool = False
    backslash: bool = False


@dataclass(frozen=True, slots=True)
class Backslashes:
    """A text whose quotes are written as backslash and quote, with doubled quotes instead."""

    text: Iterable[str]

    def __iter__(self) -> Iterator[str]:
        return (block.replace('\\"', '""') for block in self.text)


def parse(text: Iterable[str], separator: str, skipped_lines: int = 0, has_header: bool = True) -> Rows:
    """Return the rows of a text.

    A text that is not regular as it stands is tried with a space after each separator, then with quotes written as
    backslash and quote.

    Args:
        text: without byte order mark, in blocks that end where a line does; it is gone through several times.
        separator: one character, several, or a regular expression of white space such as `\\s+`.
        skipped_lines: lines before the text, for the numbers of rows.
        has_header: whether the first row is one of names.

    Raises:
        InputError: a row has too few or too many cells, or a quote is not closed.
    """
    csv.field_size_limit(sys.maxsize)
    if len(separator) != 1:
        whole, separator = with_single_separator("".join(text), separator)
        text = [whole]
    attempts: list[tuple[Iterable[str], bool, bool]] = [(text, False, False)]
    if any(re.search(rf'{re.escape(separator)} +"(?!")', block) for block in text):
        attempts.append((text, True, False))
    if any('\\"' in block for block in text):
        attempts.append((Backslashes(text), False, True))
    fault: InputError | None = None
    for content, space, backslash in attempts:
        try:
            found = parse_once(content, separator, skipped_lines, has_header, space)
        except InputError as error:
            fault = fault or error
            continue
        if not space and len(attempts) > 1 and any(re.match(r' +"', cell) for cell in found.header):
            continue
        return replace(found, space=space, backslash=backslash)
    raise fault or InputError("no row can be read")


def parse_once(text: Iterable[str], separator: str, skipped_lines: int, has_header: bool, space: bool) -> Rows:
    """Return the rows of a text in one way of writing."""
    quotes = any('"' in block for block in text)
    if not quotes and not any(map(has_blank_line, text)):
        quick = parse_without_quotes(text, separator, skipped_lines, has_header)
        if quick is not None:
            return quick
    found = numbered_rows(text, separator, skipped_lines, space, quotes)
    header = next(found, (0, []))[1] if has_header else []
    parts = mapped.Parts()
    lines = array("q")
    pending: list[list[str]] = []
    width: int | None = None
    for line, row in found:
        if width is None:
            width = len(row)
        if len(row) != width:
            raise InputError(uneven(header, width, len(row), lines[0] if lines else line, line))
        lines.append(line)
        pending.append(row)
        if len(pending) == CHUNK_ROWS:
            parts.add(as_columns(pending))
            pending = []
    if pending:
        parts.add(as_columns(pending))
    table = parts.table()
    cells = pd.DataFrame(columns=range(len(header)), dtype="str") if table is None else table.to_pandas()
    return Rows(header, cells, np.array(lines, np.int64), separator)


def has_blank_line(text: str) -> bool:
    """Whether a line of a block has no character, the last one left out."""
    return text.startswith(("\r", "\n")) or any(pair in text for pair in ("\n\n", "\r\r", "\n\r"))


def as_columns(rows: list[list[str]]) -> pa.Table:
    """Return rows of one width as columns of strings."""
    columns = [pa.array(cells, pa.large_string()) for cells in zip(*rows, strict=True)]
    return pa.table(columns, names=[str(index) for index in range(len(columns))])


def numbered_rows(
    text: Iterable[str], separator: str, skipped_lines: int, space: bool, quotes: bool
) -> Iterator[tuple[int, list[str]]]:
    """Yield each row that is not blank, with the number of its first line in the file."""
    written = (line for block in text for line in io.StringIO(block, newline=""))
    reader = csv.reader(written, delimiter=separator, strict=True, skipinitialspace=space)
    start = 0
    try:
        for row in reader:
            line, start = start + 1 + skipped_lines, reader.line_num
            if row and (len(row) > 1 or row[0].strip() or quotes):
                yield line, row
    except csv.Error as error:
        line = start + 1 + skipped_lines
        if "unexpected end" in str(error):
            raise InputError(f"row {line}: a quotation mark is opened and never closed") from None
        what = "a quotation mark in the middle of a cell: inside quotes it must be doubled"
        raise InputError(f"row {line}: {what if 'expected after' in str(error) else error}") from None


def parse_without_quotes(text: Iterable[str], separator: str, skipped_lines: int, has_header: bool) -> Rows | None:
    """Return the rows of a text that has no quotes and no blank line, or None if they differ in width."""
    names: list[str] | None = None
    width = 0
    parts = mapped.Parts()
    for block in text:
        rest = block
        if names is None:
            names, rest = first_row(block, separator, has_header)
            if len(names) < 2:
                return None
        part = block_without_quotes(rest, separator) if rest else None
        if rest and (part is None or part.num_columns != (width or part.num_columns)):
            return None
        if part is not None:
            width = part.num_columns
            parts.add(part)
    table = parts.table()
    if table is None or names is None:
        return None
    first = skipped_lines + 1 + has_header
    return Rows(names if has_header else [], table.to_pandas(), np.arange(first, first + table.num_rows), separator)


def first_row(block: str, separator: str, has_header: bool) -> tuple[list[str], str]:
    """Return the cells of the first row of a block without quotes, and the block, without that row if it has names."""
    match = re.match(r"([^\r\n]*)(?:\r\n|\r|\n|$)", block)
    assert match is not None, "nothing but a line's end stops it"
    return match[1].split(separator), block[match.end() :] if has_header else block


def block_without_quotes(block: str, separator: str) -> pa.Table | None:
    """Return the rows of a block that has no quotes and no blank line, or None if they differ in width."""
    try:
        return pc.read_csv(
            EncodedText(block),
            read_options=pc.ReadOptions(autogenerate_column_names=True, block_size=1 << 24),
            parse_options=pc.ParseOptions(delimiter=separator, quote_char=False, newlines_in_values=False),
            convert_options=pc.ConvertOptions(default_column_type=pa.large_string(), strings_can_be_null=False),
        )
    except (pa.ArrowInvalid, pa.ArrowKeyError):
        return None


class EncodedText(io.RawIOBase):
    """A text as a file of its UTF-8 bytes, which are never held all at once."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text, self.position, self.pending = text, 0, b""

    def readable(self) -> bool:
        """Return that it can be read."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return the next bytes, at most `size` of them; none at the end."""
        if size < 0:
            size = 4 * len(self.text)
        while len(self.pending) < size and self.position < len(self.text):
            self.pending += self.text[self.position : self.position + size].encode()
            self.position += size
        found, self.pending = self.pending[:size], self.pending[size:]
        return found


def uneven(header: list[str], width: int, other: int, first: int, line: int) -> str:
    """Return the message for a row whose width differs from that of the rows before it."""
    if header and other == len(header) != width:
        line, other, width = first, width, other
    expected = f"the header has {len(header)}" if len(header) == width else f"the rows before it have {width}"
    return f"row {line} has {cells(other)}; {expected}"


def cells(count: int) -> str:
    """Return a number of cells in words."""
    return f"{count} cell{'s' * (count != 1)}"


def above_header(width: int, columns: int) -> str:
    """Return what may be the matter where the header has far fewer cells than the rows."""
    return ": names must be in row 1; remove the lines above them" if width <= columns // 2 else ""


def with_single_separator(text: str, separator: str) -> tuple[str, str]:
    """Return a text whose separator, of several characters or a run of white space, is one character instead."""
    if separator in (r"\s+", r"\s*", r"[ \t]+"):
        text = "\n".join(line.strip(" \t") for line in text.split("\n"))
        pattern = r"[ \t]+"
    else:
        pattern = re.escape(separator)
    replaced = re.sub(rf'("(?:[^"]|"")*")|{pattern}', lambda match: match[1] or STAND_IN, text)
    return replaced, STAND_IN
