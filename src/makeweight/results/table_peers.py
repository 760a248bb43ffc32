"""What `benchmarks/tables_peers.py` found: the worth of generated rows of tables, by the engines and by peers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from makeweight.results.folders import read_json
from makeweight.results.values import Interval, interval_of
from makeweight.results.verdict import POINTS

FILE = "tables_peers"
REAL = "real"
SHARE, MEAN = ".share.macro_f1", "mean."


@dataclass(frozen=True, slots=True)
class Method:
    """One method's means over the tables that it has scores of."""

    name: str
    tables: int
    splits: int
    """Of each table."""
    share: float
    """Per cent of the macro-F1 that real rows give."""
    share_std: float | None
    """Standard deviation of a table's share between its splits, in points; None with one split."""
    precision_share: float
    """Per cent of the average precision that real rows give."""
    seconds: float
    """Per table, of a processor: fitting and generating."""
    own_less_this: Interval | None
    """`latent_flow`'s share less this one's, in points, on the same tables; None for `latent_flow` itself."""


@dataclass(frozen=True, slots=True)
class TablePeers:
    """All methods, the best share first."""

    methods: tuple[Method, ...]
    tables: Mapping[str, Mapping[str, float]]
    """Table -> method -> share in per cent; a method without an end on that table is not there."""


def read_table_peers(folder: Path) -> TablePeers | None:
    """The methods that were measured; None where the benchmark was not run."""
    path = folder / f"{FILE}.json"
    if not path.is_file():
        return None
    numbers = read_json(path)
    names = [key.removeprefix(MEAN).removesuffix(SHARE) for key in numbers if key.startswith(MEAN) and SHARE in key]
    methods = [
        Method(
            name,
            int(numbers[f"{MEAN}{name}.tables"]),
            int(numbers[f"{MEAN}{name}.splits"]),
            POINTS * numbers[f"{MEAN}{name}{SHARE}"],
            POINTS * numbers[spread] if (spread := f"{MEAN}{name}.std_over_splits") in numbers else None,
            POINTS * numbers[f"{MEAN}{name}.share.average_precision"],
            numbers[f"{MEAN}{name}.seconds"],
            interval_of(numbers, f"{MEAN}{name}.own_less_this", POINTS),
        )
        for name in names
        if name != REAL
    ]
    tables: dict[str, dict[str, float]] = {}
    for key, value in numbers.items():
        if key.endswith(SHARE) and not key.startswith(MEAN):
            table, method = key.removesuffix(SHARE).rsplit(".", 1)
            tables.setdefault(table, {})[method] = POINTS * value
    return TablePeers(tuple(sorted(methods, key=lambda one: -one.share)), tables)
