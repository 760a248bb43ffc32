"""A table as a folder of part files, as Spark, Dask and Hive write it, and several files joined to one table."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import unquote

import pandas as pd
import pyarrow as pa

from makeweight.core.errors import InputError
from makeweight.core.names import as_code, listed, readable
from makeweight.data.tables import cells, files
from makeweight.data.tables.file_table import FileTable
from makeweight.data.tables.files import Format

NO_VALUE = "__HIVE_DEFAULT_PARTITION__"


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a table."""

    name: str
    """As the user knows it: the path in the card, and below a folder the rest of it."""
    path: Path
    found: FileTable


@dataclass(frozen=True, slots=True)
class Joined:
    """The rows of all parts in order."""

    table: pd.DataFrame
    parts: tuple[Part, ...]
    nameless: tuple[str, ...]

    @property
    def places(self) -> pd.Series:
        """Where each row stands: file, # and the row in it; the header of a text file is its row 1."""
        lines = (pa.array(part.found.lines).cast(pa.large_string()) for part in self.parts)
        texts = [f"{part.name}#" + pd.Series(own, dtype="str") for part, own in zip(self.parts, lines, strict=True)]
        return pd.concat(texts, ignore_index=True)


def read_folder(folder: Path, name: str, stated: Format) -> tuple[list[Part], list[tuple[str, str]]]:
    """Return the part files below a folder, and name and reason of each file that was walked past.

    A folder `key=value` on the way to a part is a column of it, as Hive has it; its values are texts.

    Raises:
        InputError: there is no part, a part cannot be read, or the folder is of a format with a log of its own.
    """
    if (folder / "_delta_log").is_dir():
        fault = "a Delta table, some of whose files may be deleted rows; write it as plain Parquet or CSV"
        raise InputError(f"{folder}: this is {fault}")
    parts: list[Part] = []
    excluded: list[tuple[str, str]] = []
    for path in sorted(all_files(folder)):
        inner = path.relative_to(folder)
        reason = why_no_part(inner, path)
        known_as = readable(f"{name}/{inner.as_posix()}")
        if reason:
            excluded.append((known_as, reason))
            continue
        found = with_partitions(files.read_file(path, stated), inner)
        parts.append(Part(known_as, path, found))
    if not parts:
        raise InputError(f"{folder}: the folder has no file with rows ({', '.join(files.ENDINGS)})")
    return parts, excluded


def all_files(folder: Path) -> list[Path]:
    """Return every file below a folder.

    Raises:
        InputError: a folder cannot be read.
    """

    def refuse(error: OSError) -> None:
        raise InputError(f"{error.filename}: the folder can't be read: {error.strerror}")

    return [Path(parent) / file for parent, _, inner in os.walk(folder, onerror=refuse) for file in inner]


def why_no_part(inner: Path, path: Path) -> str | None:
    """Return why a file in a folder is no part of the table, or None if it is one."""
    if any(part.startswith((".", "_")) for part in inner.parts):
        return "hidden or a marker"
    if not path.exists():
        return "a link to a file that does not exist"
    if not path.is_file():
        return "not a file"
    if path.stat().st_size == 0:
        return "empty file"
    suffixes = [suffix.lower() for suffix in inner.suffixes]
    if any(suffix in files.ENDINGS for suffix in suffixes) or files.starts_as_parquet(path):
        return None
    return "not a table"


def with_partitions(found: FileTable, inner: Path) -> FileTable:
    """Return a part with the columns that its folders name; a column of the file itself comes first."""
    keys = dict(part.split("=", 1) for part in inner.parent.parts if "=" in part)
    new = {key: unquote(value) for key, value in keys.items() if key not in found.table}
    columns = {
        key: pd.Series([None if value == NO_VALUE else value] * len(found.table), dtype="str")
        for key, value in new.items()
    }
    return replace(found, table=found.table.assign(**columns))


def join(parts: Sequence[Part]) -> Joined:
    """Return the rows of several files as one table; columns are joined by name.

    Raises:
        InputError: a file has other columns than the first, or a column another type that cannot be reconciled.
    """
    first = parts[0]
    if len(parts) == 1:
        return Joined(first.found.table, (first,), first.found.nameless)
    expected = named(first)
    for part in parts[1:]:
        check_columns(first, expected, part)
    columns = {}
    for name in expected:
        try:
            columns[name] = cells.common_column(
                [part.found.table[name] for part in parts], [part.name for part in parts]
            )
        except InputError as error:
            raise InputError(f"column `{name}`: {error}") from None
    table = pd.DataFrame({name: column.reset_index(drop=True) for name, column in columns.items()})
    return Joined(table, tuple(parts), ())


def named(part: Part) -> list[str]:
    """Return the columns of a file that have a name."""
    return [str(name) for name in part.found.table.columns if name not in part.found.nameless]


def check_columns(first: Part, expected: Sequence[str], part: Part) -> None:
    """Refuse a file whose columns are others than those of the first; their order does not matter."""
    own = named(part)
    missing = [name for name in expected if name not in own]
    more = [name for name in own if name not in expected]
    if missing or more:
        faults = [f"it lacks {listed(missing, 10, as_code)}"] * bool(missing) + [
            f"it has {listed(more, 10, as_code)} besides"
        ] * bool(more)
        raise InputError(f"{part.path}: its columns differ from those of {first.name}: {' and '.join(faults)}")
