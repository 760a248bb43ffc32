"""Small values that several families of results share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

Numbers = Mapping[str, float]
"""A flat metrics file: dotted name -> number."""


MEAN, BOUNDS = ".mean", (".low", ".high")
ENDS = (MEAN, *BOUNDS)
"""How the names of an interval's three numbers end."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean with the interval around it, in the unit of its owner."""

    mean: float
    low: float
    high: float

    def __post_init__(self) -> None:
        """Refuse words with a ValueError: one damaged number makes words of its whole column in a CSV."""
        for end in (self.mean, self.low, self.high):
            if isinstance(end, str):
                raise ValueError(f"{end!r} is no number")

    def scaled(self, factor: float) -> Interval:
        """The same interval in another unit, for example points from shares."""
        return Interval(factor * self.mean, factor * self.low, factor * self.high)

    @property
    def as_difference(self) -> str:
        """`+3.1 (+1.0 to +5.2)`."""
        return f"{self.mean:+.1f} ({self.low:+.1f} to {self.high:+.1f})"

    @property
    def as_score(self) -> str:
        """`51.8 (46.6 to 55.5)`."""
        return f"{self.mean:.1f} ({self.low:.1f} to {self.high:.1f})"


def interval_of(numbers: Numbers, name: str, scale: float = 1.0) -> Interval | None:
    """`<name>.mean`, `.low` and `.high` times `scale`; None where one of them is not known."""
    ends = [numbers.get(f"{name}{end}") for end in ENDS]
    known = [scale * end for end in ends if end is not None]
    return Interval(known[0], known[1], known[2]) if len(known) == len(ends) else None


def whole(value: float | None) -> int | None:
    """A count as an int; None stays None."""
    return None if value is None else int(value)


def below(numbers: Numbers, prefix: str) -> dict[str, float]:
    """The numbers whose names start with `<prefix>.`, under the rest of their names."""
    start = f"{prefix}."
    return {name[len(start) :]: value for name, value in numbers.items() if name.startswith(start)}


def by_first_part(numbers: Numbers) -> dict[str, dict[str, float]]:
    """`{"a.b.c": 1}` as `{"a": {"b.c": 1}}`; names without a dot are left out."""
    groups: dict[str, dict[str, float]] = {}
    for name, value in numbers.items():
        first, dot, rest = name.partition(".")
        if dot:
            groups.setdefault(first, {})[rest] = value
    return groups


def records(series: pd.DataFrame | None) -> list[dict[Any, Any]]:
    """The rows of a series; none where there is no series."""
    return [] if series is None else series.to_dict("records")


def text_of(value: Any) -> str:
    """A cell as text; an empty one is the empty text."""
    return "" if value is None or value != value else str(value)
