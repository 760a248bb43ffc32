"""Summary of what a branch changed, as Markdown for a pull request: parameters, headline numbers, then all numbers.

`make diff BASE=main`, or `python -m makeweight.tools.diff main`. DVC compares; this module formats the result.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from makeweight.core.errors import InputError
from makeweight.results.headline import is_listed_first

MOST_HEADLINES = 40


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
        """Whether the number is listed first."""
        return is_listed_first(self.file, self.name)


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
    """Return the Markdown text: changed parameters, headline numbers (largest change first), then every file."""
    parts = [f"## Against `{base}`", ""]
    if not metrics and not parameters:
        return "\n".join([*parts, "No parameter and no number differs.", ""])
    if parameters:
        parts += ["### Parameters", "", *rows(["parameter", base, "here"], parameters), ""]
    headlines = sorted((change for change in metrics if change.is_headline), key=size, reverse=True)
    if headlines:
        shown = headlines[:MOST_HEADLINES]
        more = f" ({len(shown)} largest of {len(headlines)})" if len(shown) < len(headlines) else ""
        parts += [f"### Headline numbers{more}", "", *rows(["number", base, "here", "change"], shown, files=True), ""]
    for file in sorted({change.file for change in metrics}):
        own = [change for change in metrics if change.file == file]
        opening = f"<details><summary>{file}: {len(own)} numbers differ</summary>"
        parts += [opening, "", *rows(["number", base, "here", "change"], own), "", "</details>", ""]
    return "\n".join(parts)


def size(change: Change) -> float:
    """Return how much a number changed; infinite if it is new or was removed."""
    return float("inf") if change.difference is None else abs(change.difference)


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
    command = [sys.executable, "-m", "dvc", kind, "diff", base, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        reason = next((line for line in done.stderr.splitlines() if line.startswith("ERROR")), "dvc gave no reason")
        raise InputError(f"make diff: `BASE={base}` can't be compared: {reason.removeprefix('ERROR: ')}")
    return list(changes(read_diff(done.stdout)))


def read_diff(printed: str) -> dict[str, dict[str, dict[str, Any]]]:
    """Return file -> name -> old and new from DVC's JSON, which has them under `diff` if it also reports errors."""
    content = json.loads(printed or "{}")
    return content.get("diff", content) or {}


def main(base: str = "main") -> int:
    """Print the summary and return the exit status: 1 if the comparison cannot be made."""
    try:
        text = summary(base, compare("metrics", base), compare("params", base))
    except InputError as mistake:
        sys.stderr.write(f"{mistake}\n")
        return 1
    sys.stdout.write(text)
    return 0


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("base", nargs="?", default="main", help="a commit, branch or tag (default: main)")
    sys.exit(main(parser.parse_args().base))
