"""What an arm costs: rows made and training steps, the same in every run, and seconds, which no out of DVC may hold."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from makeweight.core.timings import read_seconds

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
