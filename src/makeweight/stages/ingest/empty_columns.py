"""Cells without a value: columns that have nothing else are set aside, and empty cells of the others are counted."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from makeweight.core.errors import InputError
from makeweight.core.names import as_code, listed
from makeweight.data.card import Card
from makeweight.data.changes import Change
from makeweight.data.samples import Roles
from makeweight.data.values import Reading


def find_empty(readings: Mapping[str, Reading], roles: Roles, card: Card, name: str) -> tuple[str, ...]:
    """Return the columns that are empty in all rows.

    Raises:
        InputError: no feature is left beside them.
    """
    empty = tuple(column for column, reading in readings.items() if reading.kind == "empty")
    if empty and len(empty) == len(roles.features):
        named = listed(map(card.columns.source_name, empty), 10, as_code)
        raise InputError(f"{name}: no feature has a value in any row: {named}; right would be one column with values")
    return empty


def without(roles: Roles, empty: tuple[str, ...]) -> Roles:
    """Return the roles without these columns."""

    def left(columns: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(column for column in columns if column not in empty)

    return replace(
        roles,
        text=left(roles.text),
        numeric=left(roles.numeric),
        categorical=left(roles.categorical),
        date=left(roles.date),
        money={amount: currency for amount, currency in roles.money.items() if amount not in empty},
    )


def note(column: str, name: str) -> str:
    """Return the line that tells a column that was set aside."""
    return (
        f"column `{column}` is empty in all of them; is its place in {name} right? It is set aside: no later stage "
        "uses it, and synthetic rows lack it"
    )


def change(column: str, rows: int, name: str) -> Change:
    """Return what is written about a column that was set aside."""
    return Change(column, "empty in all rows, set aside", rows, (), f"take it out of `columns` in {name}")


def count_note(readings: Mapping[str, Reading], columns: Iterable[str], card: Card) -> list[str]:
    """Return one line with the number of empty cells in each of these columns; none where no cell is empty.

    Words that mean "missing" are told with their column, and columns that are empty altogether by themselves.
    """
    counts = {
        card.columns.source_name(column): readings[column].missing - sum(readings[column].missing_words.values())
        for column in columns
        if readings[column].kind != "empty"
    }
    named = [f"{column} {count:,}" for column, count in counts.items() if count > 0]
    return [f"empty cells: {listed(named)}"] if named else []
