"""The table of columns that `makeweight try` and `makeweight add` show: each with its role, why, and examples."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from makeweight.cards.found import Column

HEAD = ("column", "role", "why", "examples")
MOST_SHOWN = 60
LONGEST_NAME, LONGEST_REASON = 30, 72


def table_of(columns: "Sequence[Column]", elsewhere: str = "") -> str:
    """Return the columns as lines of text.

    Args:
        columns: as they are understood.
        elsewhere: where those are that have no line, when there are many.
    """
    from makeweight.core.names import shortened
    from makeweight.trial.text import aligned

    rows: list[Sequence[str]] = [HEAD]
    for name, role, why, examples in map(cells, columns[:MOST_SHOWN]):
        reason = why if len(why) <= LONGEST_REASON else f"{why[: LONGEST_REASON - 1]}\u2026"
        rows.append((shortened(name, LONGEST_NAME), role, reason, examples))
    lines = [aligned(rows, indent="  ")]
    if len(columns) > MOST_SHOWN:
        lines.append(f"  and {len(columns) - MOST_SHOWN} more{elsewhere}")
    return "\n".join(lines)


def cells(column: "Column") -> tuple[str, str, str, str]:
    """Return a column as cells of the table."""
    return column.name, column.role, column.why, ", ".join(column.examples)
