"""What every source returns, and how a source's columns become those of the sample table."""

import hashlib
import hmac
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from makeweight.core.errors import InputError
from makeweight.data import changes, reserved
from makeweight.data.card import Columns
from makeweight.data.samples import Samples

ROLE_COLUMNS = ("id", "label", "fine_label", "group", "image")
"""Roles of a single column, which gets the role's name."""

FAILURES = ("url", "kind", "reason")
EXCLUDED = ("url", "kind", "rule")
PROVENANCE = ("id", "url", "status", "sha256")


@dataclass(frozen=True, slots=True)
class RawData:
    """Samples as the source has them, and tables about everything else."""

    samples: Samples
    failures: pd.DataFrame
    """`url, kind, reason` of everything that could not be read."""
    provenance: pd.DataFrame
    """`id, url, status, sha256` of every response or file that a sample comes from."""
    excluded: pd.DataFrame
    """`url, kind, rule` of every URL, file or row that a rule excludes; a row's kind is `row`."""
    counts: dict[str, int] = field(default_factory=dict)
    """Further numbers for the metrics."""
    notes: tuple[str, ...] = ()
    """What was decided or left out, one line each for the user."""
    changed: pd.DataFrame = field(default_factory=lambda: changes.table_of(()))
    """What was read as something else than it was written, as `changes.table_of` has it."""
    unused: tuple[str, ...] = ()
    """Columns of the source that the card gives no role."""


def string_table(columns: Sequence[str], rows: Sequence[Sequence[Any]] = ()) -> pd.DataFrame:
    """Return a table of strings (integers for `status`), whose columns have these types even without rows."""
    table = pd.DataFrame(list(rows), columns=list(columns))
    return table.astype({name: "Int64" if name == "status" else "string" for name in columns})


def as_samples(table: pd.DataFrame, columns: Columns, name: str, carried: Sequence[str] = ()) -> Samples:
    """Return the source's table with its columns named by role, sorted by id; without an id rows are numbered.

    Args:
        table: as the source has it.
        columns: the card's columns by role.
        name: of the card's file, for messages.
        carried: columns of our own (`data.reserved`) that come through.

    Raises:
        InputError: the card names a column that the source does not have, or a feature has a role's name.
    """
    single = {role: getattr(columns, role) for role in ROLE_COLUMNS if getattr(columns, role)}
    features = (*columns.text, *columns.numeric, *columns.categorical, *columns.money.values())
    for role, column in [*single.items(), *((column, column) for column in features)]:
        if column not in table.columns:
            raise InputError(f"{name}: `columns.{role}` names {column!r}, which is not among {listed(table.columns)}")
    taken = [column for column in features if str(column).startswith(reserved.PREFIX)]
    if taken:
        raise InputError(f"{name}: the column `{taken[0]}` needs another name: `{reserved.PREFIX}` is reserved")
    selected = table[list(dict.fromkeys([*single.values(), *features, *carried]))]
    clash = [column for column in features if column in ROLE_COLUMNS and single.get(column) != column]
    if clash:
        raise InputError(f"{name}: the column `{clash[0]}` needs another name, which is not that of a role")
    renamed = selected.rename(columns={column: role for role, column in single.items() if column not in features})
    for role, column in single.items():
        if column in features:
            renamed[role] = selected[column]
    if "id" not in renamed:
        renamed.insert(0, "id", [f"{number:0{len(str(len(table)))}d}" for number in range(len(table))])
    for role in ("id", "label", "fine_label", "group"):
        if role in renamed:
            renamed[role] = as_text(renamed[role])
    front = [role for role in ROLE_COLUMNS if role in renamed]
    ordered = renamed[[*front, *(column for column in renamed.columns if column not in front)]]
    return Samples(ordered.sort_values("id", ignore_index=True, kind="stable"), columns.roles)


def unused_columns(names: Iterable[object], columns: Columns) -> tuple[str, ...]:
    """Return the columns of the source that have no role in the card, in the source's order."""
    single = {getattr(columns, role) for role in ROLE_COLUMNS}
    several = {*columns.text, *columns.numeric, *columns.categorical, *columns.date, *columns.money.values()}
    return tuple(str(name) for name in names if name not in single | several)


def as_text(values: pd.Series) -> pd.Series:
    """Return labels or names as strings: whole numbers without a decimal point, missing ones still missing."""
    if pd.api.types.is_float_dtype(values) and (values.dropna() % 1 == 0).all():
        values = values.astype("Int64")
    return values.astype("string").astype(object).where(values.notna(), None).astype("str")


def with_pseudonyms(samples: Samples, key: str) -> Samples:
    """Return the samples with vendors replaced by a keyed hash, which nobody can look up without the key."""
    if "group" not in samples.table:
        return samples
    names = samples.table["group"]
    pseudonyms = {
        name: "v" + hmac.new(key.encode(), str(name).encode(), hashlib.sha256).hexdigest()[:16]
        for name in names.dropna().unique()
    }
    return samples.with_table(samples.table.assign(group=names.map(pseudonyms)))


def check_labels(samples: Samples, name: str) -> None:
    """Check that there are at least two classes.

    Raises:
        InputError: there is no sample, or all have the same label.
    """
    labels = samples.table["label"].dropna().unique()
    if len(labels) < 2:
        found = f"only one, {labels[0]!r}" if len(labels) else "none"
        raise InputError(f"{name}: `columns.label` needs at least two classes; the source has {found}")


def listed(names: Any) -> str:
    """Return names in one line; of more than 20 the rest is counted."""
    names = [str(name) for name in names]
    return ", ".join(names[:20]) + (f" and {len(names) - 20} more" if len(names) > 20 else "")


def sha256(content: bytes) -> str:
    """Return the SHA-256 digest in hexadecimal."""
    return hashlib.sha256(content).hexdigest()
