"""What the verdict read beside its headline: test rows of groups without a train row, and how much could be gained."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from makeweight.results.values import Interval


@dataclass(frozen=True, slots=True)
class NewGroupsLine:
    """One arm on rows of new groups, in points."""

    line: str
    """The arm, or the engine of which it is the chosen arm."""
    arm: str
    macro_f1: Interval
    against_none: Interval | None
    """None for an arm against itself, as the others."""
    against_rule: Interval | None
    against_simple: Interval | None
    words: Mapping[str, str]
    """`none`, `rule`, `simple` -> helps, inconclusive or hurts."""


@dataclass(frozen=True, slots=True)
class NewGroups:
    """The second reading of the test split."""

    group: str
    """What the card calls a group, such as vendor."""
    rows: int
    test_rows: int
    groups: int
    test_groups: int
    note: str
    """Why it is to be read with care; empty where there are rows enough."""
    lines: tuple[NewGroupsLine, ...]


@dataclass(frozen=True, slots=True)
class Headroom:
    """What the rows are worth that were taken out of the train split on purpose, in points."""

    arm: str
    score: Interval
    over_none: Interval
    over_rule: Interval | None
    shares: Mapping[str, float]
    """Arm or engine -> its gain over `none`, of that of the ceiling; empty where the ceiling is not shown to gain."""


def new_groups_of(record: Mapping[str, Any] | None) -> NewGroups | None:
    """The second reading from the verdict's record; None where there is none."""
    if record is None:
        return None
    return NewGroups(
        record["group"],
        record["rows"],
        record["test_rows"],
        record["groups"],
        record["test_groups"],
        record["note"],
        tuple(map(line_of, record["lines"])),
    )


def line_of(record: Mapping[str, Any]) -> NewGroupsLine:
    """One line of the record."""
    claims = {name: record[f"against_{name}"] for name in ("none", "rule", "simple") if f"against_{name}" in record}
    none, rule, simple = (interval_in(claims.get(name)) for name in ("none", "rule", "simple"))
    words = {name: str(claim["word"]) for name, claim in claims.items()}
    return NewGroupsLine(record["line"], record["arm"], ends_of(record), none, rule, simple, words)


def headroom_of(record: Mapping[str, Any] | None) -> Headroom | None:
    """The headroom from the verdict's record; None where there is none."""
    if record is None:
        return None
    over_rule = interval_in(record["over_rule"])
    return Headroom(record["arm"], ends_of(record["score"]), ends_of(record["over_none"]), over_rule, record["shares"])


def interval_in(record: Mapping[str, Any] | None) -> Interval | None:
    """Mean and ends; None without a record."""
    return None if record is None else ends_of(record)


def ends_of(record: Mapping[str, Any]) -> Interval:
    """Mean and ends."""
    return Interval(float(record["mean"]), float(record["low"]), float(record["high"]))
