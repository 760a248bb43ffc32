"""Values that are read as something else than they were written: what changed, how often, and what keeps them."""

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

COLUMNS = ("column", "change", "count", "as_written", "as_read", "remedy")
MOST_EXAMPLES = 3
LONGEST_EXAMPLE = 80
"""Characters of an example, which is shown and not read again."""


@dataclass(frozen=True, slots=True)
class Change:
    """One kind of change in one column."""

    column: str
    change: str
    """In words, such as `missing word`."""
    count: int
    """Cells that it concerns."""
    examples: tuple[tuple[str, str], ...] = ()
    """As written and as read, up to three."""
    remedy: str = ""
    """What to write in the card to have it otherwise; empty where nothing can be."""


def table_of(changes: Iterable[Change]) -> pd.DataFrame:
    """Return a row per change with the columns `COLUMNS`; examples are JSON lists of texts, one per side."""
    rows = []
    for one in changes:
        shown = one.examples[:MOST_EXAMPLES]
        sides = (json.dumps([shortened(str(pair[side])) for pair in shown], ensure_ascii=False) for side in (0, 1))
        rows.append((one.column, one.change, int(one.count), *sides, one.remedy))
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return table.astype({name: "int64" if name == "count" else "string" for name in COLUMNS})


def shortened(text: str, most: int = LONGEST_EXAMPLE) -> str:
    """Return a text that is at most `most` characters long."""
    return text if len(text) <= most else f"{text[: most - 1]}…"


def examples_in(as_written: object, as_read: object) -> tuple[tuple[str, str], ...]:
    """Return the pairs of one row of the table; a side that is no JSON list counts as one example."""
    return tuple(zip(texts_in(as_written), texts_in(as_read), strict=False))


def texts_in(cell: object) -> Sequence[str]:
    """Return the texts of one cell; none where it is empty or missing."""
    if not isinstance(cell, str) or not cell:
        return ()
    try:
        texts = json.loads(cell)
    except json.JSONDecodeError:
        return (cell,)
    return tuple(str(text) for text in texts) if isinstance(texts, list) else (cell,)
