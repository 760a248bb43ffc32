"""The card of an uploaded table, as its columns were understood and corrected on the page."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from makeweight.app.columns import Column, Kind
from makeweight.app.csv_table import Upload
from makeweight.app.plan import Plan
from makeweight.core.errors import InputError

if TYPE_CHECKING:  # slow to import: loaded only by the pages that need them
    from makeweight.cards import found as cards

ROLES: dict[Kind, cards.Role] = {
    "number": "numeric",
    "whole": "numeric",
    "date": "date",
    "category": "categorical",
    "unused": "ignored",
}
"""Kind that the user chose -> role in the card."""


def card_of(upload: Upload, known: dict[str, Column], plan: Plan, file_name: str) -> str:
    """Return the text of a card.

    Args:
        upload: the table.
        known: its columns, as they are read under the plan's decimal signs.
        plan: the label, and the kinds and decimal signs that the user chose.
        file_name: of the table, beside which the card expects to be used.

    Raises:
        InputError: the label does not exist or cannot be one, or nothing can be learned from.
    """
    from makeweight.cards.labels import check_there, read_classes
    from makeweight.cards.roles import describe
    from makeweight.cards.tables import are_listings, check_features
    from makeweight.cards.write import card_name, card_text

    table = upload.table.replace("", None)
    names = [str(name) for name in table]
    check_there(plan.label, names, file_name, "label")
    labels, notes = read_classes(table[plan.label], plan.label, file_name)
    dialect = upload.dialect
    found = describe(table, plan.label, labels, nameless=dialect.nameless, separator=dialect.separator)
    columns = [as_chosen(column, known[column.name], plan) for column in found.columns]
    check_features(columns, plan.label, file_name)
    counts = labels.value_counts()
    title = card_name(file_name.partition(".")[0])
    from makeweight.cards.found import Found

    described = Found(
        source={"kind": "table", "files": [file_name]},
        columns=tuple(columns),
        rows=len(table),
        classes={str(name): int(count) for name, count in counts.items()},
        notes=tuple(notes),
        listings=are_listings(names),
        extra=decimals_of(plan, columns),
    )
    return card_text(described, title.replace("-", " ").capitalize(), "the application's page Balance")


def as_chosen(column: cards.Column, known: Column, plan: Plan) -> cards.Column:
    """Return a column with the role that the user chose for it, where that is not the one that was inferred."""
    chosen = plan.kinds.get(column.name, known.kind)
    if column.role == "label" or chosen == known.kind:
        return column
    return replace(column, role=ROLES[chosen], why=f"chosen on the page; {column.why}")


def decimals_of(plan: Plan, columns: list[cards.Column]) -> dict[str, Any]:
    """Return the fields of a card that say how decimals are written."""
    numeric = {column.name for column in columns if column.role == "numeric"}
    formats = {name: {"decimal": sign} for name, sign in plan.decimals.items() if name in numeric}
    fields: dict[str, Any] = {"decimal": plan.decimal} if plan.decimal else {}
    return fields | ({"formats": formats} if formats else {})


def check_label(plan: Plan) -> None:
    """Check that the user chose a label.

    Raises:
        InputError: no column is the label yet.
    """
    if not plan.label:
        raise InputError("no column is the label yet: choose one, and the card can be saved")
