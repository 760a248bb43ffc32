"""Which role each column of a table gets, and why."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from makeweight.cards.found import Column, Described, Role
from makeweight.cards.useless import why_useless
from makeweight.core.errors import InputError
from makeweight.core.names import shortened
from makeweight.data import picture_formats, reserved
from makeweight.data.values import CARD, DecimalEvidence, Reading, Remedies, find_decimal, infer, read_identifier
from makeweight.data.values.reading import counted

AN_ID = re.compile(r"(?:^|[\W_])(?:ids?|uuid|guid|rownames?|index|sku)$|[a-z]I[dD]$", re.IGNORECASE)
AN_ID_OF = re.compile(r"(?:[\W_]|^)(?:id|uuid)$|[a-z]I[dD]$")
"""The name of a column that says which one of several things: `patient_id`, `customerID`."""
OWNER = re.compile(
    r"^(?:patient|subject|customer|client|user|vendor|seller|author|person|machine|device|site|hospital|family|group)s?$",
    re.IGNORECASE,
)
"""Things of which a table may have several rows, that should not straddle splits."""
REPEATS = 1.2
"""Rows per value, at least, of a column that groups rows."""
FEWEST_REPEATS = 20
EXAMPLES = 3
LEAST_ROWS = 20
"""So that a value per row is no coincidence."""
UNTOLD = ("decimal", "spelling")
"""Changes that every table has, told only where they were decided without evidence."""
MOST_NOTES = 2
"""Of a column; more would hide those of the others."""


@dataclass(frozen=True, slots=True)
class Read:
    """A column with its reading; None where its cells are no single values."""

    name: str
    cells: pd.Series
    reading: Reading | None
    fault: str = ""


def describe(
    table: pd.DataFrame,
    label: str,
    labels: pd.Series,
    *,
    nameless: Iterable[str] = (),
    separator: str | None = None,
    group: str | None = None,
    folder: Path | None = None,
    remedies: Remedies = CARD,
) -> Described:
    """Return the columns with their roles and values, in their order, and what the user should know of the values.

    Args:
        table: as it was read.
        label: the column of the label.
        labels: the class of each row, None where there is none.
        nameless: columns without a name in the file.
        separator: between the cells of delimited text.
        group: a column whose rows stay in one split, where the user names one.
        folder: of the file, to which the names of pictures in cells refer.
        remedies: what a user does to have a column read in another way.

    Raises:
        InputError: the group that the user names holds no single values.
    """
    evidence = find_decimal({str(name): table[name] for name in table if name != label}, separator)
    unnamed = set(nameless)
    found = Described()
    taken: set[Role] = {"group"} if group else set()
    for position, name in enumerate(map(str, table.columns)):
        cells = table.iloc[:, position]
        reading: Reading | None = None
        role: Role
        if name == label:
            role, why = "label", classes_text(labels)
        elif name == group:
            reading = read_identifier(cells, name, remedies=remedies)
            role, why = "group", group_text(reading.values)
        elif name in unnamed:
            role, why = "ignored", "it has no name, as an index"
        else:
            one = read(name, cells, evidence, remedies)
            reading = one.reading
            role, why = role_of(one, labels, taken, folder)
            taken |= {role} & {"id", "group", "image"}
        found.columns.append(Column(name, role, why, examples_of(cells)))
        if role != "ignored" and reading is not None:
            found.readings[name] = reading
            found.notes.extend(notes_of(reading))
    return found


def notes_of(reading: Reading) -> list[str]:
    """Return what was changed in a column, what was decided without evidence first."""
    loud = [change.text for change in reading.changes if change.loud]
    told = [change.text for change in reading.changes if not change.loud and change.what not in UNTOLD]
    return [*loud, *told][:MOST_NOTES]


def read(name: str, cells: pd.Series, evidence: DecimalEvidence, remedies: Remedies) -> Read:
    """Return a column as the reader of values infers it."""
    try:
        return Read(name, cells, infer(cells, name, evidence=evidence, remedies=remedies))
    except InputError as error:
        return Read(name, cells, None, str(error).removeprefix(f"column `{name}` ").partition(" (")[0])


def role_of(one: Read, labels: pd.Series, taken: Iterable[Role], folder: Path | None) -> tuple[Role, str]:
    """Return the role of a column and why it gets it; of id, group and picture a table has one each."""
    if one.name.startswith(reserved.PREFIX):
        return "ignored", f"names that begin with {reserved.PREFIX} are ours; rename it to use it"
    if are_pictures(one.cells, folder):
        return ("ignored", "a second picture") if "image" in taken else ("image", "pictures")
    if one.reading is None:
        return "ignored", f"no single values: it {one.fault}"
    values, present = one.reading.values, one.reading.values.dropna()
    distinct = int(present.nunique())
    if useless := why_useless(values, labels):
        return "ignored", useless
    repeats = len(present) / distinct
    named, owner = bool(AN_ID.search(one.name)), bool(AN_ID_OF.search(one.name) or OWNER.match(one.name))
    unique = distinct == len(values)
    whole = one.reading.kind != "number" or bool((present % 1 == 0).all())
    if unique and len(values) > LEAST_ROWS and (one.reading.kind == "identifier" or (named and whole)):
        if "id" in taken:
            return "ignored", "another value in every row, and there is an id already"
        return "id", "another value in every row"
    if owner and whole and repeats >= REPEATS and distinct > FEWEST_REPEATS:
        if "group" in taken:
            return "ignored", "it groups rows, and there is a group already"
        return "group", group_text(present)
    return feature_role(one.reading, present, distinct, repeats)


def feature_role(reading: Reading, present: pd.Series, distinct: int, repeats: float) -> tuple[Role, str]:
    """Return the role of a column that may serve as a feature."""
    gaps = len(reading.values) - len(present)
    missing = f", {gaps:,} missing" if gaps else ""
    if reading.kind == "number":
        whole = "whole numbers" if (present % 1 == 0).all() else "numbers"
        return "numeric", f"{whole}, {present.min():,.6g} to {present.max():,.6g}{missing}"
    if reading.kind == "date":
        return "date", f"dates{missing}"
    if reading.kind == "text":
        return "text", f"texts of several words{missing}"
    if reading.kind == "identifier" and repeats < 2:
        return "ignored", f"{distinct:,} values that hardly repeat: an identifier or a name"
    return "categorical", f"{distinct:,} different words{missing}"


def are_pictures(cells: pd.Series, folder: Path | None) -> bool:
    """Return whether cells hold pictures: bytes, Hugging Face's struct of them, or names of files that are there."""
    present = cells.dropna()
    first = present.iloc[0] if len(present) else None
    if isinstance(first, dict):
        return "bytes" in first and "path" in first
    if isinstance(first, bytes):
        return picture_formats.format_of(first[: picture_formats.HEAD]) is not None
    if not isinstance(first, str) or folder is None:
        return False
    if Path(first).suffix.lower() not in picture_formats.FORMAT_OF_ENDING:
        return False
    return any((folder / str(name).replace("\\", "/")).is_file() for name in present.iloc[:EXAMPLES])


