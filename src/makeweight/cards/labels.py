"""Which column is the label: the one that is named, the one that is obvious, or those that may be."""

from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches

import pandas as pd

from makeweight.core.errors import InputError
from makeweight.core.names import listed
from makeweight.data.values import CARD, Remedies, read_label

OBVIOUS = ("label", "class", "target", "y", "outcome", "labels", "classes", "diagnosis")
"""Names that say what the column is for."""
MOST_CLASSES = 20
"""Of a column that is proposed as the label; one that the user names may have more."""
MOST_NAMED_CLASSES = 1000
LEAST_ROWS = 6
"""Of a class that can be split: two rows in each split."""


class LabelUnknownError(InputError):
    """No column is named as the label, and none is obvious."""

    def __init__(self, place: str, candidates: Sequence[str], names: Sequence[str]) -> None:
        self.candidates = tuple(candidates)
        few = f"columns of 2 to {MOST_CLASSES} values are" if candidates else "its columns are"
        super().__init__(
            f"{place}: which column is the label? `--label COLUMN` says it; {few} "
            f"{listed(candidates or names, 12, repr)}"
        )


def candidates_in(table: pd.DataFrame) -> list[str]:
    """Return the columns that may be the label: few values, each several times, hardly a cell missing."""
    found = []
    for name in table:
        cells = table[name].dropna()
        try:
            distinct = cells.nunique()
        except TypeError:  # lists, structs
            continue
        if 2 <= distinct <= min(MOST_CLASSES, len(cells) // 3) and len(cells) > 0.9 * len(table):
            found.append(str(name))
    return found


def choose(table: pd.DataFrame, label: str | None, place: str, nameless: Iterable[str] = ()) -> str:
    """Return the label's column: the one that is named, or else an obvious one.

    Raises:
        LabelUnknownError: none is named, and none is obvious.
        InputError: there is no such column; names the nearest.
    """
    names = [str(name) for name in table if name not in set(nameless)]
    if label is not None:
        check_there(label, names, place, "--label")
        return label
    candidates = [name for name in candidates_in(table) if name in names]
    obvious = [name for name in candidates if name.casefold() in OBVIOUS]
    if len(obvious) == 1:
        return obvious[0]
    raise LabelUnknownError(place, candidates, names)


def check_there(name: str, names: Sequence[str], place: str, option: str) -> None:
    """Check that a column that the user names is there.

    Raises:
        InputError: names the nearest columns.
    """
    if name not in names:
        raise InputError(f"{place}: `{option}`: there is no column {name!r}; {hint(name, names, 'its columns are')}")


def hint(name: str, names: Sequence[str], otherwise: str) -> str:
    """Return the names that are near to one that is not there, or else all of them after the words `otherwise`."""
    folded = {one.casefold(): one for one in names}
    near = [folded[one] for one in get_close_matches(name.casefold(), folded, 3)]
    return f"did you mean {listed(near, 3, repr)}?" if near else f"{otherwise} {listed(names, 20, repr)}"


def read_classes(
    cells: pd.Series,
    name: str,
    place: str,
    others: Callable[[], Sequence[str]] = list,
    most: int = MOST_NAMED_CLASSES,
    remedies: Remedies = CARD,
) -> tuple[pd.Series, list[str]]:
    """Return the label of each row (None where it has none), and what the user should know.

    Args:
        cells: of the label's column.
        name: of the column.
        place: the source, for messages.
        others: returns columns that may be the label instead; called for a message only, since it reads all cells.
        most: classes of enough rows that can be learned.
        remedies: what a user does to have the column read in another way.

    Raises:
        InputError: one class, no class, or far too many.
    """
    try:
        reading = read_label(cells, name, remedies=remedies)
    except InputError as error:
        raise InputError(f"{place}: {error}") from None
    labels = reading.values.astype("str")
    check_classes(labels, name, place, others, most)
    notes = [change.text for change in reading.changes]
    absent = int(labels.isna().sum())
    if absent:
        verb = "has" if absent == 1 else "have"
        notes.append(f"{absent:,} of {len(cells):,} rows {verb} no label in column {name!r} and will be dropped")
    return labels, notes


def check_classes(labels: pd.Series, name: str, place: str, others: Callable[[], Sequence[str]], most: int) -> None:
    """Check that there are two classes or more of enough rows, and not far too many.

    Raises:
        InputError: names columns that may be the label instead.
    """
    counts = labels.value_counts()
    large = int((counts >= LEAST_ROWS).sum())
    if len(counts) < 2:
        what = f"one class, {counts.index[0]!r}, in all rows" if len(counts) else "no value in any row"
        fault = f"{what}; a label of two classes or more would be right"
    elif not 2 <= large <= most or len(counts) > MOST_NAMED_CLASSES:
        fault = (
            f"{len(counts):,} different values in {len(labels):,} rows, {large:,} of them in {LEAST_ROWS} rows or "
            f"more; 2 to {most:,} classes of {LEAST_ROWS} rows or more would be right"
        )
    else:
        return
    instead = others()
    named = f"; columns of few values are {listed(instead, 12, repr)}" if instead else ""
    raise InputError(f"{place}: column {name!r} has {fault}{named}")


def small_classes(labels: pd.Series) -> list[str]:
    """Return a line on classes that have too few rows to be split, where there are some."""
    counts = labels.value_counts()
    small = counts[counts < LEAST_ROWS]
    if not len(small):
        return []
    verb = "has" if len(small) == 1 else "have"
    named = listed([f"{label} ({count})" for label, count in small.items()], 5)
    return [
        f"{named} {verb} fewer than {LEAST_ROWS} rows and will be dropped, since no split could hold them; "
        "`rules: {small_class: {action: merge}}` in the card makes one class of them"
    ]
