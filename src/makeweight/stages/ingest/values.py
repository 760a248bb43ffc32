"""What the cells of a source mean: each column is read once, here, and every change is told."""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
import pandas as pd

from makeweight.core.errors import InputError
from makeweight.data import changes, mapped, reserved
from makeweight.data.card import Card, ColumnFormat
from makeweight.data.samples import Roles, Samples, by_id
from makeweight.data.values import (
    Change,
    DateFormat,
    DecimalEvidence,
    Reading,
    read_category,
    read_date,
    read_label,
    read_number,
    read_text,
)
from makeweight.data.values.date_finding import native_kind, plain_types
from makeweight.stages.ingest import empty_columns, label_checks, raw, table_evidence
from makeweight.stages.ingest.raw import RawData

ROW = re.compile(r"(?:(?<=\()|(?<=first in )|(?<=first: ))row (\d+)(?=\))")
"""The row of a message about a column."""
WORDS = ("category", "text")
"""Kinds of columns whose values are strings."""
NAMES = {
    "date": "read as dates",
    "missing": "read as missing",
    "decimal": "decimal sign",
    "percent": "per cent sign taken off",
    "currency": "currency taken off",
    "unit": "unit taken off",
    "boolean": "yes and no read as numbers",
    "negative": "read as a negative number",
    "precision": "digits lost",
    "infinite": "infinite number read as missing",
    "unread": "not readable, read as missing",
    "spelling": "white space, entities or invisible characters taken out",
    "classes": "classes written in two ways",
}
"""Kind of a change -> its name in data/ingest/changed.parquet."""


@dataclass
class Told:
    """Collects what the user is told while the columns are read."""

    notes: list[str] = field(default_factory=list)
    changed: list[changes.Change] = field(default_factory=list)

    def add(self, column: str, found: Iterable[Change]) -> None:
        """Add the changes of one column; those that change nothing are only said."""
        for one in found:
            self.notes.append(one.text)
            name = NAMES.get(one.what, one.what)
            self.changed.append(changes.Change(column, name, one.count, one.examples, one.remedy))


def with_values(data: RawData, card: Card, name: str) -> RawData:
    """Return the data with rows that have a label only, and with numbers, dates and words instead of cells.

    The table holds float64 for numbers (NaN where one is missing), dates as they came in, and strings; `mw_unread`
    names the first cell of a row that could not be read as a number.

    Args:
        data: as the source has it.
        card: what its columns are and how they are written.
        name: of the card's file, for messages.

    Raises:
        InputError: names the column, a row, and what would be right.
    """
    told = Told(list(data.notes), [])
    data = with_labels(data, card, name, told)
    table = data.samples.table
    roles = data.samples.roles
    table_evidence.check_files_agree(table, card, roles.numeric, name)
    evidence, first = table_evidence.decimals(table, data, card), table_evidence.day_first(table, data, card)
    reader = Reader(table, card, name, told, evidence, first)
    readings: dict[str, Reading] = {}
    for column in roles.numeric:
        readings[column] = reader.read(column, reader.number)
    for column in roles.date:
        readings[column] = reader.read(column, reader.date)
    for column in roles.categorical:
        readings[column] = reader.read(column, reader.category)
    for column in roles.text:
        readings[column] = reader.read(column, reader.text)
    empty = empty_columns.find_empty(readings, roles, card, name)
    table = with_readings(table, readings, roles).drop(
        columns=[one for one in empty if one not in roles.money.values()]
    )
    roles = empty_columns.without(roles, empty)
    own_names = [card.columns.source_name(column) for column in empty]
    told.notes += [empty_columns.note(column, name) for column in own_names]
    told.notes += empty_columns.count_note(readings, (*roles.numeric, *roles.date), card)
    told.changed += [empty_columns.change(column, len(table), name) for column in own_names]
    formats = {column: reading.format for column, reading in readings.items() if isinstance(reading.format, DateFormat)}
    dates = tuple(column for column in (*roles.date, *roles.numeric) if column in formats)
    roles = replace(
        roles,
        numeric=tuple(column for column in roles.numeric if column not in formats),
        date=dates or roles.date,
        formats={column: formats.get(column, DateFormat("%Y-%m-%d")) for column in dates or roles.date},
    )
    found = Samples(table, roles)
    label_checks.check_functions(found, card, name)
    ordered = by_id(table.drop(columns=reserved.PLACE, errors="ignore"))
    return replace(
        data,
        samples=Samples(ordered, roles),
        notes=tuple(told.notes),
        unused=(*data.unused, *own_names),
        changed=pd.concat([data.changed, changes.table_of(told.changed)], ignore_index=True),
    )


