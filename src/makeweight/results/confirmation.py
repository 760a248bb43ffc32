"""What `benchmarks/confirm.py` found: one hypothesis about an arm, put to rows that no arm was chosen on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from makeweight.results.arms import in_points
from makeweight.results.folders import read_json
from makeweight.results.values import Interval, interval_of
from makeweight.results.verdict import POINTS

FILE = "confirm.json"
HYPOTHESIS = "distribution_calibration+weight_30"
RULE, BEST_SIMPLE = "decision_rule", "best_simple"
CONTEST, MATCHED, EQUAL = "contest", "matched", "equal"
"""Readings: the contest's rule on test rows in equal shares and in those of the train rows, and the rule for equal
shares."""


@dataclass(frozen=True, slots=True)
class ConfirmedArm:
    """An arm's means over draws, in points, by reading; None where it is the reference itself or was not measured."""

    arm: str
    score: Mapping[str, float | None]
    over_rule: Mapping[str, Interval | None]
    over_best_simple: Mapping[str, Interval | None]
    headroom_share: Mapping[str, float | None]
    """Of the headroom over the best simple arm, in per cent."""


@dataclass(frozen=True, slots=True)
class Confirmation:
    """One kind of rows; arms by their score with the contest's rule, the best first."""

    draws: int
    arms: tuple[ConfirmedArm, ...]
    best_simple: Mapping[str, float]
    """Reading -> mean score of the simple arm that validation chose in each draw."""

    @property
    def tested(self) -> ConfirmedArm | None:
        """The arm of the hypothesis."""
        return next((one for one in self.arms if one.arm == HYPOTHESIS), None)

    def holds(self, reading: str) -> bool:
        """Whether the arm is shown to be better than the rule, and than the best simple arm."""
        found = self.tested
        gains = [] if found is None else [found.over_rule[reading], found.over_best_simple[reading]]
        return bool(gains) and all(gain is not None and gain.low > 0 for gain in gains)


def read_confirmation(folder: Path, kind: str) -> Confirmation | None:
    """What was found on one kind of rows; None where it was not measured."""
    path, prefix, ending = folder / FILE, f"{kind}.", f".{CONTEST}.score"
    numbers = read_json(path) if path.is_file() else {}
    own = {key.removeprefix(prefix): value for key, value in numbers.items() if key.startswith(prefix)}
    names = [key.removesuffix(ending) for key in own if key.endswith(ending)]
    if not names:
        return None
    names = sorted((name for name in names if name != BEST_SIMPLE), key=lambda name: -own[name + ending])
    best = {reading: POINTS * own[f"{BEST_SIMPLE}.{reading}.score"] for reading in (CONTEST, MATCHED, EQUAL)}
    return Confirmation(int(own["draws"]), tuple(arm_of(own, name) for name in names), best)


def arm_of(own: Mapping[str, Any], name: str) -> ConfirmedArm:
    """One arm's numbers."""
    readings = (CONTEST, MATCHED, EQUAL)
    return ConfirmedArm(
        name,
        {reading: in_points(own.get(f"{name}.{reading}.score")) for reading in readings},
        {reading: interval_of(own, f"{name}.{reading}.over_{RULE}", POINTS) for reading in readings},
        {reading: interval_of(own, f"{name}.{reading}.over_{BEST_SIMPLE}", POINTS) for reading in readings},
        {reading: in_points(own.get(f"{name}.{reading}.over_{BEST_SIMPLE}.headroom_share")) for reading in readings},
    )
