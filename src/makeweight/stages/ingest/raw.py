"""What every source returns, and how a source's columns become those of the sample table."""

import difflib
import hashlib
import hmac
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import compute

from makeweight.core.errors import InputError
from makeweight.core.names import listed
from makeweight.data import changes, mapped, reserved
from makeweight.data.card import ROLE_COLUMNS, Columns
from makeweight.data.samples import Samples, by_id
from makeweight.data.values import Reading, read_identifier, read_text

FAILURES = ("url", "kind", "reason")
EXCLUDED = ("url", "kind", "rule")
PROVENANCE = ("id", "url", "status", "sha256")
PLACE = re.compile(r"(?s)(?P<file>.*)#(?P<row>[0-9]+)")
"""Where a row stands: the file's name, # and the row in it."""
PLACES_AT_ONCE = 1 << 17


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
    separator: str | None = None
    """Between the columns of a delimited file."""
    unused: tuple[str, ...] = ()
    """Columns of the source that the card gives no role."""
    scratch: Path | None = None
    """A folder that is needed until the samples are written: with it they need not be fetched again."""


def string_table(columns: Sequence[str], rows: Sequence[Sequence[Any]] = ()) -> pd.DataFrame:
    """Return a table of strings (integers for `status`), whose columns have these types even without rows."""
    table = pd.DataFrame(list(rows), columns=list(columns))
    return table.astype({name: "Int64" if name == "status" else "string" for name in columns})


def as_samples(table: pd.DataFrame, columns: Columns, name: str, carried: Sequence[str] = ()) -> Samples:
    """Return the source's table with its columns named by role, sorted by id; without an id rows are numbered.

    Cells of features stay as they are.

    Args:
        table: as the source has it.
        columns: the card's columns by role.
        name: of the card's file, for messages.
        carried: columns of our own (`data.reserved`) that come through.

    Raises:
        InputError: the card names a column that the source does not have, or a row has no id.
    """
    single = {role: getattr(columns, role) for role in ROLE_COLUMNS if getattr(columns, role)}
    check_names(table, columns, name)
    parts: dict[str, pd.Series] = {}
    for role, column in single.items():
        read = read_text if role == "label" else read_identifier
        cells = table[column] if role == "image" else as_text(table[column], column, name, read)
        parts[role] = mapped.on_disk(cells)
        mapped.release()
    if "id" in parts:
        check_ids(parts["id"], table, single["id"], name)
    else:
        numbers = pa.array(np.arange(len(table))).cast(pa.large_string())
        padded = compute.utf8_lpad(numbers, len(str(len(table))), "0")
        parts["id"] = mapped.on_disk(pd.Series(padded, index=table.index, dtype="str"))
    front = {role: parts[role] for role in ROLE_COLUMNS if role in parts}
    names = {columns.table_name(column): column for column in columns.features}
    features = {own: table[column] for own, column in names.items() if own not in front}
    own = {column: table[column] for column in carried}
    named = mapped.frame(front | features | own).set_axis(range(len(table)))
    return Samples(by_id(named), columns.roles)


def check_names(table: pd.DataFrame, columns: Columns, name: str) -> None:
    """Check that the source has the columns that the card names.

    Raises:
        InputError: one is missing, is there twice, or has a reserved name.
    """
    single = {role: getattr(columns, role) for role in ROLE_COLUMNS if getattr(columns, role)}
    kinds = {kind: getattr(columns, kind) for kind in ("text", "numeric", "categorical", "date")}
    named = [*single.items(), *((kind, column) for kind, found in kinds.items() for column in found)]
    for role, column in [*named, *(("money", column) for column in columns.money.values())]:
        if column not in table.columns:
            own = [str(known) for known in table.columns if known != reserved.PLACE]
            near = difflib.get_close_matches(column, own, 1)
            hint = f"; did you mean {near[0]!r}" if near else ""
            raise InputError(f"{name}: `columns.{role}` names {column!r}, which is not among {listed(own)}{hint}")
        if isinstance(table[column], pd.DataFrame):
            raise InputError(f"{name}: the source has several columns {column!r}; each needs a name of its own")
    taken = [column for column in columns.features if str(column).startswith(reserved.PREFIX)]
    if taken:
        raise InputError(f"{name}: the column `{taken[0]}` needs another name: `{reserved.PREFIX}` is reserved")


