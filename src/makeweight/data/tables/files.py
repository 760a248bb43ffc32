"""Any file that holds a table: the end of its name says its format, and its first bytes whether it is compressed."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from makeweight.core.errors import InputError
from makeweight.data.tables import blocks, delimited, excel, json_rows, packed, parquet
from makeweight.data.tables.blocks import Content
from makeweight.data.tables.delimited import Stated
from makeweight.data.tables.file_table import FileTable, name_columns

PARQUET = (".parquet", ".parq", ".pq")
JSON = (".jsonl", ".ndjson", ".json")
DELIMITED = (".csv", ".tsv", ".tab", ".psv", ".txt", ".dat", ".data")
ENDINGS = (*PARQUET, *JSON, *DELIMITED, *excel.ENDINGS)


@dataclass(frozen=True, kw_only=True, slots=True)
class Format:
    """What is stated about a file; without it, it is found out."""

    separator: str | None = None
    encoding: str | None = None
    header: bool | Sequence[str] = True
    """Whether the first row has the names; or the names of a file without such a row."""
    sheet: str | None = None
    header_row: int | None = None
    """The row in the file that has the names, where lines stand above it."""


def read_file(path: Path, stated: Format | None = None) -> FileTable:
    """Read one file.

    Raises:
        InputError: it cannot be read, or is none of the known formats; the message names the file, and the row.
    """
    try:
        return read_content(path, stated or Format())
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    except OSError as error:
        raise InputError(f"{path}: not readable: {error.strerror or error}") from None


def read_content(path: Path, stated: Format) -> FileTable:
    """Read one file by its format; a pipe is never waited for."""
    if path.exists() and not path.is_file() and not path.is_dir():
        raise InputError("a pipe or a device, which could be waited for without end; right would be a file")
    if path.name.lower().endswith(PARQUET) or starts_as_parquet(path):
        return typed(parquet.read_parquet(path))
    if path.suffix.lower() in DELIMITED:
        return read_text(blocks.content_of(path), path.name, stated)
    if not packed.is_packed(path.name):
        return read_named(path.read_bytes(), path.name, stated)
    content, name = packed.unpack(path.read_bytes(), path.name)
    return read_named(content, name, stated)


def read_named(content: bytes, name: str, stated: Format) -> FileTable:
    """Read the content of a file by the end of its name."""
    ending = Path(name).suffix.lower()
    if ending in PARQUET:
        return typed(parquet.read_parquet(content))
    if ending in excel.ENDINGS:
        return excel.read_excel(content, stated.sheet, stated.header, stated.header_row)
    if ending in JSON:
        table, lines, notes = json_rows.read_json(content, stated.encoding)
        return typed(table, lines, notes)
    if ending in DELIMITED or any(inner.lower() in DELIMITED for inner in Path(name).suffixes):
        return read_text(content, name, stated)
    raise InputError(
        "its name must end in .csv, .tsv, .parquet, .xlsx, .jsonl or .json (also compressed, such as .csv.gz)"
    )


def read_text(content: Content, name: str, stated: Format) -> FileTable:
    """Read delimited text; empty cells are missing."""
    if isinstance(content, bytes) or packed.is_packed_content(content[: packed.MOST_MAGIC]):
        content, _ = packed.unpack(content[:], name)
    found = delimited.read_delimited(
        content,
        Stated(
            separator=stated.separator,
            encoding=stated.encoding,
            header=stated.header,
            header_row=stated.header_row,
            prefer="\t" if Path(name).suffix.lower() in (".tsv", ".tab") else ",",
            card=True,
        ),
    )
    return FileTable(
        table=found.with_gaps(),
        lines=found.lines,
        notes=found.notes,
        dropped=found.dropped,
        nameless=found.nameless,
        lacks_names=found.lacks_names,
        separator=found.dialect.separator,
    )


def typed(table: pd.DataFrame, lines: np.ndarray | None = None, notes: tuple[str, ...] = ()) -> FileTable:
    """Return a table whose columns have types of their own, with names without white space around them."""
    names = [str(name) for name in table.columns]
    found = name_columns(["" if name.startswith("__index_level_") else name for name in names], True, len(names))
    table.columns = pd.Index(found.columns, dtype="str")
    numbers = np.arange(1, len(table) + 1) if lines is None else lines
    if table.empty:
        raise InputError("the file has no rows")
    return FileTable(table=table, lines=numbers, notes=(*notes, *found.notes), nameless=found.nameless)


def starts_as_parquet(path: Path) -> bool:
    """Whether a file begins as Parquet does, whatever its name."""
    with path.open("rb") as file:
        return file.read(4) == parquet.MAGIC
