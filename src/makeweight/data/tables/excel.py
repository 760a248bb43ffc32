"""One sheet of a workbook (.xlsx, .xlsm, .xlsb, .xls, .ods) as a table, by the optional package python-calamine."""

import io
import re
import zipfile
from collections.abc import Sequence
from importlib import import_module
from typing import Any

import numpy as np
import pandas as pd

from makeweight.core.errors import InputError
from makeweight.data.tables import cells, header, preamble, totals
from makeweight.data.tables.file_table import FileTable, name_columns

ENDINGS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
INSTALL = "pip install 'makeweight[excel]'"


def read_excel(
    content: bytes, sheet: str | None = None, names: bool | Sequence[str] = True, header_row: int | None = None
) -> FileTable:
    """Return a sheet with its numbers, dates, truth values and texts as the workbook has them.

    Args:
        content: the workbook.
        sheet: its name; without it, the workbook must have one visible sheet with cells.
        names: whether the first row that is not empty has the names of columns; or the names of a sheet without them.
        header_row: the row that has them, where others stand above it.

    Raises:
        InputError: it is no workbook, there are several sheets, or the package is not installed.
    """
    rows = [[None if cell == "" else cell for cell in row] for row in sheet_rows(content, sheet)]
    numbered = [(line, row) for line, row in enumerate(rows, start=1) if line >= (header_row or 1)]
    filled = [(line, row) for line, row in numbered if any(cell is not None for cell in row)]
    if not filled:
        raise InputError("the sheet is empty")
    width = max(index + 1 for _, row in filled for index, cell in enumerate(row) if cell is not None)
    titles: list[Any] = ["" if cell is None else cell for cell in filled[0][1][:width]] if names is True else []
    data = filled[1:] if names is True else filled
    if not data:
        raise InputError("the sheet has a header but no rows")
    if sum(title == "" for title in titles) > max(1, width / 2):
        full = next((line for line, row in filled if None not in row[:width]), None)
        right = preamble.remedy(full) if full else "they must be in the first row that is not empty"
        raise InputError(f"row {filled[0][0]} has too few names: {right}")
    columns = [[row[index] for _, row in data] for index in range(width)]
    found = name_columns(titles_of(titles), names, width)
    table = pd.concat([cells.as_column(column, whole_floats=True) for column in columns], axis=1)
    table.columns = pd.Index(found.columns, dtype="str")
    mixed = [name for name, column in zip(found.columns, columns, strict=True) if cells.is_mixed(column)]
    lines = [line for line, _ in data]
    between = [line for line in range(lines[0], lines[-1]) if line not in set(lines)]
    total = totals.find_total(table, np.array(lines))
    return FileTable(
        table=table,
        lines=np.array(lines, np.int64),
        notes=(
            *found.notes,
            *(f"column `{name}` has texts and other values: all are read as texts" for name in mixed),
            *error_notes(content),
            *([total] if total else []),
        ),
        dropped=tuple((line, "are empty") for line in between),
        nameless=found.nameless,
        lacks_names=names is True and header.looks_like_data(titles_of(titles), table.astype("str").fillna("")),
    )


def titles_of(titles: Sequence[Any]) -> list[str]:
    """Return the cells of the first row as texts."""
    return [cells.as_text(title, True) for title in titles]


def sheet_rows(content: bytes, sheet: str | None) -> list[list[Any]]:
    """Return the cells of a sheet from its first row on; an empty cell is ""."""
    try:
        calamine = import_module("python_calamine")
    except ImportError:
        raise InputError(f"a workbook needs the package python-calamine: {INSTALL}") from None
    try:
        with calamine.load_workbook(io.BytesIO(content)) as workbook:
            found = workbook.get_sheet_by_name(choose_sheet(workbook, sheet))
            rows: list[list[Any]] = found.to_python(skip_empty_area=False)
    except calamine.PasswordError:
        raise InputError("the workbook is protected by a password; save it without one") from None
    except (calamine.CalamineError, OSError) as error:
        raise InputError(f"not a readable workbook: {' '.join(str(error).split())}") from None
    return rows


def choose_sheet(workbook: Any, sheet: str | None) -> str:
    """Return the name of the sheet to read; hidden and empty ones are only read by their name."""
    names = list(workbook.sheet_names)
    if sheet is not None:
        if sheet not in names:
            raise InputError(f"there is no sheet {sheet!r}; there are {', '.join(map(repr, names))}")
        return sheet
    visible = [found.name for found in workbook.sheets_metadata if str(found.visible).endswith(".Visible")]
    filled = [name for name in visible if workbook.get_sheet_by_name(name).start is not None]
    if len(filled) > 1:
        listed = ", ".join(map(repr, filled))
        raise InputError(f"it has several sheets, {listed}: `source.sheet` in the card says which")
    if not filled:
        raise InputError("the workbook has no visible sheet with cells")
    return filled[0]


def error_notes(content: bytes) -> list[str]:
    """Return a line that counts the cells with an error of a formula, which come out empty."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            sheets = [name for name in archive.namelist() if name.startswith("xl/worksheets/sheet")]
            count = sum(len(re.findall(rb'<c [^>]*t="e"', archive.read(name))) for name in sheets)
    except zipfile.BadZipFile:
        return []
    return [f"{count} cells of the workbook hold an error such as #N/A or #DIV/0!; they are missing"] if count else []
