"""Cells that a spreadsheet would run as formulas get an apostrophe: a foreign table is not to act on its reader."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:  # slow to import: loaded only by the pages that need them
    import pandas as pd

STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


def is_formula(cell: str) -> bool:
    """Return whether a spreadsheet would take a cell for a formula; a lone sign and numbers of any style are none."""
    from makeweight.data.values import number_cells

    if not cell.startswith(STARTS) or cell in ("+", "-", "="):
        return False
    return cell[0] not in "+-" or number_cells.take_apart(cell) is None


def formulas_in(cells: pd.Series) -> pd.Series:
    """Return a mask of the cells that a spreadsheet would take for formulas."""
    candidates = cells.str.startswith(STARTS).fillna(False).astype(bool)
    found = {cell for cell in cells[candidates].unique() if is_formula(cell)}
    return candidates & cells.isin(found)


def guarded(table: pd.DataFrame) -> tuple[pd.DataFrame, int]:
    """Return the table with an apostrophe before each formula, in cells and in names, and how many cells had one."""
    safe, count = table.copy(), 0
    for position in range(table.shape[1]):
        cells = table.iloc[:, position]
        mask = formulas_in(cells)
        if mask.any():
            safe.isetitem(position, cells.where(~mask, "'" + cells))
            count += int(mask.sum())
    safe.columns = [f"'{name}" if is_formula(str(name)) else name for name in table.columns]
    return safe, count
