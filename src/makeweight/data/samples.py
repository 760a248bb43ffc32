"""The sample table: one row is one sample, columns have roles, pictures are encoded bytes inside the row."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from makeweight.core import files
from makeweight.core.errors import InputError
from makeweight.data import reserved
from makeweight.data.values.dates import DateFormat

SPLITS = ("train", "validation", "test")
UNUSED = "unused"
"""The split of rows that `split.imbalance` took out of train, or that belong together with rows of a later split."""


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
    """Write a Parquet file with the roles in its metadata; the bytes depend on the content only."""
    table = pa.Table.from_pandas(samples.table, preserve_index=False)
    roles = asdict(samples.roles)
    table = table.replace_schema_metadata({**(table.schema.metadata or {}), b"makeweight": json.dumps(roles).encode()})
    with files.replacing(path) as partial:
        pq.write_table(table, partial, compression="zstd")


def read(path: Path, columns: Sequence[str] | None = None, optional: Sequence[str] = ()) -> Samples:
    """Read what `write` wrote; the roles are returned as written.

    Args:
        path: of the file.
        columns: those that are loaded; None: all.
        optional: further ones, where the table has them.

    Raises:
        InputError: the file is missing, is not Parquet, or was not written by `write`.
    """
    try:
        present = [name for name in optional if name in pq.read_schema(path).names] if optional else []
        table = pq.read_table(path, columns=[*columns, *present] if columns else None)
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; run the stage that writes it (`dvc repro`)") from None
    except pa.ArrowException as error:
        raise InputError(f"{path}: not a readable Parquet file: {error}") from None
    metadata = (table.schema.metadata or {}).get(b"makeweight")
    if metadata is None:
        raise InputError(f"{path}: no roles in its metadata; it was not written by makeweight")
    values = json.loads(metadata)
    roles = Roles(
        image=values["image"],
        text=tuple(values["text"]),
        numeric=tuple(values["numeric"]),
        categorical=tuple(values["categorical"]),
        date=tuple(values.get("date", ())),
        formats={name: DateFormat.from_json(written) for name, written in values.get("formats", {}).items()},
        money=values["money"],
    )
    return Samples(table.to_pandas(), roles)


def check(samples: Samples, path: Path) -> None:
    """Check the columns, ids and labels of a table read from `path`.

    Raises:
        InputError: a column that the roles name is missing, an id is missing or repeated, or a label is missing.
    """
    table = samples.table
    for column in ("id", "label", *samples.roles.features):
        if column not in table.columns:
            raise InputError(f"{path}: column `{column}` is missing; it has {', '.join(map(str, table.columns))}")
    if table["id"].isna().any():
        raise InputError(f"{path}: {table['id'].isna().sum()} rows have no `id`; every sample needs one")
    if table["label"].isna().any():
        unlabelled = table["id"][table["label"].isna()]
        raise InputError(f"{path}: sample {unlabelled.iloc[0]!r} has no `label` ({len(unlabelled)} in all have none)")
    repeated = table["id"].duplicated()
    if repeated.any():
        raise InputError(f"{path}: `id` {table['id'][repeated].iloc[0]!r} is in more than one row; ids must be unique")


def classes(samples: Samples) -> list[str]:
    """Return the class names in sorted order, so that position is class index; those of train if there are splits."""
    table = samples.table
    rows = table["label"] if reserved.SPLIT not in table else table.loc[table[reserved.SPLIT] == "train", "label"]
    return sorted(rows.unique())
