"""Why each column of an uploaded table is understood as it is, in a few words beside its kind."""

from __future__ import annotations

from makeweight.app.columns import Column
from makeweight.app.csv_table import Upload
from makeweight.app.plan import Plan, has_codes, reason_unused


def reason_of(upload: Upload, column: Column, plan: Plan) -> str:
    """Return what in its cells makes a column of its kind, or why it is not used."""
    if column.kind == "unused":
        return reason_unused(upload, column, plan)
    filled = len(upload.table) - column.missing
    cells = f"all {filled:,} cells" if not column.missing else f"{filled:,} of {len(upload.table):,} cells"
    if column.kind in ("number", "whole"):
        return f"{cells} are {'whole numbers' if column.kind == 'whole' else 'numbers'}"
    if column.kind == "date":
        resolution = getattr(column.reading.format, "resolution", "")
        return f"{cells} are dates or times" + (f", in steps of {resolution}" if resolution else "")
    if has_codes(column):
        return "leading zeros make its cells codes, not numbers"
    return f"few values that come back: {column.distinct:,} different ones in {filled:,} filled cells"
