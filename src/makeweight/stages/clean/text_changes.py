"""What was changed in texts, step by step, with the card's line that leaves them as they were written."""

from collections.abc import Iterable, Iterator

import pandas as pd

from makeweight.core.progress import say
from makeweight.data import reserved
from makeweight.data.changes import Change
from makeweight.stages.clean.texts import CHANGES


def column_of(column: str) -> str:
    """Return the name of the row feature that says what changed a column's texts."""
    return f"{reserved.PREFIX}changes_{column}"


def changed_rows(steps: pd.Series) -> Iterator[tuple[str, str, pd.Series]]:
    """Yield what changed texts, what to write in the card to leave them as written, and which rows it concerns.

    Args:
        steps: per row the names of `CHANGES`, joined by commas; missing where nothing changed.
    """
    lists = steps.dropna().str.split(", ")
    for change, setting in CHANGES.items():
        rows = lists.map(lambda names, change=change: change in names)
        if rows.any():
            everywhere = rows.reindex(steps.index, fill_value=False)
            yield f"text: {change}", f"text: {{{setting}}}" if setting else "", everywhere


def tell(changes: Iterable[Change], card: str) -> None:
    """Say in one line per column and step how many texts were changed, with the first and how to leave them alone."""
    for change in changes:
        if change.change.startswith("text: ") and change.examples:
            written, read = (side[:60] for side in change.examples[0])
            remedy = f'; "{change.remedy}" in {card} leaves them as written' if change.remedy else ""
            step = change.change.removeprefix("text: ")
            say(f"clean: {change.column}: {change.count} texts changed ({step}): {written!r} is {read!r}{remedy}")
