"""The sources `table` and `parquet`: files, and folders of files, with the same columns, in any known format."""

import hashlib
from pathlib import Path
from typing import Any, Literal

import pandas as pd

from makeweight.core.errors import InputError
from makeweight.core.names import readable
from makeweight.core.params import Section
from makeweight.core.ranges import Count
from makeweight.data import mapped, reserved
from makeweight.data.card import Card
from makeweight.data.tables import files, folders, preamble
from makeweight.data.tables.file_table import FileTable
from makeweight.data.tables.files import Format
from makeweight.data.tables.folders import Joined, Part
from makeweight.stages.ingest import local_files, raw
from makeweight.stages.ingest.raw import RawData

MOST_ABOVE = 30
"""Rows among which names of columns are looked for, where the first row does not have them."""


class TableFiles(Section):
    """Where the files are, and what is not to be found out from them."""

    files: tuple[str, ...]
    """Files or folders."""
    separator: str | None = None
    """Between cells; without it, it is found."""
    encoding: str | None = None
    """Without it: UTF-8, UTF-16 with a byte order mark, or else Windows-1252, which is told."""
    header: bool | tuple[str, ...] = True
    """Whether the first row has the names; if false, columns are called column_1, ...; or their names."""
    header_row: Count | None = None
    """The row that has the names, where a title or the like stands above it."""
    sheet: str | None = None
    """Of a workbook with several."""
    decimal: Literal[".", ","] | None = None

    @property
    def format(self) -> Format:
        """What is stated about the format of each file."""
        return Format(
            separator=self.separator,
            encoding=self.encoding,
            header=self.header,
            sheet=self.sheet,
            header_row=self.header_row,
        )


def read(tables: TableFiles, card: Card, name: str) -> RawData:
    """Return the rows of all files in order.

    A cell of the picture column holds bytes, Hugging Face's struct of `bytes` and `path`, or the name of a file
    relative to the table's folder.
    """
    parts, excluded = read_parts(tables, name)
    check_names(parts, card, name)
    joined = folders.join(parts)
    failures: list[tuple[str, str, str]] = []
    image = card.columns.image
    if image is not None and image in joined.table.columns:
        pictures, failures = read_part_pictures(joined, image)
        joined.table[image] = pd.Series(pictures, dtype=object)
    dropped = [
        (f"{part.name}#{line}", "row", f"rows that {reason}") for part in parts for line, reason in part.found.dropped
    ]
    table = joined.table.assign(**{reserved.PLACE: mapped.on_disk(joined.places).array})
    walked_past = [(file, "file", reason) for file, reason in excluded]
    return RawData(
        samples=raw.as_samples(table, card.columns, name, (reserved.PLACE,)),
        failures=raw.string_table(raw.FAILURES, failures),
        provenance=raw.string_table(raw.PROVENANCE, [(None, part.name, None, digest(part.path)) for part in parts]),
        excluded=raw.string_table(raw.EXCLUDED, [*walked_past, *dropped]),
        notes=tuple(f"{part.name}: {note}" for part in parts for note in part.found.notes),
        separator=parts[0].found.separator,
        unused=raw.unused_columns(joined.table.columns, card.columns),
    )


def read_parts(tables: TableFiles, name: str) -> tuple[list[Part], list[tuple[str, str]]]:
    """Return the files that the card names, those in a folder one by one, and name and reason of files left out."""
    if not tables.files:
        raise InputError(f"{name}: `source.files` is empty; it names one file at least")
    parts: list[Part] = []
    excluded: list[tuple[str, str]] = []
    for file in local_files.matching(tables.files, name, "source.files"):
        path = local_files.resolve_path(file, name, "source.files")
        if path.is_dir():
            inner, past = folders.read_folder(path, file, tables.format)
            parts += inner
            excluded += past
        else:
            parts.append(Part(readable(file), path, files.read_file(path, tables.format)))
    return parts, excluded


def read_file(path: Path, tables: TableFiles, card: Card) -> pd.DataFrame:
    """Return the rows of one file.

    Raises:
        InputError: it can't be read.
    """
    return files.read_file(path, tables.format).table


def check_names(parts: list[Part], card: Card, name: str) -> None:
    """Refuse a file whose first row is one of data, if a column of the card is not among its names.

    Raises:
        InputError: the message says how the card can give names to its columns.
    """
    columns = card.columns
    wanted = {getattr(columns, role) for role in raw.ROLE_COLUMNS} - {None}
    wanted |= {*columns.text, *columns.numeric, *columns.categorical, *columns.date, *columns.money.values()}
    for part in parts:
        missing = sorted(wanted - set(part.found.table.columns))
        row = row_of_names(part.found, wanted) if missing else None
        if row is not None:
            raise InputError(f"{part.path}: no column is called {missing[0]!r}; {preamble.remedy(row)} in {name}")
        if missing and part.found.lacks_names:
            fault = f"its first row looks like data, and no column is called {missing[0]!r}"
            raise InputError(f"{part.path}: {fault}; `source.header: [name, ...]` in {name} gives its columns names")


def row_of_names(found: FileTable, names: set[Any]) -> int | None:
    """Return the row in the file, among its first ones, that has all of these names; None where there is none."""
    for line, cells in zip(found.lines[:MOST_ABOVE], found.table.head(MOST_ABOVE).itertuples(index=False), strict=True):
        if names <= {str(cell).strip() for cell in cells}:
            return int(line)
    return None


def digest(path: Path) -> str:
    """Return the SHA-256 digest of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def read_part_pictures(joined: Joined, column: str) -> tuple[list[bytes | None], list[tuple[str, str, str]]]:
    """Return the pictures of all parts and a failure for each that can't be read."""
    pictures: list[bytes | None] = []
    failures: list[tuple[str, str, str]] = []
    places = joined.places
    start = 0
    for part in joined.parts:
        end = start + len(part.found.table)
        own, failed = read_pictures(joined.table[column].iloc[start:end], part.path.parent)
        failures += [(places[start + row], "picture", reason) for row, reason in failed]
        pictures += own
        start = end
    return pictures, failures


def read_pictures(values: pd.Series, folder: Path) -> tuple[list[bytes | None], list[tuple[int, str]]]:
    """Return the pictures' bytes (None where there is none), and row and reason of those that can't be read."""
    pictures: list[bytes | None] = []
    failed: list[tuple[int, str]] = []
    for row, value in enumerate(values):
        try:
            pictures.append(read_picture(value, folder))
        except ValueError as reason:
            pictures.append(None)
            failed.append((row, str(reason)))
    return pictures, failed


def read_picture(value: Any, folder: Path) -> bytes | None:
    """Return the picture bytes that one cell holds or names.

    Raises:
        ValueError: why it can't be read.
    """
    if isinstance(value, dict):
        value = value.get("bytes") or value.get("path")
    if isinstance(value, bytes):
        return value or None
    if isinstance(value, str) and value:
        return local_files.read_picture(value, folder)
    return None
