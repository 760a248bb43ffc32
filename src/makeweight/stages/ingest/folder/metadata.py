"""Metadata files beside pictures, as in Hugging Face's ImageFolder: a row for each picture, which `file_name` names."""

import posixpath
import re
import unicodedata
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pandas as pd

from makeweight.core.errors import InputError
from makeweight.core.names import listed
from makeweight.data import reserved
from makeweight.data.card import Card
from makeweight.data.tables import cells, files
from makeweight.data.tables.files import Format
from makeweight.stages.ingest import raw
from makeweight.stages.ingest.folder.walk import Walk

FILE_NAME = "file_name"
ABSOLUTE = re.compile(r"[/\\]|[A-Za-z]:[/\\]")


@dataclass(slots=True)
class Listing:
    """The pictures that metadata files list."""

    rows: pd.DataFrame
    """The columns of all files; `file_name` is relative to the source's folder, `mw_place` says file and row."""
    failures: dict[int, str] = field(default_factory=dict)
    """Position of a row -> why its picture can't be found."""
    excluded: list[tuple[str, str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def read(walked: Walk, stated: Format, card: Card, name: str) -> Listing:
    """Return the rows of all metadata files below a folder; equal rows of one picture count once.

    Args:
        walked: the files below the folder.
        stated: what the card says about the files.
        card: which columns are used.
        name: the path of the folder in the card.

    Raises:
        InputError: a file lacks `file_name`, a used column has lists or objects, or a picture has two classes.
    """
    found = Listing(pd.DataFrame())
    tables = [read_one(path, stated, card) for path in walked.metadata.values()]
    folders = list(walked.metadata)
    places = [f"{name}/{posixpath.join(folder, path.name)}" for folder, path in walked.metadata.items()]
    found.rows = joined([table for table, _, _ in tables], places)
    found.notes += [f"{place}: {note}" for place, (_, _, notes) in zip(places, tables, strict=True) for note in notes]
    found.notes += missing_notes([table for table, _, _ in tables], places, found.rows)
    found.rows[reserved.PLACE] = [
        f"{place}#{line}" for place, (_, lines, _) in zip(places, tables, strict=True) for line in lines
    ]
    bases = [folder for folder, (table, _, _) in zip(folders, tables, strict=True) for _ in range(len(table))]
    find_pictures(found, bases, walked)
    drop_repeats(found, card)
    return found


def read_one(path: Path, stated: Format, card: Card) -> tuple[pd.DataFrame, list[int], tuple[str, ...]]:
    """Return the table of one file, the row in the file of each row, and notes.

    Raises:
        InputError: as for `read`.
    """
    file = files.read_file(path, stated)
    table, lines = file.table, file.lines.tolist()
    if FILE_NAME not in table:
        several = next((column for column in ("file_names", "images") if column in table), None)
        more = f"; several pictures in a row (`{several}`) are not supported" if several else ""
        raise InputError(f"{path}: column `{FILE_NAME}` is missing; it has {listed(table.columns)}{more}")
    if table[FILE_NAME].isna().any():
        raise InputError(f"{path}: row {lines[int(table[FILE_NAME].isna().argmax())]} has no `{FILE_NAME}`")
    nested = [column for column in table if table[column].map(is_nested).any()]
    unused = raw.unused_columns(table.columns, card.columns)
    for column in nested:
        if column not in unused or column == FILE_NAME:
            raise InputError(f"{path}: column `{column}` has lists or objects; right would be one value in a row")
    pictures = [column for column in table if re.fullmatch(r".+_file_names?|file_names|images", str(column))]
    notes = [f"column `{column}` names further pictures, which are not used" for column in pictures if column in unused]
    notes += [f"column `{column}` has lists or objects and is not used" for column in nested if column not in pictures]
    return table.assign(**{FILE_NAME: table[FILE_NAME].astype("str")}), lines, (*file.notes, *notes)


def is_nested(cell: object) -> bool:
    """Return whether a cell holds several values."""
    return isinstance(cell, list | dict | np.ndarray)


def joined(tables: Sequence[pd.DataFrame], places: Sequence[str]) -> pd.DataFrame:
    """Return the rows of all files; a column that a file lacks is missing in its rows."""
    if len(tables) == 1:
        return tables[0].reset_index(drop=True)
    columns: dict[str, pd.Series] = {}
    for column in dict.fromkeys(column for table in tables for column in table):
        parts = [table[column] if column in table else pd.Series([None] * len(table), dtype=object) for table in tables]
        try:
            columns[column] = cells.common_column(parts, list(places)).reset_index(drop=True)
        except InputError as error:
            raise InputError(f"column `{column}`: {error}") from None
    return pd.DataFrame(columns)


def missing_notes(tables: Iterable[pd.DataFrame], places: Iterable[str], rows: pd.DataFrame) -> list[str]:
    """Return a line for each column that a file lacks and another one has."""
    return [
        f"{place} has no column `{column}`, which is missing in its {len(table)} rows"
        for table, place in zip(tables, places, strict=True)
        for column in rows
        if column not in table
    ]


def find_pictures(found: Listing, bases: Sequence[str], walked: Walk) -> None:
    """Give each row the name of its picture as it was found; those that are not found become failures."""
    left_out = {name: rule for name, _, rule in walked.excluded}
    known = {unicodedata.normalize("NFC", name): name for name in (*left_out, *walked.pictures)}
    folded: dict[str, list[str]] = {}
    for name in walked.pictures:
        folded.setdefault(unicodedata.normalize("NFC", name).casefold(), []).append(name)
    names, other_case = [], []
    for row, (written, base) in enumerate(zip(found.rows[FILE_NAME], bases, strict=True)):
        path, fault = resolved(written, base, known)
        name = path if path in walked.pictures else known.get(path, path)
        alike = folded.get(path.casefold(), [])
        if name not in walked.pictures and len(alike) == 1 and not fault:
            name = alike[0]
            other_case.append(f"{written} is {name}")
        if fault or name not in walked.pictures:
            left = f"left out: {left_out[name]}" if name in left_out else "No such file or directory"
            found.failures[row] = fault or left
        names.append(name)
    found.rows[FILE_NAME] = pd.Series(names, dtype="str")
    if other_case:
        found.notes.append(f"{len(other_case)} file names are written in another case, such as {other_case[0]}")


def resolved(written: str, base: str, known: Container[str]) -> tuple[str, str | None]:
    """Return a name relative to the source's folder, and why it can't be one there.

    Args:
        written: as in the metadata: with `/` or backslashes, `./`, `..`, composed or decomposed.
        base: the folder of the metadata file.
        known: the composed names of all files: a backslash may be part of one.
    """
    text = unicodedata.normalize("NFC", written.strip())
    exact = posixpath.normpath(posixpath.join(base, text))
    if exact in known:
        return exact, None
    if "://" in text:
        return text, "a web address; right would be a file name relative to the metadata's folder"
    if ABSOLUTE.match(text):
        return text, "an absolute path; right would be one relative to the metadata's folder"
    path = posixpath.normpath(posixpath.join(base, text.replace("\\", "/")))
    if path == ".." or path.startswith("../"):
        return path, "the file name leads out of the folder"
    return path, None


def drop_repeats(found: Listing, card: Card) -> None:
    """Leave out a row that lists a picture again with the same values in all used columns.

    Raises:
        InputError: the same picture has two classes.
    """
    rows = found.rows
    unused = {*raw.unused_columns(rows.columns, card.columns), reserved.PLACE} - {FILE_NAME}
    label = card.columns.label
    if label in rows:
        labels = rows.dropna(subset=[label]).drop_duplicates([FILE_NAME, label])
        again = labels[labels[FILE_NAME].duplicated(keep=False)]
        if len(again):
            one, other = (again[again[FILE_NAME] == again[FILE_NAME].iloc[0]].iloc[row] for row in (0, 1))
            raise InputError(
                f"{raw.place_text(other[reserved.PLACE])}: {other[FILE_NAME]} has the class {other[label]!r}, and "
                f"{one[label]!r} in {raw.place_text(one[reserved.PLACE])}; right would be one class for each picture"
            )
    used = [column for column in rows if column not in unused]
    repeated = rows[used].astype("str").duplicated().to_numpy()
    found.excluded += [(place, "row", "a picture that is listed twice") for place in rows[reserved.PLACE][repeated]]
    kept = np.flatnonzero(~repeated)
    found.failures = {int(new): found.failures[old] for new, old in enumerate(kept.tolist()) if old in found.failures}
    found.rows = rows.iloc[kept].reset_index(drop=True)
    several = found.rows[FILE_NAME].duplicated(keep=False)
    if several.any():
        first = found.rows.loc[several, FILE_NAME].iloc[0]
        many = f"{several.sum()} rows list a picture that another row lists with other values"
        found.notes.append(f"{many}, such as {first}; each is a sample")