def check_ids(ids: pd.Series, table: pd.DataFrame, column: str, name: str) -> None:
    """Check that every row has an id of its own.

    Raises:
        InputError: names the first row without one, or the first two rows with the same one.
    """
    absent = ids.isna().to_numpy()
    if absent.any():
        row = place_text(place_of(table, int(absent.argmax())))
        raise InputError(
            f"{name}: {row} has no id in column `{column}` ({absent.sum():,} in all); fill it in, or take `id` out of "
            "`columns`: then rows are numbered"
        )
    repeated = ids.duplicated().to_numpy()
    if repeated.any():
        value = ids.iloc[int(repeated.argmax())]
        rows = [place_text(place_of(table, row)) for row in np.flatnonzero(ids == value)[:2]]
        raise InputError(
            f"{name}: `id` {value!r} is in more than one row, {rows[0]} and {rows[1]}, column `{column}` "
            f"({repeated.sum():,} repeats in all); ids must be unique: correct them, or if they name what several "
            f"rows are of, `columns: {{group: {column}}}` without `id` keeps these rows in one split"
        )


def place_of(table: pd.DataFrame, row: int) -> str:
    """Return where a row stands in its source: file, # and row, as the reader says it, or else its number."""
    if reserved.PLACE in table:
        return str(table[reserved.PLACE].iloc[row])
    return f"id {table['id'].iloc[row]}" if "id" in table else f"#{row + 1}"


def files_and_rows(places: pd.Series) -> tuple[list[str], np.ndarray, np.ndarray]:
    """Return the names of files in order, and for each row the position of its file among them and its row in it."""
    texts = pa.array(places, pa.large_string())
    known: dict[str, int] = {}
    codes, rows = [np.empty(0, dtype=np.int32)], [np.empty(0, dtype=np.int64)]
    for chunk in texts.chunks if isinstance(texts, pa.ChunkedArray) else [texts]:
        for start in range(0, len(chunk), PLACES_AT_ONCE):
            found = compute.extract_regex(chunk[start : start + PLACES_AT_ONCE], PLACE.pattern)
            file, row = found.flatten()
            named = file.dictionary_encode()
            own = [known.setdefault(name, len(known)) for name in named.dictionary.to_pylist()]
            codes.append(np.array(own, dtype=np.int32)[named.indices.to_numpy()])
            rows.append(row.cast(pa.int64()).to_numpy())
    names = sorted(known)
    ranks = {name: rank for rank, name in enumerate(names)}
    order = np.array([ranks[name] for name in known], dtype=np.int32)
    return names, order[np.concatenate(codes)], np.concatenate(rows)


def place_text(place: str) -> str:
    """Return a row's place in words."""
    file, mark, row = place.rpartition("#")
    return (f"row {row} of {file}" if file else f"row {row}") if mark else place


def renamed_notes(columns: Columns) -> list[str]:
    """Return a line for each feature whose name is that of a role."""
    renamed = {column: columns.table_name(column) for column in columns.features}
    return [
        f"column `{column}` is a feature and has the name of a role; it is called `{own}` from here on"
        for column, own in renamed.items()
        if own != column
    ]


def unused_columns(names: Iterable[object], columns: Columns) -> tuple[str, ...]:
    """Return the columns of the source that have no role in the card, in the source's order."""
    single = {getattr(columns, role) for role in ROLE_COLUMNS}
    several = {*columns.text, *columns.numeric, *columns.categorical, *columns.date, *columns.money.values()}
    ours = reserved.PREFIX
    return tuple(str(name) for name in names if name not in single | several and not str(name).startswith(ours))


def as_text(
    cells: pd.Series, column: str, name: str, read: Callable[[pd.Series, str], Reading] = read_identifier
) -> pd.Series:
    """Return ids, labels or groups as strings with every digit: whole numbers without a decimal point, gaps as gaps.

    White space around ids and groups is taken off; that of labels is left to their own reader, which tells it.

    Raises:
        InputError: lists, structs or bytes; names the column.
    """
    try:
        return read(cells, column).values.astype("str")
    except InputError as error:
        raise InputError(f"{name}: {error}") from None


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


def sha256(content: bytes) -> str:
    """Return the SHA-256 digest in hexadecimal."""
    return hashlib.sha256(content).hexdigest()
