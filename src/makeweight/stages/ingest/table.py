"""The sources `table` and `parquet`: CSV and Parquet files, one or several with the same columns."""

import warnings
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from makeweight.core.errors import InputError
from makeweight.core.params import Section
from makeweight.data import reserved
from makeweight.data.card import Card
from makeweight.stages.ingest import local_files, raw
from makeweight.stages.ingest.raw import RawData


class TableFiles(Section):
    """Where the files are, and the format of a CSV."""

    files: tuple[str, ...]
    separator: str = ","
    encoding: str = "utf-8"


def read(tables: TableFiles, card: Card, name: str) -> RawData:
    """Return the rows of all files in order.

    A cell of the picture column holds bytes, Hugging Face's struct of `bytes` and `path`, or the name of a file
    relative to the table's folder.
    """
    parts: list[pd.DataFrame] = []
    failures: list[tuple[str, str, str]] = []
    provenance: list[tuple[None, str, None, str]] = []
    for file in tables.files:
        path = local_files.resolve_path(file, name, "source.files")
        part = read_file(path, tables, card)
        if parts and list(part.columns) != list(parts[0].columns.drop(reserved.PLACE)):
            raise InputError(f"{path}: its columns differ from those of {tables.files[0]}: {raw.listed(part.columns)}")
        if card.columns.image in part.columns:
            pictures, failed = read_pictures(part[card.columns.image], path.parent)
            part[card.columns.image] = pictures
            failures.extend((f"{file}#{row}", "picture", reason) for row, reason in failed)
        first = 1 if path.suffix == ".parquet" else 2
        parts.append(part.assign(**{reserved.PLACE: [f"{file}#{row + first}" for row in range(len(part))]}))
        provenance.append((None, file, None, raw.sha256(path.read_bytes())))
    table = pd.concat(parts, ignore_index=True)
    return RawData(
        samples=raw.as_samples(table, card.columns, name, (reserved.PLACE,)),
        failures=raw.string_table(raw.FAILURES, failures),
        provenance=raw.string_table(raw.PROVENANCE, provenance),
        excluded=raw.string_table(raw.EXCLUDED),
        unused=raw.unused_columns(table.columns.drop(reserved.PLACE), card.columns),
    )


def read_file(path: Path, tables: TableFiles, card: Card) -> pd.DataFrame:
    """Read one file; the end of its name says its format.

    Raises:
        InputError: it can't be read.
    """
    try:
        if path.suffix == ".parquet":
            return pq.read_table(path).to_pandas(integer_object_nulls=True)
        if ".csv" in path.suffixes or ".tsv" in path.suffixes:
            return read_csv(path, tables)
    except UnicodeDecodeError as error:
        fault = f"byte {error.start} is not {tables.encoding}; `source.encoding` in the card can name another encoding"
        raise InputError(f"{path}: {fault}") from None
    except (pa.ArrowException, ValueError, OSError) as error:
        raise InputError(f"{path}: not readable: {' '.join(str(error).split())}") from None
    raise InputError(f"{path}: its name must end in .parquet, .csv or .tsv (.csv.gz is fine)")


def read_csv(path: Path, tables: TableFiles) -> pd.DataFrame:
    """Read a CSV: cells are strings as they are written, empty ones missing."""
    with warnings.catch_warnings():
        # Where rows are longer than the header, pandas only warns and shifts their columns.
        warnings.simplefilter("error", pd.errors.ParserWarning)
        return pd.read_csv(
            path,
            sep="\t" if ".tsv" in path.suffixes else tables.separator,
            encoding=tables.encoding,
            dtype="str",
            keep_default_na=False,
            na_values=[""],
            index_col=False,
            low_memory=False,
        )


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
