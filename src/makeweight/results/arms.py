"""What `benchmarks/arms.py` found: each arm that may win by itself, on several kinds of rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from makeweight.balance.arm import CEILING, Arm
from makeweight.results.folders import read_json
from makeweight.results.values import Interval, interval_of
from makeweight.results.verdict import POINTS

FILE = "arms.json"
EQUAL, CONTEST = "equal", "contest"
"""Rules: for equal shares of the classes, and the contest's own."""


@dataclass(frozen=True, slots=True)
class MeasuredArm:
    """An arm's numbers in points; None where not measured."""

    arm: str
    score: Mapping[str, float | None]
    """Rule -> macro-F1."""
    gain: Mapping[str, Interval | None]
    """Rule -> difference to the best simple arm."""
    headroom_share: Mapping[str, float | None]
    """Rule -> the gain in per cent of the headroom."""
    recall: float | None
    """Of small classes, by the rule for equal shares."""

    @property
    def is_engine(self) -> bool:
        """Whether it uses rows of an engine."""
        return self.arm != CEILING and bool(Arm.parse(self.arm).engines)


@dataclass(frozen=True, slots=True)
class MeasuredArms:
    """All arms on one kind of rows, the best first."""

    rule: str
    best_simple: str
    headroom: float | None
    arms: tuple[MeasuredArm, ...]


def read_arms(folder: Path, kind: str, rule: str) -> MeasuredArms | None:
    """The arms on one kind of rows, ordered by their score with this rule; None where they were not measured."""
    if not (folder / FILE).is_file():
        return None
    prefix, ending = f"{kind}.", f".{rule}.score"
    own = {key.removeprefix(prefix): value for key, value in read_json(folder / FILE).items() if key.startswith(prefix)}
    names = sorted((key.removesuffix(ending) for key in own if key.endswith(ending)), key=lambda n: -own[n + ending])
    if not names:
        return None
    headroom = in_points(own.get(f"headroom.{rule}"))
    arms = tuple(measured(own, name) for name in names)
    return MeasuredArms(rule, str(own.get(f"best_simple.{rule}", "")), headroom, arms)


def measured(own: Mapping[str, Any], name: str) -> MeasuredArm:
    """One arm's numbers."""
    return MeasuredArm(
        name,
        {rule: in_points(own.get(f"{name}.{rule}.score")) for rule in (EQUAL, CONTEST)},
        {rule: interval_of(own, f"{name}.{rule}.gain", POINTS) for rule in (EQUAL, CONTEST)},
        {rule: in_points(own.get(f"{name}.{rule}.headroom_share")) for rule in (EQUAL, CONTEST)},
        in_points(own.get(f"{name}.equal.recall_of_small_classes")),
    )


def in_points(value: float | None) -> float | None:
    """A share in points."""
    return None if value is None else POINTS * value
