"""A row at the end of a table that sums up those above it: it looks like data, so that it is told."""

import re

import numpy as np
import pandas as pd

WORD = re.compile(
    r"(grand |sub)?totals?|sums?|summen?|gesamt(summe)?|insgesamt|итого|total g[ée]n[ée]ral", re.IGNORECASE
)


def find_total(table: pd.DataFrame, lines: np.ndarray) -> str | None:
    """Return the line that tells of a total in the last row; None where there is none.

    Its first cell that is not empty is a word such as Total, and a column at least has its sum there.

    Args:
        table: cells as strings or of their own types.
        lines: the row in the file of each row.
    """
    if len(table) < 3:
        return None
    last = table.iloc[-1]
    filled = [cell for cell in last if not (pd.isna(cell) if np.isscalar(cell) else False) and str(cell).strip()]
    if not filled or not WORD.fullmatch(str(filled[0]).strip().rstrip(":")):
        return None
    summed = next((name for name in table.columns if is_sum(table[name])), None)
    if summed is None:
        return None
    return (
        f"row {lines[-1]} seems to be a total ({str(filled[0]).strip()!r}; column `{summed}` has the sum of the rows "
        "above it there); it is read as data: take it out of the file if it is none"
    )


def is_sum(column: pd.Series) -> bool:
    """Return whether the last cell is a number that the others, at least two of them, add up to."""
    if pd.api.types.is_bool_dtype(column.dtype) or pd.api.types.is_datetime64_any_dtype(column.dtype):
        return False
    numbers = pd.to_numeric(column, errors="coerce") if pd.api.types.is_numeric_dtype(column) else read(column)
    values = numbers.to_numpy(dtype=np.float64, na_value=np.nan)
    above = values[:-1][~np.isnan(values[:-1])]
    if len(above) < 2 or np.isnan(values[-1]) or values[-1] == 0:
        return False
    # Numbers of a printed total are rounded.
    return bool(abs(above.sum() - values[-1]) <= max(1e-6 * abs(values[-1]), 0.005))


def read(cells: pd.Series) -> pd.Series:
    """Return texts as numbers by their last sign, a point or a comma: enough to compare a sum."""
    texts = cells.astype("str").str.replace(r"[\s'\u00a0\u202f%€$£]", "", regex=True)
    plain = pd.to_numeric(texts.str.replace(",", "", regex=False), errors="coerce")
    other = pd.to_numeric(texts.str.replace(".", "", regex=False).str.replace(",", ".", regex=False), errors="coerce")
    has_comma = texts.str.contains(r",\d{1,2}$|,\d{4,}$", regex=True, na=False).any()
    return other if has_comma else plain
