"""What happened to the user's data: rows in and out, what each rule took, values read as what, columns, files."""

from collections.abc import Sequence

from markupsafe import Markup

from makeweight.results.cleaning import SplitSizes
from makeweight.results.data_path import DataPath, LeftOut, ValueChange
from makeweight.results.markup import join, number, readable, tag
from makeweight.results.run import Run
from makeweight.stages.report.sections import Chapter, facts, table_of, titled

LOUD_SHARE = 1 / 3
"""From this share of lost rows on, the page says so in words of its own."""
KEEP = "to keep them, in the card"
OTHERWISE = "to have it otherwise, in the card"
ACTIONS = {"drop": "dropped", "relabel": "given another class", "report": "reported, and kept"}


def render(run: Run) -> Markup:
    """The sum of all rows, then rules, what was left out, columns, and changed values."""
    path = run.data_path
    if path is None:
        return Markup("")
    told = [*sentences(path), *split_sentence(run.split_sizes)]
    parts = [facts(first_numbers(path)), *(tag("p", text, class_=kind) for text, kind in told)]
    parts.append(section("What the rules of cleaning did", rule_table(path)))
    parts.append(section("Left out while the source was read", left_out_table(path.left_out)))
    parts.append(section("Could not be read", left_out_table(path.failures)))
    parts.append(section("What each column was read as", column_table(path)))
    parts.append(section("Values that are not as they were written", change_table(path.changes)))
    notes = [tag("li", note) for note in path.notes]
    parts.append(section("What was decided", tag("ul", join(notes)) if notes else Markup("")))
    return join(parts)


def section(title: str, body: Markup) -> Markup:
    """A table below its title; nothing where it has no line."""
    return titled(title, body) if body else body


def first_numbers(path: DataPath) -> list[tuple[str, str]]:
    """Rows in, what was taken from them, rows out."""
    known = [
        ("rows in", path.rows_in),
        ("left out while read", path.rows_left_out),
        ("dropped by rules", None if path.kept is None else path.rows_dropped),
        ("rows out", path.kept),
    ]
    return [(name, number(value)) for name, value in known if value is not None]


def sentences(path: DataPath) -> list[tuple[str, str]]:
    """The sum in words, and what is wrong with it, each with the class of its paragraph."""
    if path.kept is None:
        return []
    parts = [f"{number(path.kept)} rows out", f"{number(path.rows_dropped)} dropped by rules"]
    parts.append(f"{number(path.rows_left_out)} left out while the source was read")
    found = [(f"{number(path.rows_in)} rows in = {' + '.join(parts)}.", "note")]
    if not path.adds_up:
        found = [(f"These numbers do not add up: {number(path.rows_in)} rows in, {', '.join(parts)}.", "warning")]
    lost = path.rows_in - path.kept
    if lost > LOUD_SHARE * path.rows_in:
        share = f"{100 * lost / path.rows_in:.0f} % of the rows are gone ({number(lost)} of {number(path.rows_in)})"
        found.append((f"{share}. The tables below say why, and how to keep them.", "warning"))
    return found


def split_sentence(sizes: SplitSizes | None) -> list[tuple[str, str]]:
    """Where the rows out went, with the class of the paragraph."""
    if sizes is None or None in (sizes.train, sizes.validation, sizes.test):
        return []
    names = ("train", "validation", "test", "unused")
    parts = [f"{name} {number(count)}" for name in names if (count := getattr(sizes, name))]
    return [(f"The rows out by split: {', '.join(parts)}.", "note")]


def rule_table(path: DataPath) -> Markup:
    """A line per rule that found something, with what is left after it."""
    left = path.samples
    lines: list[dict[str, object]] = []
    for rule in path.rules:
        left -= rule.count if rule.action == "drop" else 0
        lines.append(
            {
                "rule": readable(rule.rule),
                "rows": rule.count,
                "were": ACTIONS.get(rule.action, rule.action),
                "left": left if rule.action == "drop" else None,
                KEEP: code(rule.remedy),
            }
        )
    return table_of(lines, ["rule", "were", KEEP])


def left_out_table(found: Sequence[LeftOut]) -> Markup:
    """A line per kind and reason, with examples."""
    lines: list[dict[str, object]] = [
        {"what": one.kind, "why": one.reason, "count": one.count, "for example": join_lines(one.examples)}
        for one in found
    ]
    return table_of(lines, ["what", "why", "for example"])


def column_table(path: DataPath) -> Markup:
    """A line per column with its missing values; those without a role in a line of their own."""
    used = [column for column in path.columns if not column.is_unused]
    lines: list[dict[str, object]] = [
        {
            "column": column.source_name,
            "read as": readable(column.use),
            "values": column.values,
            "missing": column.missing,
            "missing in rows out": column.missing_in_kept,
            "for example": " · ".join(column.examples),
        }
        for column in used
    ]
    unused = [tag("code", column.source_name) for column in path.columns if column.is_unused]
    note = Markup("")
    if unused:
        note = tag("p", Markup("Unused, since the card gives them no role: {}.").format(Markup(", ").join(unused)))
    return join([table_of(lines, ["column", "read as", "for example"]), note])


def change_table(changes: Sequence[ValueChange]) -> Markup:
    """A line per column and kind of change, with up to three examples."""
    lines: list[dict[str, object]] = [
        {
            "column": one.column,
            "change": one.change,
            "cells": one.count,
            "as written \u2192 as read": join_lines([f"{written} \u2192 {read}" for written, read in one.examples]),
            OTHERWISE: code(one.remedy),
        }
        for one in changes
    ]
    said = {name for line in lines for name, value in line.items() if value}
    lines = [{name: value for name, value in line.items() if name in said} for line in lines]
    return table_of(lines, ["column", "change", "as written \u2192 as read", OTHERWISE])


def code(text: str) -> Markup | None:
    """A line of the card; nothing where there is none."""
    return tag("code", text) if text else None


def join_lines(texts: Sequence[str]) -> Markup:
    """Values as they stand in the data, one below another."""
    return Markup("<br>").join(tag("code", text) for text in texts)


CHAPTER = Chapter(
    "data",
    "What happened to your data",
    "Every row, file and value of the source is either used as it was written or counted here.",
    ("ingest",),
    render,
)
