"""What an arm costs: rows made and training steps, the same in every run, and seconds, which no out of DVC may hold."""

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from makeweight import files, paths

SECONDS = paths.SCRATCH / "seconds"
"""One file per cell of a stage: the clock differs from run to run, so that it stands where DVC does not look."""

Numbers = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Cost:
    """One arm's; None where it is not known."""

    rows: int | None
    """Made rows that one classifier learns from."""
    steps: int | None
    """Gradient steps of the classifiers, over all views and seeds, and of the generators that the arm needs."""


def cost_of(arm: str, contest: Numbers, generators: Mapping[str, Numbers]) -> Cost:
    """The cost of an arm from its metrics and those of every engine."""
    used = engines_of(arm, generators)
    steps = total([contest.get("steps"), *(generators[engine].get("updates") for engine in used)])
    rows = contest.get("rows.made")
    return Cost(None if rows is None else int(rows), None if steps is None else int(steps))


def engines_of(arm: str, engines: Collection[str]) -> list[str]:
    """The engines whose samples the arm uses."""
    parts = arm.split("+")
    return [engine for engine in engines if any(part == engine or part.startswith(f"{engine}_") for part in parts)]


def seconds_of(arm: str, engines: Collection[str]) -> float | None:
    """What the arm's classifiers and generators took in the last run on this machine, if all of them ran here."""
    return total(
        [read_seconds("contest", arm), *(read_seconds("train_gan", name) for name in engines_of(arm, engines))]
    )


def total(amounts: list[float | None]) -> float | None:
    """The sum; None where one of them is not known."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if len(known) == len(amounts) else None


def write_seconds(stage: str, cell: str, seconds: float) -> None:
    """Keep how long a cell took."""
    files.write_json(seconds_path(stage, cell), {"seconds": round(seconds, 1)})


def read_seconds(stage: str, cell: str) -> float | None:
    """How long a cell took last time on this machine, if it ever ran here."""
    path = seconds_path(stage, cell)
    return float(json.loads(path.read_text(encoding="utf-8"))["seconds"]) if path.is_file() else None


def seconds_path(stage: str, cell: str) -> Path:
    """.scratch/seconds/<stage>/<cell>.json."""
    return SECONDS / stage / f"{cell}.json"
