"""A table in a file, understood as by `makeweight add`: what is learned from in a contest, and what is left out."""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from makeweight.cards import labels, tables
from makeweight.cards.found import Column, Described, Role
from makeweight.core.errors import InputError
from makeweight.core.names import readable
from makeweight.data.values import Reading, Remedies
from makeweight.data.values.dates import DateFormat
from makeweight.data.values.reading import counted
from makeweight.trial.compare import LEAST_GROUPS, MOST_CLASSES

USED: tuple[Role, ...] = ("numeric", "categorical", "date")
LEFT_OUT: tuple[Role, ...] = ("ignored", "id")
FOR_A_PROJECT: dict[Role, str] = {"text": "texts", "image": "pictures"}
"""Roles that a contest in one process does not learn from."""
REMEDIES = Remedies(
    categorical="a card (`makeweight add`) can name the column under `categorical`",
    decimal='a card (`makeweight add`) can say `decimal: "{sign}"`',
    missing="a card (`makeweight add`) can say which words mean missing",
    number="numbers would be right; or a card (`makeweight add`) can name the column under `categorical`",
    as_date="if they are dates, a card (`makeweight add`) can name the column under `date`",
)


@dataclass(frozen=True)
class Understood:
    """What a contest is about, and what a user is told of it."""

    X: pd.DataFrame
    y: pd.Series
    groups: pd.Series | None
    columns: tuple[Column, ...]
    notes: tuple[str, ...]
    """Rows that were dropped and values that were changed, a line each."""
    categorical: tuple[str, ...] = ()
    title: str = ""

    @property
    def ignored(self) -> list[Column]:
        """The columns that nothing is learned from."""
        return [column for column in self.columns if column.role in LEFT_OUT]


def understand(path: Path, label: str | None, rare: str | None, group: str | None) -> Understood:
    """Read a table and find out what its columns are.

    Raises:
        InputError: names the file, the column, and what would be right.
    """
    source = tables.read(path)
    found = tables.understand(source, label, group, most_classes=MOST_CLASSES, remedies=REMEDIES)
    place, readings = readable(str(path)), found.described.readings
    check_rare(place, found.label, rare, found.classes)
    columns = tuple(map(as_usable, found.described.columns))
    tables.check_features(columns, found.label, place, USED)
    present = found.classes.notna().to_numpy()
    y = found.classes[present].reset_index(drop=True)
    used = {column.name: values_of(readings[column.name])[present] for column in columns if column.role in USED}
    frame = pd.DataFrame({name: values.reset_index(drop=True) for name, values in used.items()})
    groups, told = groups_of(place, found.described, present, y, group)
    notes = [*found.notes, *told]
    categorical = tuple(column.name for column in columns if column.role == "categorical")
    title = f"{place}: {counted(len(frame), 'row')}, {counted(source.table.shape[1], 'column')}"
    return Understood(frame, y, groups, columns, tuple(notes), categorical, title)


def as_usable(column: Column) -> Column:
    """Return a column as a contest takes it: one that it cannot use is ignored, with what would use it."""
    if column.role not in FOR_A_PROJECT:
        return column
    why = f"{FOR_A_PROJECT[column.role]}: `makeweight init`, then `makeweight add`, use them"
    return replace(column, role="ignored", why=why)


def values_of(reading: Reading) -> pd.Series:
    """Return a column as `compare` takes it: numbers, dates as numbers, or words."""
    if isinstance(reading.format, DateFormat):
        return pd.Series(reading.format.to_numbers(reading.values), index=reading.values.index)
    return reading.values


def groups_of(
    place: str, described: Described, present: np.ndarray, y: pd.Series, named: str | None
) -> tuple[pd.Series | None, list[str]]:
    """Return what each row with a label belongs to, where a column says it, and a line on one that was not named.

    Raises:
        InputError: the user did not name it, and a class is in too few groups to be split by them.
    """
    for column in described.columns:
        if column.role == "group":
            groups = units_of(described.readings[column.name].values[present])
            return groups, [found_group(place, column.name, groups, y)] if named is None else []
    return None, []


def units_of(values: pd.Series) -> pd.Series:
    """Return what each row belongs to; a row without a group belongs to itself alone."""
    codes = pd.factorize(values)[0]
    alone = codes < 0
    codes[alone] = len(codes) + np.flatnonzero(alone)
    return pd.Series(codes)


def found_group(place: str, name: str, groups: pd.Series, y: pd.Series) -> str:
    """Return the line on a group that the user did not name.

    Raises:
        InputError: a class is in too few groups to be split by them.
    """
    for label, own in groups.groupby(y):
        if len(own) >= labels.LEAST_ROWS and own.nunique() < LEAST_GROUPS:
            raise InputError(
                f"{place}: column {name!r} groups rows, and class {label!r} is in {own.nunique()} of its groups; "
                f"{LEAST_GROUPS} for each class would be right, or a table without the column if rows are independent"
            )
    return (
        f"rows with the same `{name}` stay on one side of every split, as rows of one patient or customer do; where "
        "rows are independent, leave the column out of the table"
    )


def check_rare(place: str, label: str, rare: str | None, classes: pd.Series) -> None:
    """Refuse a class that `--rare` names where there is none."""
    known = sorted(classes.dropna().unique())
    if rare is not None and rare not in known:
        hint = labels.hint(rare, known, "its classes are")
        raise InputError(f"{place}: `--rare`: column {label!r} has no class {rare!r}; {hint}")
