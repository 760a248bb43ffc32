"""What an arm costs: rows and training steps, the same in every run, and seconds, which no output of DVC may hold."""

from collections.abc import Mapping
from dataclasses import dataclass

from makeweight.balance.arm import Arm
from makeweight.core.timings import read_seconds

Numbers = Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of one arm; None where it is not known."""

    rows: int | None
    """Synthetic, repeated or interpolated rows that one classifier learns from."""
    steps: int | None
    """Gradient steps of the classifiers, over all views and seeds, and of the engines that the arm needs."""


def cost_of(arm: Arm, contest: Numbers, engines: Mapping[str, Numbers]) -> Cost:
    """The cost of an arm from its metrics and those of every trained engine."""
    steps = total([contest.get("steps"), *(engines.get(engine, {}).get("updates") for engine in arm.engines)])
    rows = contest.get("rows.synthetic")
    return Cost(None if rows is None else int(rows), None if steps is None else int(steps))


def seconds_of(arm: Arm) -> float | None:
    """Seconds of the arm's classifiers and engines in the last run; None unless all of them ran on this machine."""
    return total([read_seconds("contest", arm.name), *(read_seconds("train_gan", engine) for engine in arm.engines)])


def total(amounts: list[float | None]) -> float | None:
    """The sum; None where one of them is not known."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if len(known) == len(amounts) else None
