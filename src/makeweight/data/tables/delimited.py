"""Delimited text (CSV and its relatives) as a table of strings: no cell is interpreted, and nothing is lost unsaid."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from makeweight.core.errors import InputError
from makeweight.data import mapped
from makeweight.data.tables import decoding, dialect, header, preamble, rows, text_formulas, totals
from makeweight.data.tables.blocks import Content, Text
from makeweight.data.tables.decoding import Decoded
from makeweight.data.tables.dialect import Dialect
from makeweight.data.tables.file_table import name_columns

SEPARATOR_LINE = re.compile(r'"?sep=(.)"?(\r\n|\r|\n|$)', re.IGNORECASE)

DRAWN = re.compile(r"\s*:?-{2,}:?\s*|")
"""A cell of the line that Markdown draws below the names."""


@dataclass(frozen=True, slots=True)
class Delimited:
    """A table of strings as they are written, and how the file writes them."""

    table: pd.DataFrame
    """Every cell is a string; an empty one is ""."""
    dialect: Dialect
    lines: np.ndarray
    """The row in the file of each row of the table, as an editor numbers lines; the header is usually in row 1."""
    notes: tuple[str, ...] = ()
    """What was found out or left out, one line each."""
    dropped: tuple[tuple[int, str], ...] = ()
    """Row and reason of the rows in the file that hold no data."""
    lacks_names: bool = False
    """Whether the first row looks like data, so that its cells are no names of columns."""

    def with_gaps(self) -> pd.DataFrame:
        """Return the table with its empty cells missing; columns without any are shared, not copied."""
        return mapped.frame({str(name): without_empty(cells) for name, cells in self.table.items()}, self.table.index)

    @property
    def nameless(self) -> tuple[str, ...]:
        """The placeholders of columns without a name."""
        return self.dialect.nameless


@dataclass(frozen=True, kw_only=True, slots=True)
class Stated:
    """What is known about a file before it is read."""

    separator: str | None = None
    encoding: str | None = None
    header: bool | Sequence[str] = True
    """Whether the first row has the names; or the names of a file without such a row."""
    header_row: int | None = None
    """The row in the file that has the names, where lines stand above it."""
    prefer: str = ","
    """The separator that is assumed where several are possible."""
    card: bool = False
    """Whether a card describes the file, so that remedies name its fields."""


def without_empty(cells: pd.Series) -> pd.Series:
    """Return the cells with empty ones missing."""
    empty = cells == ""
    found = mapped.on_disk(cells.mask(empty)) if empty.any() else cells
    mapped.release()
    return found


def read_delimited(content: Content, stated: Stated | None = None) -> Delimited:
    """Read a delimited text.

    Raises:
        InputError: it is no such text, is empty, has no names or one name twice, or a row has too few or too many
            cells; the message names the row as an editor shows it.
    """
    stated = stated or Stated()
    remedy = "`source.encoding` in the card can name another encoding" if stated.card else "save it as UTF-8"
    decoded = decoding.decode(content, stated.encoding, remedy)
    text = decoded.text
    check_no_zeros(text)
    if is_blank(text):
        raise InputError("the file is empty")
    first_line = SEPARATOR_LINE.match(text.head)
    body = text.after(first_line.end()) if first_line else text
    if is_blank(body):
        raise InputError("the file is empty but for the line that names the separator")
    above = 1 if first_line else 0
    if stated.header_row:
        body, above = preamble.text_from(body, stated.header_row, above), stated.header_row - 1
    found = stated.separator or (first_line[1] if first_line else dialect.find_separator(body.head, stated.prefer))
    if stated.header is True and not stated.header_row:
        preamble.check_comments(body.head, found, above, stated.card)
    try:
        parsed = rows.parse(body, found, skipped_lines=above, has_header=stated.header is True)
        return finish(parsed, found_dialect(parsed, found, decoded, first_line, stated), stated, decoded.notes, body)
    except InputError as error:
        is_asked = stated.card and stated.header is True and not stated.header_row
        names_in = preamble.find_header_row(body.head) if is_asked else None
        raise InputError(f"{error}; {preamble.remedy(names_in + above)}" if names_in else str(error)) from None


def check_no_zeros(text: Text) -> None:
    """Refuse a text with zero bytes in it.

    Raises:
        InputError: it has one; names the row.
    """
    lines = 0
    for block in text:
        if "\x00" in block:
            row = lines + block[: block.index("\x00")].count("\n") + 1
            raise InputError(f"row {row} has zero bytes in it; delimited text has none")
        lines += block.count("\n")


def is_blank(text: Text) -> bool:
    """Return whether there is nothing but white space."""
    return not any(block.strip() for block in text)


def found_dialect(
    parsed: rows.Rows, separator: str, decoded: Decoded, first_line: re.Match[str] | None, stated: Stated
) -> Dialect:
    """Return how a file is written, as far as its whole text says it."""
    line_end, final_line_end = dialect.find_line_ends(decoded.text)
    return Dialect(
        separator=" " if separator == dialect.WHITE_SPACE else parsed.separator,
        encoding=decoded.encoding,
        byte_order_mark=decoded.byte_order_mark,
        line_end=line_end,
        final_line_end=final_line_end,
        separator_line=first_line[0].rstrip("\r\n") if first_line else "",
        has_header=stated.header is True,
        backslash=parsed.backslash,
        space=parsed.space,
    )


def finish(parsed: rows.Rows, base: Dialect, stated: Stated, told: Sequence[str], body: Text) -> Delimited:
    """Return parsed rows as a table with names, without what holds no data."""
    notes = list(told)
    if not stated.separator and not base.separator_line and base.separator not in (stated.prefer, ","):
        notes.append(f"the separator is a {dialect.NAMES[base.separator]}, as its rows show")
    titles, frame, shape = fit_header(header_cells(parsed, stated), parsed, stated)
    names = name_columns(text_formulas.names_of(titles), stated.header, len(titles))
    frame.columns = pd.Index(names.columns, dtype="str")
    kept, dropped = without_empty_rows(frame, parsed.lines, titles)
    if not kept.any():
        raise InputError("the file has a header but no rows" if stated.header is True else "the file has no rows")
    numbers = parsed.lines[kept]
    table, formula_columns, formula_notes = text_formulas.take_out(
        mapped.rows_of(frame, kept) if dropped else frame, numbers
    )
    quoted_header, quoted = dialect.find_quoted(body.head, base.separator, len(names.columns))
    full = replace(
        base,
        nameless=names.nameless,
        quoted_header=quoted_header,
        quoted=tuple(name for name, is_quoted in zip(names.columns, quoted, strict=True) if is_quoted),
        trailing_header=shape.trailing_header,
        trailing_rows=shape.trailing_rows,
        nameless_left_out=shape.row_names,
        formulas=formula_columns,
    )
    notes.extend(names.notes)
    notes.extend(shape.notes)
    notes.extend(formula_notes)
    for reason in dict.fromkeys(reason for _, reason in dropped):
        lines = [line for line, other in dropped if other == reason]
        notes.append(f"rows left out, which {reason}: {len(lines)}, the first is row {lines[0]}")
    total = totals.find_total(table, numbers)
    return Delimited(
        table=table,
        dialect=full,
        lines=numbers,
        notes=(*notes, total) if total else tuple(notes),
        dropped=tuple(dropped),
        lacks_names=stated.header is True and header.looks_like_data(titles, table),
    )


def header_cells(parsed: rows.Rows, stated: Stated) -> list[str]:
    """Return the cells of the first row, or as many empty ones as a file without names has columns."""
    if stated.header is True:
        return parsed.header
    if stated.header is not False and parsed.table.iloc[0].str.strip().tolist() == list(stated.header):
        raise InputError(f"row {parsed.lines[0]} has the names already: leave out `source.header`")
    return [""] * parsed.table.shape[1]


@dataclass(frozen=True, slots=True)
class Shape:
    """How the widths of header and rows differ."""

    trailing_header: int = 0
    trailing_rows: int = 0
    row_names: bool = False
    notes: tuple[str, ...] = ()


def fit_header(titles: list[str], parsed: rows.Rows, stated: Stated) -> tuple[list[str], pd.DataFrame, Shape]:
    """Return as many names as there are columns, without empty columns at the end that only separators make."""
    frame = parsed.table
    empty = [is_empty(frame.iloc[:, index]) for index in range(frame.shape[1])]
    blank_titles = count_last([not title.strip() for title in titles]) if stated.header is True else 0
    blank_cells = count_last(empty)
    width = len(titles)
    columns = frame.shape[1] or width
    named = width - blank_titles
    if columns == width + 1 and not blank_cells and frame.iloc[:, 0].is_unique:
        note = "the rows have one cell more than the header: the first column is taken for names of the rows"
        return ["", *titles], frame, Shape(row_names=True, notes=(note,))
    if not columns - blank_cells <= width or columns < named:
        fault = f"row {parsed.lines[0]} has {rows.cells(columns)}; the header has {width}"
        raise InputError(f"{fault}{'' if stated.card else rows.above_header(width, columns)}")
    keep = max(named, columns - blank_cells)
    shape = Shape(width - keep, columns - keep)
    if columns > keep:
        shape = replace(shape, notes=("every row ends with separators that no name stands above; they are left out",))
    return titles[:keep], frame.iloc[:, :keep], shape


def is_empty(cells: pd.Series) -> bool:
    """Return whether all cells are empty."""
    found = bool((cells == "").all())
    mapped.release()
    return found


def count_last(flags: Sequence[bool]) -> int:
    """Return how many flags at the end are set."""
    return next((count for count, flag in enumerate(reversed(flags)) if not flag), len(flags))


def without_empty_rows(
    frame: pd.DataFrame, lines: np.ndarray, titles: Sequence[str]
) -> tuple[np.ndarray, list[tuple[int, str]]]:
    """Return a mask of the rows with data, and row and reason of the others."""
    empty = np.ones(len(frame), bool)
    repeated = np.full(len(frame), frame.shape[1] > 1)
    for index, title in enumerate(titles):
        cells = frame.iloc[:, index]
        if empty.any():
            empty &= (cells == "").to_numpy(bool)
        if repeated.any():
            repeated &= (cells == title).to_numpy(bool)
        mapped.release()
    repeated &= ~empty
    # Markdown draws a line below the names.
    drawn = np.zeros(len(frame), bool)
    drawn[:1] = frame.shape[1] > 1 and all(map(DRAWN.fullmatch, frame.iloc[0] if len(frame) else ()))
    dropped = [
        (int(lines[row]), "are empty" if empty[row] else "repeat the header" if repeated[row] else "are a drawn line")
        for row in np.flatnonzero(empty | repeated | drawn)
    ]
    return ~(empty | repeated | drawn), dropped
