"""The one table that flows: one row is one sample, columns have roles, pictures are encoded bytes inside the row."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from makeweight.core import files
from makeweight.core.errors import InputError

SPLITS = ("train", "validation", "test")


@dataclass(frozen=True, kw_only=True, slots=True)
class Roles:
    """Which columns are features. `id` and `label` are always there; `fine_label` and `group` where the card has them.

    A label never serves as a feature, and neither does a column that is a function of it.
    """

    image: str | None = None
    text: tuple[str, ...] = ()
    numeric: tuple[str, ...] = ()
    categorical: tuple[str, ...] = ()
    money: dict[str, str] = field(default_factory=dict)
    """Amounts: numeric column -> the column that names its currency. Empty once `clean` has converted them."""

    @property
    def modalities(self) -> tuple[str, ...]:
        """The modalities that these columns carry, in name order."""
        present = {"image": self.image, "tabular": self.numeric or self.categorical, "text": self.text}
        return tuple(name for name, columns in present.items() if columns)

    @property
    def features(self) -> tuple[str, ...]:
        """All feature columns."""
        return (*([self.image] if self.image else []), *self.text, *self.numeric, *self.categorical)


@dataclass(frozen=True, slots=True)
class Samples:
    """A table of samples with the roles of its columns."""

    table: pd.DataFrame
    roles: Roles

    def __len__(self) -> int:
        return len(self.table)

    def select(self, rows: "pd.Series | Sequence[bool]") -> "Samples":
        """The samples where `rows` is true, numbered anew from 0."""
        return Samples(self.table[rows].reset_index(drop=True), self.roles)

    def split(self, name: str) -> "Samples":
        """One split; the table must come from `split`."""
        return self.select(self.table["split"] == name)

    def with_table(self, table: pd.DataFrame) -> "Samples":
        """Another table with the same roles."""
        return replace(self, table=table)


def write(samples: Samples, path: Path) -> None:
    """Write Parquet with the roles in the schema's metadata; the bytes depend on the content only."""
    table = pa.Table.from_pandas(samples.table, preserve_index=False)
    roles = {
        "image": samples.roles.image,
        "text": list(samples.roles.text),
        "numeric": list(samples.roles.numeric),
        "categorical": list(samples.roles.categorical),
        "money": samples.roles.money,
    }
    table = table.replace_schema_metadata({**(table.schema.metadata or {}), b"makeweight": json.dumps(roles).encode()})
    with files.replacing(path) as partial:
        pq.write_table(table, partial, compression="zstd")


def read(path: Path, columns: Sequence[str] | None = None) -> Samples:
    """Read what `write` wrote; `columns` limits what is loaded (the roles stay as written)."""
    try:
        table = pq.read_table(path, columns=list(columns) if columns else None)
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; run the stage that writes it (`dvc repro`)") from None
    except pa.ArrowException as error:
        raise InputError(f"{path}: not a readable Parquet file: {error}") from None
    written = (table.schema.metadata or {}).get(b"makeweight")
    if written is None:
        raise InputError(f"{path}: no roles in its metadata; it was not written by makeweight")
    values = json.loads(written)
    roles = Roles(
        image=values["image"],
        text=tuple(values["text"]),
        numeric=tuple(values["numeric"]),
        categorical=tuple(values["categorical"]),
        money=values["money"],
    )
    return Samples(table.to_pandas(), roles)


def check(samples: Samples, path: Path) -> None:
    """The contract of the table, said of the file it came from.

    Raises:
        InputError: a column that the roles name is missing, an id is missing or stands twice, or a label is missing.
    """
    table = samples.table
    for column in ("id", "label", *samples.roles.features):
        if column not in table.columns:
            raise InputError(f"{path}: column `{column}` is missing; it has {', '.join(map(str, table.columns))}")
    if table["id"].isna().any() or table["label"].isna().any():
        raise InputError(f"{path}: every sample needs an `id` and a `label`")
    if table["id"].duplicated().any():
        raise InputError(f"{path}: `id` {table['id'][table['id'].duplicated()].iloc[0]!r} stands twice")


def classes(samples: Samples) -> list[str]:
    """The class names in sorted order, taken from the train split where there are splits: position is class index."""
    table = samples.table
    rows = table["label"] if "split" not in table else table.loc[table["split"] == "train", "label"]
    return sorted(rows.unique())
