"""What the reader of any kind of file returns, and the names of its columns where the file has none."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from makeweight.core.errors import InputError
from makeweight.data.tables import header


@dataclass(frozen=True, slots=True)
class FileTable:
    """The rows of one file, unchanged."""

    table: pd.DataFrame
    """Cells of delimited text are strings as they are written; those of other files have the file's types."""
    lines: np.ndarray
    """The row in the file of each row of the table."""
    notes: tuple[str, ...] = ()
    """What was found out or left out, one line each."""
    dropped: tuple[tuple[int, str], ...] = ()
    """Row and reason of the rows in the file that hold no data."""
    nameless: tuple[str, ...] = ()
    """Columns that have no name in the file."""
    lacks_names: bool = False
    """Whether the first row looks like data."""
    separator: str | None = None
    """Between the cells of delimited text."""


def name_columns(first_row: Sequence[str], names: bool | Sequence[str], width: int) -> header.Names:
    """Return the names of columns.

    Args:
        first_row: its cells, used if `names` is true.
        names: true, false (columns are numbered from 1), or the names.
        width: the number of columns.

    Raises:
        InputError: a name is there twice, or there are more or fewer than columns.
    """
    if names is True:
        found = header.clean_names(first_row)
        return header.Names(found.columns, found.nameless, (*found.notes, *nameless_notes(found)))
    if names is False:
        return header.clean_names([f"column_{number}" for number in range(1, width + 1)])
    if len(names) != width:
        raise InputError(f"`source.header` names {len(names)} columns; the file has {width}")
    return header.clean_names(names)


def nameless_notes(names: header.Names) -> list[str]:
    """Return a line for each column without a name."""
    notes = []
    for name in names.nameless:
        position = names.columns.index(name)
        remedy = " (an index, as pandas writes it)" if position == 0 else f"; a card can call it `{name}`"
        notes.append(f"column {position + 1} has no name and is not used{remedy}")
    return notes