def with_readings(table: pd.DataFrame, readings: dict[str, Reading], roles: Roles) -> pd.DataFrame:
    """Return the table with what was read instead of its cells, and with `mw_unread`."""
    words = (*roles.categorical, *roles.text)
    read = {name: one.values.astype("str") if name in words else one.values for name, one in readings.items()}
    read[reserved.UNREAD] = mapped.on_disk(unread_cells(table, readings, roles.numeric))
    # One new table, because hundreds of columns that are set one by one are slow, and pandas warns of it.
    return mapped.frame({**{str(name): cells for name, cells in table.items()}, **read}, table.index)


def in_source_order(table: pd.DataFrame) -> pd.DataFrame:
    """Return the rows in the order of files and rows, where their places are known."""
    if reserved.PLACE not in table:
        return table
    _, files, rows = raw.files_and_rows(table[reserved.PLACE])
    follows = (files[1:] > files[:-1]) | ((files[1:] == files[:-1]) & (rows[1:] >= rows[:-1]))
    return table if follows.all() else mapped.rows_of(table, np.lexsort((rows, files)))


def with_labels(data: RawData, card: Card, name: str, told: Told) -> RawData:
    """Return the rows that have a label, with labels as classes; the others are listed as excluded.

    Raises:
        InputError: no row has a label.
    """
    table = in_source_order(data.samples.table)
    column = card.columns.label
    try:
        reading = read_label(table["label"], column, missing=card.missing.get(column))
    except InputError as error:
        raise InputError(f"{name}: {error}") from None
    told.add(column, reading.changes)
    labels = mapped.on_disk(reading.values.astype("str"))
    absent = labels.isna()
    lost = [raw.place_of(table, row) for row in np.flatnonzero(absent).tolist()]
    if absent.any():
        first = raw.place_text(lost[0])
        remedy = "fill in the label, or leave the rows out of the file"
        if absent.all():
            raise InputError(f"{name}: no row has a label in column {column!r}; {remedy}")
        count, many = int(absent.sum()), "has" if absent.sum() == 1 else "have"
        told.notes.append(
            f"{count:,} of {len(table):,} rows {many} no label in column `{column}` and cannot be used (the first is "
            f"{first}); {remedy}"
        )
    excluded = raw.string_table(raw.EXCLUDED, [(place, "row", "no label") for place in lost])
    told.notes.extend(label_checks.unmatched_names(labels, card))
    kept = table.assign(label=labels)
    kept = mapped.rows_of(kept, ~absent.to_numpy()) if absent.any() else kept
    return replace(
        data,
        samples=data.samples.with_table(kept),
        excluded=pd.concat([data.excluded, excluded], ignore_index=True),
    )


