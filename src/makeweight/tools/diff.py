"""Summary of what a branch changed, as Markdown for a pull request: headline, parameters, then all numbers.

`make diff BASE=main`, or `python -m makeweight.tools.diff main`. DVC compares; this module formats the result.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from makeweight.core import entry, paths
from makeweight.core.errors import InputError
from makeweight.results.headline import FILE, is_listed_first
from makeweight.results.markup import counted

HEADLINE = f"metrics/{FILE}.json"
LEADING = ("recommended", "macro_f1")
"""Of the headline, what stands first where it differs."""
MOST_SHOWN = 20
"""Of the numbers beside the headline, how many are listed before the folded part."""


@dataclass(frozen=True)
class Change:
    """One number or parameter, before and after; None if it did not exist."""

    file: str
    name: str
    old: Any
    new: Any

    @property
    def difference(self) -> float | None:
        """New minus old, or None unless both are numbers."""
        return self.new - self.old if is_number(self.old) and is_number(self.new) else None

    @property
    def is_headline(self) -> bool:
        """Whether it is one of the dozen values that DVC shows."""
        return self.file == HEADLINE

    @property
    def is_listed(self) -> bool:
        """Whether it may be listed after the headline, and not only in the folded part."""
        return not self.is_headline and is_listed_first(self.file, self.name)


def is_number(value: object) -> bool:
    """Return whether the value is a number; booleans are not."""
    return isinstance(value, int | float) and not isinstance(value, bool)


def changes(compared: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> Iterator[Change]:
    """Yield the changes in the output of `dvc metrics diff --json` or `dvc params diff --json`, by file and name."""
    for file in sorted(compared):
        for name, pair in sorted(compared[file].items()):
            if pair.get("old") != pair.get("new"):
                yield Change(file, name, pair.get("old"), pair.get("new"))


def summary(base: str, metrics: list[Change], parameters: list[Change]) -> str:
    """Return the Markdown text: headline, changed parameters, scores (largest change first), then every file folded."""
    parts = [f"## Against `{base}`", ""]
    if not metrics and not parameters:
        return "\n".join([*parts, "No parameter and no number differs.", ""])
    heads = ["number", base, "here", "change"]
    told = [change for change in metrics if change.is_headline]
    told.sort(key=lambda change: [change.name != name for name in LEADING])
    parts += ["### Headline", "", *(rows(heads, told) if told else ["It is the same."]), ""]
    if parameters:
        parts += ["### Parameters", "", *rows(["parameter", base, "here"], parameters), ""]
    scores = sorted((change for change in metrics if change.is_listed), key=size, reverse=True)
    if scores:
        shown = scores[:MOST_SHOWN]
        more = f" ({len(shown)} largest of {len(scores)})" if len(shown) < len(scores) else ""
        parts += [f"### Scores{more}", "", *rows(heads, shown, files=True), ""]
    for file in sorted({change.file for change in metrics if not change.is_headline}):
        own = [change for change in metrics if change.file == file]
        opening = f"<details><summary>{file}: {how_many(own)}</summary>"
        parts += [opening, "", *rows(heads, own), "", "</details>", ""]
    return "\n".join(parts)


def how_many(own: list[Change]) -> str:
    """Return how many numbers of one file differ, and whether all are new or gone."""
    if all(change.old is None for change in own):
        return f"{counted(len(own), 'number')}, all new"
    if all(change.new is None for change in own):
        return f"{counted(len(own), 'number')}, all gone"
    return f"{counted(len(own), 'number')} {'differs' if len(own) == 1 else 'differ'}"


def size(change: Change) -> float:
    """Return how much a number changed; -1, less than any change, if it is new or was removed."""
    return -1.0 if change.difference is None else abs(change.difference)


def rows(heads: list[str], listed: list[Change], files: bool = False) -> list[str]:
    """Return the lines of a Markdown table; with `files`, names start with their file."""
    lines = [f"| {' | '.join(heads)} |", f"|---|{'---:|' * (len(heads) - 1)}"]
    for change in listed:
        stem = change.file.removeprefix("metrics/").removesuffix(".json")
        name = f"{stem}: {change.name}" if files else change.name
        cells = [f"`{name}`", shown(change.old), shown(change.new)]
        if "change" in heads:
            cells.append("" if change.difference is None else f"{change.difference:+.4g}")
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def shown(value: Any) -> str:
    """Return a value as text for a table cell."""
    if value is None:
        return "-"
    return f"{value:.6g}" if isinstance(value, float) else str(value).replace("|", "\\|")


def compare(kind: str, base: str) -> list[Change]:
    """Return the changes of the working tree against `base`; `kind` is metrics or params.

    Raises:
        InputError: DVC cannot compare them.
    """
    every_file = ["--targets", str(paths.METRICS)] if kind == "metrics" else []
    command = [sys.executable, "-m", "dvc", kind, "diff", base, "--json", *every_file]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        reason = next((line for line in done.stderr.splitlines() if line.startswith("ERROR")), "dvc gave no reason")
        raise InputError(f"`BASE={base}` can't be compared: {reason.removeprefix('ERROR: ')}")
    return list(changes(read_diff(done.stdout)))


def read_diff(printed: str) -> dict[str, dict[str, dict[str, Any]]]:
    """Return file -> name -> old and new from DVC's JSON, which has them under `diff` if it also reports errors."""
    content = json.loads(printed or "{}")
    return content.get("diff", content) or {}


def main(base: str = "main") -> None:
    """Print the summary.

    Raises:
        InputError: the comparison cannot be made.
    """
    sys.stdout.write(summary(base, compare("metrics", base), compare("params", base)))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("base", nargs="?", default="main", help="a commit, branch or tag (default: main)")
    base = parser.parse_args().base
    sys.exit(entry.run_tool("make diff", lambda: main(base)))
