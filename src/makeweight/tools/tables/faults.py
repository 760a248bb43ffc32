"""Tables of docs/reliability.md: what came of every fault that benchmarks/faults.py gave to every stage."""

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from makeweight.results.benchmarks import FOLDER
from makeweight.results.folders import read_json
from makeweight.tools.tables.markdown import markdown_table

FAULTS = (
    *("kill -9", "SIGTERM", "Ctrl-C", "no space", "read-only"),
    *("truncated", "emptied", "swapped", "one bit flipped"),
)
NOT_MEASURED = "Not measured yet: `python benchmarks/faults.py`."
SHORT = {
    "the same bytes": "same bytes",
    "one line, then the same bytes": "one line, same bytes",
    "had ended": "had ended",
    "had room": "had room",
    "one line": "one line",
    "went on": "not noticed",
    "FAILED": "**failed**",
}
"""Outcome in the file -> in the table."""

Counts = Mapping[str, Mapping[str, int]]
"""Fault or engine -> outcome -> cases."""


def read_counts(folder: Path = FOLDER) -> Mapping[str, Mapping[str, Counts]]:
    """Part -> stage -> fault -> outcome -> cases; empty where nothing was measured."""
    path = folder / "faults.json"
    counts: dict[str, dict[str, dict[str, dict[str, int]]]] = defaultdict(
        lambda: defaultdict(lambda: defaultdict(dict))
    )
    for name, number in (read_json(path) if path.is_file() else {}).items():
        part, *middle = name.split(".")
        if len(middle) == 3:
            stage, fault, outcome = middle
            counts[part][stage][fault][outcome] = int(number)
        elif len(middle) == 2:
            counts[part][part][middle[0]][middle[1]] = int(number)
    return counts


def cell(outcomes: Mapping[str, int]) -> str:
    """`2 one line, 1 not noticed`."""
    return "<br>".join(f"{number} {SHORT[outcome]}" for outcome, number in sorted(outcomes.items()))


def faults(folder: Path = FOLDER) -> str:
    """A row per stage, a column per fault."""
    counts = read_counts(folder)
    stages: dict[str, dict[str, Mapping[str, int]]] = defaultdict(dict)
    for part in ("stopped", "no_room", "read_only", "damaged"):
        for stage, by_fault in counts.get(part, {}).items():
            stages[stage].update(by_fault)
    if not stages:
        return NOT_MEASURED
    rows = [[f"`{stage}`", *(cell(by_fault.get(fault, {})) for fault in FAULTS)] for stage, by_fault in stages.items()]
    return markdown_table(["stage", *FAULTS], rows)


def kills(folder: Path = FOLDER) -> str:
    """What came of kills at random, and of kills of engines that had written a checkpoint."""
    counts = read_counts(folder)
    rows = [
        [what, str(sum(outcomes.values())), cell(outcomes)]
        for what, outcomes in (
            *(("any stage, at random", one) for _, one in by_name(counts, "kills")),
            *((f"`{name}`, after a checkpoint", one) for name, one in by_name(counts, "engines")),
        )
    ]
    return markdown_table(["what was killed", "kills", "after the next run"], rows) if rows else NOT_MEASURED


def by_name(counts: Mapping[str, Mapping[str, Counts]], part: str) -> list[tuple[str, Mapping[str, int]]]:
    """The outcomes of a part whose cases have a name and no fault."""
    return list(counts.get(part, {}).get(part, {}).items())
