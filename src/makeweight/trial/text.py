"""A verdict and other tables as plain text for a terminal."""

from collections.abc import Sequence

import pandas as pd

from makeweight.balance.arm import DECISION_RULE
from makeweight.core.names import listed, shortened


def table_rows(table: pd.DataFrame, rare_classes: Sequence[str]) -> list[list[str]]:
    """The table of a verdict as cells of text, its head first."""
    rare = listed(rare_classes, 2, lambda name: shortened(name, 16))
    if len(rare_classes) > 2:
        rare = f"{len(rare_classes)} rare classes"
    rows = [["way of balancing", "macro-F1", f"average precision, {rare}", f"recall, {rare}", "against decision_rule"]]
    for row in table.itertuples():
        gap = f"{row.words}: {row.difference:+.1f} ({row.difference_low:+.1f} to {row.difference_high:+.1f})"
        rows.append(
            [
                str(row.arm),
                f"{row.macro_f1:.1f} ({row.low:.1f} to {row.high:.1f})",
                f"{row.average_precision:.1f}",
                f"{row.rare_recall:.1f}",
                "" if row.arm == DECISION_RULE else gap,
            ]
        )
    return rows


def aligned(rows: Sequence[Sequence[str]], right: Sequence[int] = (), indent: str = "") -> str:
    """Rows of cells as lines of text with columns of one width; a line stands below the head.

    Args:
        rows: cells of text, the head first.
        right: positions of columns that end at the right side.
        indent: before each line.
    """
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ]
        lines.append(indent + "  ".join(cells).rstrip())
    lines.insert(1, indent + "  ".join("-" * width for width in widths))
    return "\n".join(lines)
