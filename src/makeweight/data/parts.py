"""A file of samples read and written in parts, so that memory does not grow with its rows."""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import compute

from makeweight.core import files
from makeweight.core.reading import reading
from makeweight.data import mapped, reserved, samples
from makeweight.data.samples import Samples


def count_rows(path: Path) -> int:
    """Return the number of rows of a Parquet file.

    Raises:
        InputError: it cannot be read.
    """
    with reading(path):
        return int(pq.read_metadata(path).num_rows)


def read_whole(path: Path) -> Samples:
    """Return all samples of a file; large columns are out of memory.

    Raises:
        InputError: it cannot be read.
    """
    with reading(path):
        known = pq.read_metadata(path)
    if known.num_row_groups < 2:
        return samples.read(path)
    rows = mapped.Parts()
    for part in arrow_parts(path):
        rows.add(part)
    table = rows.table()
    assert table is not None, "it has several row groups"
    roles = samples.roles_in(table.schema, path)
    return Samples(mapped.table_of(table), roles)


def read_parts(path: Path, columns: Sequence[str]) -> Iterator[pd.DataFrame]:
    """Yield some columns of a file of samples, row group by row group, in order; one empty part where it has no rows.

    Raises:
        InputError: it cannot be read.
    """
    for part in arrow_parts(path, columns):
        with reading(path):
            table = part.to_pandas()
        yield table


def read_train(path: Path, columns: Sequence[str], optional: Sequence[str] = ()) -> pd.DataFrame:
    """Return some columns of the train rows of what the stage `split` wrote; the other rows are never held.

    Args:
        path: of the file.
        columns: that are read.
        optional: further ones, where the file has them.

    Raises:
        InputError: it cannot be read.
    """
    names = samples.column_names(path)
    read = list(dict.fromkeys([*columns, *(name for name in optional if name in names)]))
    kept = []
    for part in arrow_parts(path, list(dict.fromkeys([*read, reserved.SPLIT]))):
        with reading(path):
            kept.append(part.filter(compute.equal(part.column(reserved.SPLIT), "train")).select(read))
    with reading(path):
        return pa.concat_tables(kept).to_pandas()


def arrow_parts(path: Path, columns: Sequence[str] | None = None) -> Iterator[pa.Table]:
    """Yield the row groups of a Parquet file; one empty part where it has none."""
    with reading(path):
        file = pq.ParquetFile(path, page_checksum_verification=True)
    with file:
        for number in range(file.num_row_groups):
            with reading(path):
                part = file.read_row_group(number, columns=None if columns is None else list(columns))
            yield part
        if not file.num_row_groups:
            yield file.schema_arrow.empty_table().select(list(columns or file.schema_arrow.names))


def write_with_columns(source: Path, columns: pd.DataFrame, path: Path) -> None:
    """Write a file of samples with further columns behind its own, row group by row group.

    The bytes are those of `samples.write` for the whole table.

    Args:
        source: the file of samples.
        columns: what is added, as many rows as the file has.
        path: of the new file, which replaces one of that name when it is whole.

    Raises:
        InputError: the source cannot be read.
    """
    added = pa.Table.from_pandas(columns, preserve_index=False)
    with reading(source):
        known = pq.read_schema(source)
    metadata = {**known.metadata, b"pandas": joined_pandas(known.metadata[b"pandas"], added.schema.metadata[b"pandas"])}
    schema = pa.schema([*known, *added.schema], metadata=metadata)
    with files.replacing(path) as partial, pq.ParquetWriter(partial, schema, **samples.PARQUET) as writer:
        start = 0
        for part in arrow_parts(source):
            own = added.slice(start, len(part))
            writer.write_table(pa.table([*part.columns, *own.columns], schema=schema), row_group_size=max(1, len(part)))
            start += len(part)


def joined_pandas(first: bytes, second: bytes) -> bytes:
    """Return what pandas says about the columns of two tables, for the table of both."""
    content: dict[str, Any] = json.loads(first)
    content["columns"] += json.loads(second)["columns"]
    return json.dumps(content).encode("utf8")