def group_text(cells: pd.Series) -> str:
    """Return why a column is the group."""
    return f"{counted(int(cells.nunique()), 'value')} that come back: rows of one stay in one split"


def classes_text(labels: pd.Series, most: int = 5) -> str:
    """Return the classes with their rows, the largest first."""
    counts = labels.value_counts()
    named = [f"{shortened(str(label))} {count:,}" for label, count in counts.iloc[:most].items()]
    more = f" and {len(counts) - most} more" if len(counts) > most else ""
    return ", ".join(named) + more


def examples_of(cells: pd.Series, most: int = EXAMPLES) -> tuple[str, ...]:
    """Return different cells as they are written, shortened."""
    found: list[str] = []
    for cell in cells.iloc[:1000]:
        text = picture_text(cell) if isinstance(cell, (bytes, dict)) else str(cell).strip()
        missing = cell is None or (isinstance(cell, (float, np.floating)) and np.isnan(cell)) or cell is pd.NA
        if not missing and text and text not in found:
            found.append(text)
        if len(found) == most:
            break
    return tuple(shortened(" ".join(text.split()), 24) for text in found)


def picture_text(cell: bytes | dict[str, object]) -> str:
    """Return what stands for a cell of bytes."""
    return "<bytes>" if isinstance(cell, bytes) else str(cell.get("path") or "<bytes>")