@dataclass
class Reader:
    """Reads the columns of one table by its card."""

    table: pd.DataFrame
    card: Card
    name: str
    told: Told
    evidence: DecimalEvidence
    day_first: bool | None

    def read(self, column: str, read: Callable[[pd.Series, str, dict[str, Any]], Reading]) -> Reading:
        """Return a column of the sample table as it was read.

        Raises:
            InputError: names the card, the column, a row and what would be right.
        """
        named = self.card.columns.source_name(column)
        given = {"missing": self.card.missing.get(named)}
        try:
            reading = read(self.table[column], named, given)
        except InputError as error:
            raise InputError(f"{self.name}: {self.located(str(error))}") from None
        self.told.add(column, [self.worded(change, named) for change in reading.changes])
        values = reading.values.astype("str") if reading.kind in WORDS else reading.values
        reading = replace(reading, values=mapped.on_disk(values))
        mapped.release()
        return reading

    def located(self, text: str) -> str:
        """Return a line with the file and the row in it instead of the row among those read."""
        return ROW.sub(lambda found: raw.place_text(raw.place_of(self.table, int(found[1]) - 1)), text)

    def worded(self, change: Change, column: str) -> Change:
        """Return a change with its row in the file; listings whose cells cannot be read are dropped by a rule."""
        change = replace(change, text=self.located(change.text))
        if change.what == "currency" and column in self.card.columns.money:
            return replace(change, text=change.text.replace("; amounts are not converted", ""))
        if change.what != "unread" or not self.card.has_listings:
            return change
        text = f"{change.text}; the rule `unreadable_number` of `clean` decides on these rows"
        return replace(change, text=text)

    def written(self, column: str) -> ColumnFormat:
        """Return how the card says that a column is written."""
        return self.card.formats.get(column, ColumnFormat())

    def number(self, cells: pd.Series, column: str, given: dict[str, Any]) -> Reading:
        """Return a column that the card names as numeric: numbers, or dates where all of its cells are."""
        written = self.written(column)
        if native_kind(plain_types(cells)) is not None:
            return self.as_dates(cells, column, given)
        try:
            reading = read_number(
                cells,
                column,
                decimal=written.decimal or self.card.decimal_sign,
                thousands=written.thousands or self.card.thousands,
                money=column in self.card.columns.money,
                lenient=self.card.has_listings,
                evidence=self.evidence,
                **given,
            )
        except InputError:
            dates = self.inferred_dates(cells, column, given)
            if dates is None:
                raise
            return dates
        if len(reading.unread) and reading.values.isna().all():
            return self.inferred_dates(cells, column, given) or reading
        return reading

    def inferred_dates(self, cells: pd.Series, column: str, given: dict[str, Any]) -> Reading | None:
        """Return the column as dates; None where not all of its cells are."""
        try:
            reading = self.as_dates(cells, column, given)
        except InputError:
            return None
        return None if len(reading.unread) else reading

    def as_dates(self, cells: pd.Series, column: str, given: dict[str, Any]) -> Reading:
        """Return a column of dates that stands under `numeric`."""
        reading = read_date(cells, column, day_first=self.day_first, inferred=True, **given)
        text = f"column `{column}` stands under `numeric` and holds dates; it is read as dates"
        remedy = f"name it under `date`: `columns: {{date: [{column}]}}`"
        change = Change("date", int(reading.values.notna().sum()), f"{text}; {remedy}", remedy)
        return replace(reading, changes=(change, *reading.changes))

    def date(self, cells: pd.Series, column: str, given: dict[str, Any]) -> Reading:
        """Return a column of dates."""
        return read_date(cells, column, pattern=self.written(column).date, day_first=self.day_first, **given)

    def category(self, cells: pd.Series, column: str, given: dict[str, Any]) -> Reading:
        """Return a column of categories."""
        return read_category(cells, column, **given)

    def text(self, cells: pd.Series, column: str, given: dict[str, Any]) -> Reading:
        """Return a column of texts."""
        return read_text(cells, column, **given)


def unread_cells(table: pd.DataFrame, readings: dict[str, Reading], numeric: Iterable[str]) -> pd.Series:
    """Return per row the first cell that could not be read as a number, as `column: 'cell' is no number`, or null."""
    found: dict[int, str] = {}
    for column in numeric:
        for row, text in readings[column].unread.items():
            found.setdefault(int(str(row)), f"{column}: {str(text)[:60]!r} is no number")
    cells = [found.get(row) for row in range(len(table))] if found else None
    return pd.Series(cells, index=table.index, dtype="str")
