"""The sample table: one row is one sample, columns have roles, pictures are encoded bytes inside the row."""

import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import compute

from makeweight.core import files
from makeweight.core.errors import InputError
from makeweight.core.reading import AGAIN, as_record, reading
from makeweight.data import mapped, reserved
from makeweight.data.pictures import PictureError
from makeweight.data.values.dates import DateFormat

SPLITS = ("train", "validation", "test")
UNUSED = "unused"
"""The split of rows that `split.imbalance` took out of train, or that belong together with rows of a later split."""
PARQUET: dict[str, Any] = {"compression": "zstd", "write_page_checksum": True}
"""How files of samples are written: a damaged page is found when it is read."""
PART_ROWS = 1 << 17
"""Rows of a row group, which is what stages that work in parts hold at once; a multiple of the rows of a shard."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Roles:
    """Which columns are features. Every table has `id` and `label`; `fine_label` and `group` are optional.

    A label is never a feature, and neither is a column that is a function of it.
    """

    image: str | None = None
    text: tuple[str, ...] = ()
    numeric: tuple[str, ...] = ()
    categorical: tuple[str, ...] = ()
    date: tuple[str, ...] = ()
    """Dates and times, in the table as they came in; `with_numbers` gives them as numbers."""
    formats: dict[str, DateFormat] = field(default_factory=dict)
    """Column of dates -> how it is written."""
    money: dict[str, str] = field(default_factory=dict)
    """Numeric column of amounts -> the column that names the currency; empty after `clean`, which converts them."""

    @property
    def modalities(self) -> tuple[str, ...]:
        """The modalities of these columns, in alphabetical order."""
        present = {"image": self.image, "tabular": self.tabular, "text": self.text}
        return tuple(name for name, columns in present.items() if columns)

    @property
    def features(self) -> tuple[str, ...]:
        """All feature columns."""
        return (*([self.image] if self.image else []), *self.text, *self.tabular)

    @property
    def quantities(self) -> tuple[str, ...]:
        """The columns of numbers and of dates."""
        return (*self.numeric, *self.date)

    @property
    def tabular(self) -> tuple[str, ...]:
        """The columns of numbers, of dates and of categories."""
        return (*self.quantities, *self.categorical)

    def with_numbers(self, table: pd.DataFrame) -> pd.DataFrame:
        """Return the table with its columns of dates as float64, NaN where a date is missing."""
        return table.assign(**{name: self.formats[name].to_numbers(table[name]) for name in self.date if name in table})


@dataclass(frozen=True, slots=True)
class Samples:
    """A table of samples with the roles of its columns."""

    table: pd.DataFrame
    roles: Roles

    def __len__(self) -> int:
        return len(self.table)

    def select(self, rows: "pd.Series | Sequence[bool]") -> "Samples":
        """Return the samples where `rows` is true, with a new index from 0."""
        return Samples(self.table[rows].reset_index(drop=True), self.roles)

    def split(self, name: str) -> "Samples":
        """Return one split; the table must have the column `split`."""
        return self.select(self.table[reserved.SPLIT] == name)

    def with_table(self, table: pd.DataFrame) -> "Samples":
        """Return another table with the same roles."""
        return replace(self, table=table)


def write(samples: Samples, path: Path) -> None:
    """Write a Parquet file with the roles in its metadata, row group by row group.

    The bytes depend on the content only.
    """
    table = pa.Table.from_pandas(samples.table, preserve_index=False)
    roles = asdict(samples.roles)
    table = table.replace_schema_metadata({**(table.schema.metadata or {}), b"makeweight": json.dumps(roles).encode()})
    with files.replacing(path) as partial, pq.ParquetWriter(partial, table.schema, **PARQUET) as writer:
        for start in range(0, max(1, len(table)), PART_ROWS):
            writer.write_table(in_one_piece(table.slice(start, PART_ROWS)), row_group_size=PART_ROWS)
            mapped.release()


def in_one_piece(part: pa.Table) -> pa.Table:
    """Return rows whose strings are one array per column: how a file is divided into pages depends on the arrays."""
    for position, column in enumerate(part.columns):
        if column.num_chunks > 1 and pa.types.is_large_string(column.type):
            part = part.set_column(position, part.schema.field(position), column.combine_chunks())
    return part


def read(path: Path, columns: Sequence[str] | None = None, optional: Sequence[str] = ()) -> Samples:
    """Read what `write` wrote; the roles are returned as written.

    Args:
        path: of the file.
        columns: those that are loaded; None: all.
        optional: further ones, where the table has them.

    Raises:
        InputError: the file is missing, is not Parquet, or was not written by `write`.
    """
    with reading(path):
        names = pq.read_schema(path).names
        lacking = [name for name in columns or () if name not in names]
        if lacking:
            raise InputError(f"{path}: no column `{lacking[0]}`; {AGAIN}")
        present = [name for name in optional if name in names]
        # Without check sums a changed bit in a picture or a number would be read as another picture or number.
        chosen = [*columns, *present] if columns else None
        table = pq.read_table(path, columns=chosen, page_checksum_verification=True)
        roles = roles_in(table.schema, path)
        return Samples(table.to_pandas(), roles)


def roles_in(schema: pa.Schema, path: Path) -> Roles:
    """Return the roles that `write` left in the metadata of a file.

    Raises:
        InputError: there are none.
    """
    metadata = (schema.metadata or {}).get(b"makeweight")
    if metadata is None:
        raise InputError(f"{path}: no roles in its metadata; it was not written by makeweight")
    with reading(path):
        return as_record(path, Roles, json.loads(metadata))


@contextmanager
def decoding(path: Path) -> Iterator[None]:
    """Name the file whose pictures are decoded, when one of them cannot be: it was changed after it was written.

    Raises:
        InputError: a picture cannot be read.
    """
    try:
        yield
    except PictureError as error:
        raise InputError(f"{path}: column `image` has a picture that is {error}; {AGAIN}") from None


def read_split(path: Path, columns: Sequence[str] | None = None) -> Samples:
    """Read the table that the stage `split` wrote.

    Args:
        path: of the file.
        columns: those that are loaded beside id, label and split, where the table has them; None: all.

    Raises:
        InputError: it cannot be read, or is the table of another stage.
    """
    names = column_names(path)
    wanted = ("id", "label", reserved.SPLIT)
    found = read(path) if columns is None else read(path, [name for name in wanted if name in names], columns)
    check(found, path, names)
    if reserved.SPLIT not in names:
        raise InputError(f"{path}: no column `{reserved.SPLIT}`; {AGAIN}")
    return found


def column_names(path: Path) -> list[str]:
    """Return the names of the columns in a Parquet file.

    Raises:
        InputError: it cannot be read.
    """
    with reading(path):
        return list(pq.read_schema(path).names)


def check(samples: Samples, path: Path, names: Sequence[str] | None = None) -> None:
    """Check the columns, ids and labels of a table read from `path`.

    Args:
        samples: the table, with id and label at least.
        path: of its file, for messages.
        names: all columns of the file, where the table does not have all of them.

    Raises:
        InputError: a column that the roles name is missing, an id is missing or repeated, or a label is missing.
    """
    table = samples.table
    names = table.columns.tolist() if names is None else names
    for column in ("id", "label", *samples.roles.features):
        if column not in names:
            raise InputError(f"{path}: column `{column}` is missing; it has {', '.join(map(str, names))}")
    if table["id"].isna().any():
        raise InputError(f"{path}: {table['id'].isna().sum()} rows have no `id`; every sample needs one")
    if table["label"].isna().any():
        unlabelled = table["id"][table["label"].isna()]
        raise InputError(f"{path}: sample {unlabelled.iloc[0]!r} has no `label` ({len(unlabelled)} in all have none)")
    if not is_increasing(table["id"]) and (repeated := table["id"].duplicated()).any():
        raise InputError(f"{path}: `id` {table['id'][repeated].iloc[0]!r} is in more than one row; ids must be unique")


def is_increasing(ids: pd.Series) -> bool:
    """Return whether each string is greater than the one before; none becomes an object of Python, as in pandas."""
    if ids.dtype != "str":
        return False
    texts = pa.array(ids)
    texts = texts.combine_chunks() if isinstance(texts, pa.ChunkedArray) else texts
    return texts.null_count == 0 and compute.all(compute.less(texts[:-1], texts[1:]), min_count=0).as_py()


def by_id(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows in the order of their ids; the table itself where they are, since a copy of it may not fit."""
    if is_increasing(table["id"]):
        return table.reset_index(drop=True)
    order = table["id"].reset_index(drop=True).sort_values(kind="stable").index
    return mapped.rows_of(table, order.to_numpy())


def classes(samples: Samples) -> list[str]:
    """Return the class names in sorted order, so that position is class index; those of train if there are splits."""
    table = samples.table
    rows = table["label"] if reserved.SPLIT not in table else table.loc[table[reserved.SPLIT] == "train", "label"]
    return sorted(rows.unique())
