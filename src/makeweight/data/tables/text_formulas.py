"""Cells such as `="0012"`, by which people keep a spreadsheet from reading a text as a number: the text inside."""

import re
from collections.abc import Sequence

import numpy as np
import pandas as pd

from makeweight.data import mapped

FORMULA = re.compile(r'="((?:[^"]|"")*)"')


def text_of(cell: str) -> str:
    """Return the text inside a cell that keeps one; any other cell as it is."""
    found = FORMULA.fullmatch(cell)
    return found[1].replace('""', '"') if found else cell


def formula_of(text: str) -> str:
    """Return the cell that keeps a text."""
    return '="' + text.replace('"', '""') + '"' if text else ""


def take_out(table: pd.DataFrame, lines: np.ndarray) -> tuple[pd.DataFrame, tuple[str, ...], list[str]]:
    """Return a table of strings with the texts inside, the columns that consist of such cells, and a line for each one.

    Args:
        table: cells as they are written; an empty one is "".
        lines: the row in the file of each row.
    """
    found = {name: read for name in table.columns if (read := column_texts(table[name])) is not None}
    mapped.release()
    if not found:
        return table, (), []
    notes, whole = [], []
    for name, texts in found.items():
        cells = table[name]
        changed = (cells != texts).to_numpy()
        first = int(changed.argmax())
        notes.append(
            f"column `{name}`: {changed.sum():,} cells are written as a formula that keeps a text, such as "
            f"{cells.iloc[first]} in row {lines[first]}; read as {texts.iloc[first]}"
        )
        if (changed | (cells == "").to_numpy()).all():
            whole.append(str(name))
    return table.assign(**found), tuple(whole), notes


def column_texts(cells: pd.Series) -> pd.Series | None:
    """Return a column with the texts inside; None where no cell keeps one."""
    marked = cells[cells.str.startswith('="')]
    mapped.release()
    if not any(FORMULA.fullmatch(cell) for cell in marked):
        return None
    read = cells.copy()
    read[marked.index] = [text_of(cell) for cell in marked]
    return mapped.on_disk(read)


def names_of(titles: Sequence[str]) -> list[str]:
    """Return names of columns with the texts inside."""
    return [text_of(title) for title in titles]
