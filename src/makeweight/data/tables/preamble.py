"""Lines above the names of columns, such as a report's title: where the names seem to be, and the text from there."""

import csv
import io
import re
from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from itertools import takewhile

from makeweight.core.errors import InputError
from makeweight.core.names import shortened
from makeweight.data.tables.blocks import SAMPLE_CHARACTERS, Text
from makeweight.data.tables.dialect import SAMPLE_ROWS, SEPARATORS
from makeweight.data.tables.header import NUMBER

LINE_END = re.compile(r"\r\n|\r|\n")
FITTING_SHARE = 0.8
"""Rows below the names that must have as many cells as there are names."""


def remedy(row: int) -> str:
    """Return what a card says about names in this row, as part of a sentence."""
    return f"the names seem to be in row {row}: `header_row: {row}` under `source` says so"


def text_from(text: Text, row: int, skipped: int) -> Text:
    """Return the text from a row on.

    Args:
        text: the file, without the lines that were skipped already.
        row: as an editor numbers lines.
        skipped: lines before the text.

    Raises:
        InputError: there is no such row.
    """
    if row <= skipped + 1:
        if row == skipped + 1:
            return text
        raise InputError(f"`source.header_row` is {row}; right would be {skipped + 1} or more")
    start = start_of_line(text, row - skipped - 1)
    found = text if start is None else text.after(start)
    if start is None or not any(block.strip() for block in found):
        lines = sum(len(block.splitlines()) for block in text)
        raise InputError(f"`source.header_row` is {row}; the file has {lines + skipped} rows")
    return found


def start_of_line(text: Text, lines: int) -> int | None:
    """Return at which character the line begins that has so many above it; None where there are not as many."""
    passed = 0
    for block in text:
        for match in LINE_END.finditer(block):
            lines -= 1
            if not lines:
                return passed + match.end()
        passed += len(block)
    return None


def find_header_row(text: str, separators: Sequence[str] = SEPARATORS) -> int | None:
    """Return the row in which the names of columns seem to be, if it is not the first; None where none stands out.

    It is the first row of different cells, none of them empty, whose width nearly all rows below it have, where the
    rows above it have fewer cells.
    """
    found = [(width, line) for separator in separators for width, line in candidates(text, separator)]
    return max(found)[1] if found else None


def check_comments(text: str, separator: str, above: int, card: bool) -> None:
    """Refuse a text that begins with comments, whose first one would otherwise give its columns names.

    A name may begin with `#`, too. So the first row below must look like names: none of them is a number, and there are
    several comments, one of another width, or numbers below some name.

    Args:
        text: without the lines that were skipped already.
        separator: between cells, found or stated.
        above: the number of skipped lines.
        card: whether a card describes the file, so that the remedy names its field.

    Raises:
        InputError: it does; names the row of the comment and that of the names.
    """
    if not text.lstrip().startswith("#"):
        return
    for each in dict.fromkeys([*([separator] if len(separator) == 1 else []), *SEPARATORS]):
        line = row_below_comments(numbered(text, each))
        if line is not None:
            comment = next(part for part in text.splitlines() if part.strip()).strip()
            right = (
                remedy(line + above) if card else f"the names seem to be in row {line + above}: remove the lines above"
            )
            raise InputError(f"row {above + 1} seems to be a comment, {shortened(comment, 40)!r}; {right}")


def row_below_comments(rows: Sequence[tuple[int, list[str]]]) -> int | None:
    """Return the row of names below the comments with which a text begins; None where they are rather no comments."""
    comments = list(takewhile(lambda row: row[1][0].lstrip().startswith("#"), rows))
    below = rows[len(comments) :]
    if not comments or len(below) < 2:
        return None
    line, names = below[0]
    if len(names) < 2 or not is_header(names) or any(NUMBER.fullmatch(name.strip()) for name in names):
        return None
    widths = [len(row) for _, row in below]
    if sum(width in (len(names), len(names) + 1) for width in widths) < FITTING_SHARE * len(widths):
        return None
    if len(comments) > 1 or len(comments[0][1]) not in (len(names), len(names) - 1):
        return line
    cells = zip(*(row for _, row in below[1:] if len(row) == len(names)), strict=True)
    return line if any(all(NUMBER.fullmatch(cell.strip()) for cell in column) for column in cells) else None


def candidates(text: str, separator: str) -> list[tuple[int, int]]:
    """Return the number of names and their row for one separator; empty where there is none below other lines."""
    rows = numbered(text, separator)
    usual = Counter(len(row) for _, row in rows if len(row) > 1).most_common(1)
    for position, (line, row) in enumerate(rows):
        if not usual or len(row) != usual[0][0] or not is_header(row):
            continue
        below = [len(other) in (len(row), len(row) + 1) for _, other in rows[position + 1 :]]
        above = [sum(bool(cell.strip()) for cell in other) < len(row) for _, other in rows[:position]]
        if below and sum(below) >= FITTING_SHARE * len(below) and above and all(above):
            return [(len(row), line)]
        return []
    return []


def is_header(row: Sequence[str]) -> bool:
    """Return whether cells can be names: none is empty, and none is there twice."""
    names = [cell.strip() for cell in row]
    return all(names) and len(set(names)) == len(names)


def numbered(text: str, separator: str) -> list[tuple[int, list[str]]]:
    """Return the first rows that are not blank, as far as they can be read, with the number of their first line."""
    reader = csv.reader(io.StringIO(text[:SAMPLE_CHARACTERS], newline=""), delimiter=separator)
    rows: list[tuple[int, list[str]]] = []
    start = 0
    with suppress(csv.Error):
        for row in reader:
            if any(cell.strip() for cell in row):
                rows.append((start + 1, row))
            start = reader.line_num
            if len(rows) == SAMPLE_ROWS:
                break
    return rows
