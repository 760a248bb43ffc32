"""What `makeweight try` does: reads, tells what it understood, runs the contest, prints the table and the sentences."""

import json
import sys
import textwrap
import time
from pathlib import Path
from typing import Any

import click
from markupsafe import Markup

from makeweight.cards import folders
from makeweight.command import columns, project
from makeweight.core import files
from makeweight.core.errors import InputError
from makeweight.trial import compare as library
from makeweight.trial import folder, page
from makeweight.trial.text import aligned
from makeweight.trial.understood import Understood, understand
from makeweight.trial.verdict import Verdict

BAR = 30
SECONDS_BETWEEN_LINES = 10.0
WIDTH = 110


class Bar:
    """A bar on a terminal, or a line every ten seconds elsewhere; on standard error."""

    def __init__(self, quiet: bool) -> None:
        self.quiet = quiet
        self.is_terminal = sys.stderr.isatty()
        self.last = time.monotonic()

    def show(self, share: float, left: float, doing: str) -> None:
        """Show how much is done, and for how long it will go on."""
        text = f"{share:4.0%}  {doing}, {left:.0f} s left"
        if self.is_terminal:
            full = round(BAR * share)
            sys.stderr.write(f"\r[{'=' * full}{' ' * (BAR - full)}] {text}\x1b[K")
            sys.stderr.flush()
        elif not self.quiet and time.monotonic() - self.last >= SECONDS_BETWEEN_LINES:
            self.last = time.monotonic()
            sys.stderr.write(f"{text}\n")

    def clear(self) -> None:
        """Take the bar away."""
        if self.is_terminal:
            sys.stderr.write("\r\x1b[K")


def run(
    path: Path,
    label: str | None,
    rare: str | None,
    group: str | None,
    seconds: float,
    splits: int | None,
    seed: int,
    report: Path | None,
    as_json: bool,
    start: float,
) -> None:
    """Do all that the command does; `start` is when it began, as `time.monotonic` tells it."""
    check_report(report)
    given, options, understood = read(path, label, rare, group)
    if not as_json:
        click.echo(introduction(understood))
    bar = Bar(as_json)
    try:
        left = max(1.0, seconds - (time.monotonic() - start))
        options |= {"seconds": left, "splits": splits, "seed": seed}
        verdict = library.compare(given, understood.y, progress=bar.show, **options)
    finally:
        bar.clear()
    spent = time.monotonic() - start
    # First what took a minute: the disk may be full.
    if as_json:
        click.echo(json.dumps(record(verdict, understood, spent), indent=2, ensure_ascii=False))
    else:
        click.echo(conclusion(verdict, spent))
    if report is not None:
        files.write_text(report, page.whole(verdict.shown, understood.title, about(understood)))
        click.echo(f"\nThe report is {report}.", err=as_json)


def check_report(report: Path | None) -> None:
    """Refuse a report that could not be written, before a minute is spent."""
    if report is None:
        return
    folder = report.absolute().parent
    if not folder.is_dir():
        raise InputError(f"--report: there is no folder {folder}")
    if report.is_dir():
        raise InputError(f"--report: {report} is a folder; right would be a file, such as {report / 'verdict.html'}")
    project.check_writable(folder)


def read(path: Path, label: str | None, rare: str | None, group: str | None) -> tuple[Any, dict[str, Any], Understood]:
    """Return the rows for `compare` with its options, and what is understood of them."""
    walked = folders.find_pictures(path)
    # A folder of tables may hold a picture as well: its label is a column of theirs.
    if walked is not None and (label is None or walked.metadata):
        array, found = folder.understand(path, walked, label, rare, group)
        return array, {"rare": rare, "groups": found.groups}, found
    found = understand(path, label, rare, group)
    options = {"rare": rare, "groups": found.groups, "categorical_features": list(found.categorical)}
    return found.X, options, found


def introduction(understood: Understood) -> str:
    """Return how the columns are understood, and what was dropped or changed."""
    lines = [understood.title, ""]
    if understood.columns:
        lines.append(columns.table_of(understood.columns))
        ignored = [column.name for column in understood.ignored]
        if ignored:
            lines += ["", wrapped(f"Not learned from: {', '.join(ignored)}.")]
    else:
        counts = understood.y.value_counts()
        lines.append(wrapped("Classes: " + ", ".join(f"{name} {count:,}" for name, count in counts.items()) + "."))
    lines += ["", *(wrapped(f"- {note}", "  ") for note in understood.notes)] if understood.notes else []
    return "\n".join([*lines, ""])


def wrapped(text: str, indent: str = "") -> str:
    """Return a text in lines that fit a terminal."""
    return textwrap.fill(text, WIDTH, subsequent_indent=indent, break_long_words=False, break_on_hyphens=False)


def conclusion(verdict: Verdict, spent: float) -> str:
    """Return the table and the sentences."""
    lines = [aligned(verdict.rows, right=(2, 3)), ""]
    lines += [f"{wrapped(sentence)}\n" for sentence in verdict.sentences]
    lines += [wrapped(f"- {note}", "  ") for note in verdict.notes]
    lines.append(
        wrapped(
            f"Scores are points of 100, intervals of 95 %; those against decision_rule hold together. "
            f"{verdict.splits} random splits, {spent:.0f} s."
        )
    )
    return "\n".join(lines)


def about(understood: Understood) -> list[tuple[str, Markup]]:
    """Return the section of the report about the columns."""
    from makeweight.results.markup import join, tag

    found: list[tuple[str, Markup]] = []
    if understood.columns:
        head = tag("tr", join([tag("th", name, scope="col") for name in columns.HEAD]))
        lines = [tag("tr", join([tag("td", cell) for cell in columns.cells(one)])) for one in understood.columns]
        table = tag("table", join([head, *lines]), class_="columns")
        found.append(("How the columns are understood", tag("div", table, class_="scroll")))
    if understood.notes:
        found.append(("Changed or left out", tag("ul", join([tag("li", note) for note in understood.notes]))))
    return found


def record(verdict: Verdict, understood: Understood, spent: float) -> dict[str, Any]:
    """Return the result for a program; numbers that are not known are null."""
    table = verdict.table.astype(object).where(verdict.table.notna(), None)
    rule = verdict.rule
    return {
        "recommended": verdict.arm,
        "sentence": verdict.sentence,
        "sentences": verdict.sentences,
        "rule": {str(name): factor for name, factor in rule.factors.items()},
        "threshold": None if rule.threshold is None else [str(rule.threshold[0]), round(rule.threshold[1], 4)],
        "table": table.to_dict("records"),
        "splits": verdict.splits,
        "seconds": round(spent, 1),
        "classes": dict(verdict.sizes),
        "columns": [
            {"name": one.name, "role": one.role, "why": one.why, "examples": list(one.examples)}
            for one in understood.columns
        ],
        "notes": [*understood.notes, *verdict.notes],
        "ignored": [one.name for one in understood.ignored],
    }
