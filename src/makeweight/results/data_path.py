"""What happened to the data between the source and the clean samples: rows, files, values, columns and classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from makeweight.data.changes import examples_in, texts_in
from makeweight.results.folders import Folders, naming_files
from makeweight.results.values import below, records, text_of, whole

if TYPE_CHECKING:
    import pandas as pd

    from makeweight.data.card import Columns

ROW = "row"
"""The kind of what is left out that is a row of the source; files and pages are of other kinds."""
UNUSED = "unused"
"""The use of a column to which the card gives no role."""
RENAMED = ("id", "label", "fine_label", "group", "image")
"""Columns of the sample table that are named as their roles."""
EXAMPLES = ("example_1", "example_2", "example_3")


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Rows, files or pages that were left out, or could not be read, for one reason."""

    kind: str
    reason: str
    count: int
    examples: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RuleCount:
    """What one cleaning rule did to how many rows."""

    rule: str
    action: str
    """drop, relabel or report."""
    count: int
    remedy: str
    """What to write in the card to keep what the rule takes; empty where it is not known."""


@dataclass(frozen=True, slots=True)
class ValueChange:
    """Values of one column that were read as something else than they were written."""

    column: str
    """Its name in the source."""
    change: str
    count: int
    examples: tuple[tuple[str, str], ...]
    """As written and as read."""
    remedy: str


@dataclass(frozen=True, slots=True)
class ColumnUse:
    """A column of the source; None where not counted."""

    column: str
    """Its name in the sample table."""
    source_name: str
    """Its name in the source."""
    use: str
    """Its role, or `unused`."""
    values: int | None
    missing: int | None
    missing_in_kept: int | None
    examples: tuple[str, ...] = ()
    """Up to three values as they were read."""

    @property
    def is_unused(self) -> bool:
        """Whether the card gives it no role."""
        return self.use == UNUSED


@dataclass(frozen=True)
class DataPath:
    """The whole way; `kept` and the rules are None and empty before `clean` has run."""

    samples: int
    """Rows that ingest handed on."""
    kept: int | None
    left_out: tuple[LeftOut, ...]
    failures: tuple[LeftOut, ...]
    rules: tuple[RuleCount, ...]
    changes: tuple[ValueChange, ...]
    columns: tuple[ColumnUse, ...]
    notes: tuple[str, ...]

    @property
    def rows_left_out(self) -> int:
        """Rows of the source that were left out while it was read."""
        return sum(one.count for one in self.left_out if one.kind == ROW)

    @property
    def rows_in(self) -> int:
        """Rows of the source."""
        return self.samples + self.rows_left_out

    @property
    def dropped(self) -> tuple[RuleCount, ...]:
        """The rules that dropped rows, in their order."""
        return tuple(rule for rule in self.rules if rule.action == "drop")

    @property
    def rows_dropped(self) -> int:
        """Rows that all rules together dropped."""
        return sum(rule.count for rule in self.dropped)

    @property
    def adds_up(self) -> bool:
        """Whether rows in are rows out and those that were dropped or left out; true before `clean` has run."""
        return self.kept is None or self.samples == self.kept + self.rows_dropped


@naming_files
def read_data_path(folders: Folders) -> DataPath | None:
    """The whole way, where the stage `ingest` ran."""
    numbers = folders.numbers("ingest")
    samples = whole((numbers or {}).get("samples"))
    if samples is None:
        return None
    clean = folders.numbers("clean") or {}
    return DataPath(
        samples,
        whole(clean.get("samples_out")),
        read_left_out(folders.series("ingest", "excluded.csv"), "rule"),
        read_left_out(folders.series("ingest", "failures.csv"), "reason"),
        read_rules(folders, clean),
        (*read_changes(folders, "ingest"), *read_changes(folders, "clean")),
        read_columns(folders),
        tuple(str(row["note"]) for row in records(folders.series("ingest", "notes.csv"))),
    )


def read_left_out(series: pd.DataFrame | None, reason: str) -> tuple[LeftOut, ...]:
    """One line per kind and reason, the most frequent first."""
    return tuple(
        LeftOut(
            text_of(row["kind"]),
            text_of(row[reason]),
            int(row["count"]),
            tuple(text_of(row[name]) for name in EXAMPLES if name in row and text_of(row[name])),
        )
        for row in records(series)
    )


@naming_files
def read_rules(folders: Folders, numbers: dict[str, float]) -> tuple[RuleCount, ...]:
    """What every rule did, in their order; the numbers are those of the metrics, the remedies those of rules.csv."""
    rows = {(str(row["rule"]), str(row["action"])): row for row in records(folders.series("clean", "rules.csv"))}
    funnel = folders.series("clean", "funnel.csv")
    order = [] if funnel is None else [str(step) for step in funnel.iloc[:, 0]]
    found = []
    for action, metric in (("drop", "dropped"), ("relabel", "relabelled"), ("report", "reported")):
        counts = sorted(below(numbers, metric).items(), key=lambda pair: position(pair[0], order))
        for rule, count in counts:
            remedy = text_of(rows.get((rule, action), {}).get("remedy"))
            found += [RuleCount(rule, action, int(count), remedy)] if count else []
    return tuple(found)


def position(name: str, order: list[str]) -> int:
    """The index of a name, the end for one that is not there."""
    return order.index(name) if name in order else len(order)


@naming_files
def read_changes(folders: Folders, stage: str) -> tuple[ValueChange, ...]:
    """What one stage changed, in the order of the file."""
    named = folders.columns
    return tuple(
        ValueChange(
            source_name(text_of(row["column"]), named),
            text_of(row["change"]),
            int(row["count"]),
            examples_in(text_of(row["as_written"]), text_of(row["as_read"])),
            text_of(row["remedy"]),
        )
        for row in records(folders.words(stage, "changed.csv"))
    )


@naming_files
def read_columns(folders: Folders) -> tuple[ColumnUse, ...]:
    """Every column of the source, those without a role last."""
    kept = {text_of(row["column"]): row for row in records(folders.words("clean", "columns.csv"))}
    found, named = [], folders.columns
    for row in records(folders.words("ingest", "columns.csv")):
        name = text_of(row["column"])
        missing_in_kept = kept.get(name, {}).get("missing")
        examples = tuple(texts_in(row.get("examples")))
        values, missing, in_kept = (count_of(value) for value in (row["values"], row["missing"], missing_in_kept))
        use = text_of(row["use"])
        in_source = name if use == UNUSED else source_name(name, named)
        found.append(ColumnUse(name, in_source, use, values, missing, in_kept, examples))
    return tuple(found)


def source_name(column: str, named: Columns | None) -> str:
    """A column's name in the source, as the card has it: that of its role says nothing to the card's author."""
    if named is None:
        return column
    return getattr(named, column) or column if column in RENAMED else named.source_name(column)


def count_of(value: Any) -> int | None:
    """A cell as a count; None where it is empty."""
    return None if value is None or value != value or value == "" else int(float(value))
