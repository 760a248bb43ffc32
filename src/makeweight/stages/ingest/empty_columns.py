"""Feature columns without a single value: no later stage can learn from them, so that they are set aside and told."""

from collections.abc import Mapping
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
