"""What every source delivers, and how a source's columns become those of the sample table."""

import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from makeweight.core.errors import InputError
from makeweight.data.card import Columns
from makeweight.data.samples import Samples

ROLE_COLUMNS = ("id", "label", "fine_label", "group", "image")
"""Roles with one column, which is renamed to its role."""

FAILURES = ("url", "kind", "reason")
EXCLUDED = ("url", "kind", "rule")
PROVENANCE = ("id", "url", "status", "sha256")


@dataclass(frozen=True, slots=True)
class Raw:
    """Samples as the source has them, and an account of everything else.

    `failures` has one row (`url, kind, reason`) for everything that could not be had, `excluded` one row (`url, kind,
    rule`) for every URL that was left alone because of a rule, `provenance` (`id, url, status, sha256`) one row for
    every answer or file that a sample comes from. `counts` are further numbers for the metrics.
    """

    samples: Samples
    failures: pd.DataFrame
    provenance: pd.DataFrame
    excluded: pd.DataFrame
    counts: dict[str, int] = field(default_factory=dict)


def rows(columns: Sequence[str], content: Sequence[Sequence[Any]] = ()) -> pd.DataFrame:
    """A table of strings (and whole numbers for `status`), also where there is no row."""
    table = pd.DataFrame(list(content), columns=list(columns))
    return table.astype({name: "Int64" if name == "status" else "string" for name in columns})


def as_samples(table: pd.DataFrame, columns: Columns, name: str) -> Samples:
    """The source's table under the names of the roles, sorted by id; a missing `id` is the row's number.

    Raises:
        InputError: the card names a column that the source lacks, or a role's column stands for two roles.
    """
    wanted = {role: getattr(columns, role) for role in ROLE_COLUMNS if getattr(columns, role)}
    features = (*columns.text, *columns.numeric, *columns.categorical, *columns.money.values())
    for role, column in [*wanted.items(), *((column, column) for column in features)]:
        if column not in table.columns:
            raise InputError(f"{name}: `columns.{role}` names {column!r}, which is not among {listed(table.columns)}")
    taken = table[list(dict.fromkeys([*wanted.values(), *features]))]
    clash = [column for column in features if column in ROLE_COLUMNS and wanted.get(column) != column]
    if clash:
        raise InputError(f"{name}: the column `{clash[0]}` needs another name; it is that of a role")
    renamed = taken.rename(columns={column: role for role, column in wanted.items() if column not in features})
    for role, column in wanted.items():
        if column in features:
            renamed[role] = taken[column]
    if "id" not in renamed:
        renamed.insert(0, "id", [f"{number:0{len(str(len(table)))}d}" for number in range(len(table))])
    for role in ("id", "label", "fine_label", "group"):
        if role in renamed:
            renamed[role] = as_text(renamed[role])
    front = [role for role in ROLE_COLUMNS if role in renamed]
    ordered = renamed[[*front, *(column for column in renamed.columns if column not in front)]]
    return Samples(ordered.sort_values("id", ignore_index=True, kind="stable"), columns.roles)


def as_text(values: pd.Series) -> pd.Series:
    """Labels and names as strings; whole numbers without a decimal point, missing ones stay missing."""
    if pd.api.types.is_float_dtype(values) and (values.dropna() % 1 == 0).all():
        values = values.astype("Int64")
    return values.astype("string").astype(object).where(values.notna(), None).astype("str")


def with_pseudonyms(samples: Samples, key: str) -> Samples:
    """Vendors under a keyed hash: the same vendor has the same pseudonym, and without the key nobody can look it up."""
    if "group" not in samples.table:
        return samples
    names = samples.table["group"]
    hidden = {
        name: "v" + hmac.new(key.encode(), str(name).encode(), hashlib.sha256).hexdigest()[:16]
        for name in names.dropna().unique()
    }
    return samples.with_table(samples.table.assign(group=names.map(hidden)))


def check_labels(samples: Samples, name: str) -> None:
    """A data set needs at least two classes.

    Raises:
        InputError: there is no sample, or all have the same label.
    """
    found = samples.table["label"].dropna().unique()
    if len(found) < 2:
        told = f"only one, {found[0]!r}" if len(found) else "none"
        raise InputError(f"{name}: `columns.label` needs at least two classes; the source has {told}")


def listed(names: Any) -> str:
    """Names in one line, the rest counted where there are many."""
    names = [str(name) for name in names]
    return ", ".join(names[:20]) + (f" and {len(names) - 20} more" if len(names) > 20 else "")


def sha256(content: bytes) -> str:
    """Hexadecimal digest."""
    return hashlib.sha256(content).hexdigest()
