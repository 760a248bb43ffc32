"""What the user is told before a table is balanced: what will be empty, changed or unused, and how cells are read."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Literal

from makeweight.app import columns, formulas
from makeweight.app.columns import Column, Kind
from makeweight.app.csv_table import Upload
from makeweight.app.plan import Plan, kind_of, label_of, reason_unused
from makeweight.data import reserved

What = Literal["ask", "empty", "changed", "read", "file"]
ORDER: tuple[What, ...] = ("ask", "empty", "changed", "read", "file")


@dataclass(frozen=True, slots=True)
class Note:
    """One line for the user about a column, or about the whole file."""

    what: What
    """`ask`: decided without evidence; `empty` in new rows; `changed` cells; how cells are `read`; about the `file`."""
    text: str
    column: str | None = None

    def to_json(self) -> dict[str, str | None]:
        """Return the note for JSON."""
        return asdict(self)


def notes_on(upload: Upload, known: list[Column], plan: Plan) -> list[Note]:
    """Return what will happen to a table under a plan, the most important lines first.

    Args:
        upload: the table.
        known: its columns, as they are read under the plan's decimal signs.
        plan: the user's choices.
    """
    found = [note for column in known if column.name != plan.label for note in notes_on_column(upload, column, plan)]
    found += notes_on_label(upload, plan)
    found += formula_notes(upload, plan)
    if upload.marker != reserved.SYNTHETIC:
        found.append(
            Note("file", f"synthetic rows are marked in a column `{upload.marker}`, as `{reserved.SYNTHETIC}` is there")
        )
    found += [Note("file", line) for line in upload.notes if "has no name" not in line]
    return sorted(found, key=lambda note: ORDER.index(note.what))


def notes_on_column(upload: Upload, column: Column, plan: Plan) -> list[Note]:
    """Return what will happen to a feature column."""
    kind = kind_of(column, plan)
    if kind == "unused":
        why = reason_unused(upload, column, plan)
        return [Note("empty", f"column `{column.name}` is not used and empty in synthetic rows: {why}", column.name)]
    inferred = columns.kind_of_reading(column.reading)
    if kind != inferred and not {kind, inferred} <= {"number", "whole"}:
        return [] if kind == "category" else [Note("read", f"column `{column.name}` is read as {kind}", column.name)]
    chosen = column.name in plan.decimals or (plan.decimal and column.signs)
    return [
        Note("ask" if change.what == "decimal" and change.loud and not chosen else "read", change.text, column.name)
        for change in column.reading.changes
        if columns.is_worth_telling(change)
    ]


def notes_on_label(upload: Upload, plan: Plan) -> list[Note]:
    """Return what was changed in the label to compare its cells, and classes that look alike."""
    if plan.label not in upload.table:
        return []
    return [
        Note("read", change.text.removesuffix(f"; {change.remedy}") if change.remedy else change.text, plan.label)
        for change in label_of(upload, plan).changes
    ]


def formula_notes(upload: Upload, plan: Plan) -> list[Note]:
    """Return which cells a spreadsheet would run, and what is done about them."""
    from makeweight.data.values.reading import counted

    notes = []
    for name in upload.table if plan.guard_formulas else ():
        cells = upload.table[name]
        found = cells[formulas.formulas_in(cells)]
        if formulas.is_formula(str(name)) and name not in upload.dialect.nameless:
            text = (
                f"the name `{name}` would be run as a formula by a spreadsheet and gets an apostrophe: `'{name}`; this "
                "can be declined"
            )
            notes.append(Note("changed", text, str(name)))
        if not len(found):
            continue
        example = found.iloc[0][:40]
        text = (
            f"column `{name}`: {counted(len(found), 'cell')} that a spreadsheet would run as formulas get an "
            f"apostrophe, such as {example}, which becomes '{example}; this can be declined"
        )
        notes.append(Note("changed", text, str(name)))
    return notes


def default_plan(known: list[Column]) -> Plan:
    """Return the plan that the form shows first."""
    kinds: dict[str, Kind] = {}
    return Plan(label=columns.guess_label(known) or "", kinds=kinds, method="smote")
