"""Parquet files as tables: whole numbers beside gaps, decimals, dates and words come out as they are in the file."""

from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from makeweight.core.errors import InputError
from makeweight.core.params import one_line
from makeweight.data import mapped

MAGIC = b"PAR1"
NULLABLE = {pa.uint64(): pd.UInt64Dtype(), pa.bool_(): pd.BooleanDtype()}


def read_parquet(source: Path | bytes) -> pd.DataFrame:
    """Return the columns of one Parquet file.

    Whole numbers with gaps are `Int64`, never floats; decimals are `Decimal`, dates and times of day Python's; what
    pandas kept as an index is a column like the others.

    Raises:
        InputError: it cannot be read.
    """
    try:
        with pq.ParquetFile(pa.BufferReader(source) if isinstance(source, bytes) else source) as file:
            table = rows_of(file)
        table = with_range_index(table)
        columns = [mapped.on_disk(to_series(table.column(index))) for index in range(table.num_columns)]
    except (pa.ArrowException, OSError, ValueError) as error:
        raise InputError(f"not readable: {one_line(str(error))}") from None
    frame = pd.concat(columns, axis=1) if columns else pd.DataFrame()
    frame.columns = pd.Index(table.column_names, dtype="str")
    return frame


def rows_of(file: pq.ParquetFile) -> pa.Table:
    """Return the rows of a file, which are out of memory where they are many; no column is coded by a dictionary."""
    known = file.schema_arrow
    plain = [field.with_type(field.type.value_type) if pa.types.is_dictionary(field.type) else field for field in known]
    schema = pa.schema(plain, metadata=known.metadata)
    parts = mapped.Parts()
    for number in range(file.num_row_groups):
        parts.add(file.read_row_group(number).cast(schema))
    table = parts.table()
    return schema.empty_table() if table is None else table


def with_range_index(table: pa.Table) -> pa.Table:
    """Return the table with a named index that pandas wrote as a range (start, stop, step), not as a column."""
    for index in (table.schema.pandas_metadata or {}).get("index_columns", []):
        if isinstance(index, dict) and index.get("name") and index["name"] not in table.column_names:
            values = range(index["start"], index["stop"], index["step"])
            if len(values) == table.num_rows:
                table = table.append_column(str(index["name"]), pa.array(values, pa.int64()))
    return table


def to_series(column: pa.ChunkedArray) -> pd.Series:
    """Return one column with a type that loses nothing."""
    kind = column.type
    if isinstance(kind, pa.BaseExtensionType):
        column = pa.chunked_array([chunk.storage for chunk in column.chunks], kind.storage_type)
        kind = column.type
    if pa.types.is_null(kind):
        return pd.Series([None] * len(column), dtype="str")
    if column.null_count and (pa.types.is_integer(kind) or pa.types.is_boolean(kind)):
        nullable = NULLABLE.get(kind, pd.Int64Dtype())
        return column.to_pandas(types_mapper=lambda _: nullable).astype(nullable)
    return column.to_pandas()
