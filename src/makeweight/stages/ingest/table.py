"""The sources `table` and `parquet`: CSV and Parquet files, one or several with the same columns."""

import warnings
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from makeweight.core.errors import InputError
from makeweight.core.params import Section
from makeweight.data.card import Card
from makeweight.stages.ingest import local, raw
from makeweight.stages.ingest.raw import Raw


class Tables(Section):
    """Where the files are and how a CSV is written."""

    files: tuple[str, ...]
    separator: str = ","
    encoding: str = "utf-8"


def read(tables: Tables, card: Card, name: str) -> Raw:
    """The rows of all files, one after the other.

    A picture may stand in the table as bytes, as Hugging Face's struct of `bytes` and `path`, or as the name of a file
    relative to the table's folder.
    """
    parts: list[pd.DataFrame] = []
    failures: list[tuple[str, str, str]] = []
    provenance: list[tuple[None, str, None, str]] = []
    for written in tables.files:
        path = local.resolve(written, name, "source.files")
        part = read_file(path, tables, card)
        if parts and list(part.columns) != list(parts[0].columns):
            raise InputError(f"{path}: its columns differ from those of {tables.files[0]}: {raw.listed(part.columns)}")
        if card.columns.image in part.columns:
            pictures, lost = take_pictures(part[card.columns.image], path.parent)
            part[card.columns.image] = pictures
            failures.extend((f"{written}#{row}", "picture", reason) for row, reason in lost)
        parts.append(part)
        provenance.append((None, written, None, raw.sha256(path.read_bytes())))
    table = pd.concat(parts, ignore_index=True)
    return Raw(
        samples=raw.as_samples(table, card.columns, name),
        failures=raw.rows(raw.FAILURES, failures),
        provenance=raw.rows(raw.PROVENANCE, provenance),
        excluded=raw.rows(raw.EXCLUDED),
    )


def read_file(path: Path, tables: Tables, card: Card) -> pd.DataFrame:
    """One file, by the end of its name.

    Raises:
        InputError: it can't be read, said in one line.
    """
    try:
        if path.suffix == ".parquet":
            return pq.read_table(path).to_pandas()
        if ".csv" in path.suffixes or ".tsv" in path.suffixes:
            return read_csv(path, tables, card)
    except UnicodeDecodeError as error:
        told = f"byte {error.start} is not {tables.encoding}; `source.encoding` in the card can name another encoding"
        raise InputError(f"{path}: {told}") from None
    except (pa.ArrowException, ValueError, OSError) as error:
        raise InputError(f"{path}: not readable: {' '.join(str(error).split())}") from None
    raise InputError(f"{path}: its name must end in .parquet, .csv or .tsv (.csv.gz is fine)")


def read_csv(path: Path, tables: Tables, card: Card) -> pd.DataFrame:
    """A CSV: words stay as they are ("NA" is a word), columns that hold nothing but numbers become numbers."""
    columns = card.columns
    words = {name: "str" for name in (*columns.text, *columns.categorical, *columns.money.values()) if name}
    words |= {getattr(columns, role): "str" for role in raw.ROLE_COLUMNS if getattr(columns, role)}
    with warnings.catch_warnings():
        # pandas only warns where the rows are longer than the header, and then shifts their columns.
        warnings.simplefilter("error", pd.errors.ParserWarning)
        return pd.read_csv(
            path,
            sep="\t" if ".tsv" in path.suffixes else tables.separator,
            encoding=tables.encoding,
            dtype=words,
            keep_default_na=False,
            na_values=[""],
            index_col=False,
            low_memory=False,
        )


def take_pictures(values: pd.Series, folder: Path) -> tuple[list[bytes | None], list[tuple[int, str]]]:
    """The pictures' bytes, None where there is none, and row and reason for those that could not be had."""
    pictures: list[bytes | None] = []
    lost: list[tuple[int, str]] = []
    for row, value in enumerate(values):
        try:
            pictures.append(picture(value, folder))
        except ValueError as reason:
            pictures.append(None)
            lost.append((row, str(reason)))
    return pictures, lost


def picture(value: Any, folder: Path) -> bytes | None:
    """The bytes that one cell stands for.

    Raises:
        ValueError: why it can't be had.
    """
    if isinstance(value, dict):
        value = value.get("bytes") or value.get("path")
    if isinstance(value, bytes):
        return value or None
    if isinstance(value, str) and value:
        return local.picture_bytes(value, folder)
    return None
