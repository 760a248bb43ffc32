"""What `benchmarks/picture_grids.py` made: sheets of pictures by engine, and how long each engine learned."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from makeweight.results.benchmarks import read_benchmarks

NAME = "picture_grids"
"""The benchmark, and the folder of its sheets."""
UPDATES = ".updates"


@dataclass(frozen=True, slots=True)
class Training:
    """One engine on one data set."""

    data: str
    engine: str
    updates: int
    seconds: float
    """Of a processor."""


@dataclass(frozen=True, slots=True)
class PictureSheets:
    """All sheets, by the name of their data set; the catalogue's comes from runs, without numbers of its own."""

    sheets: tuple[Path, ...]
    trainings: tuple[Training, ...]


def read_picture_sheets(folder: Path) -> PictureSheets:
    """The sheets and trainings that there are, which may be none."""
    numbers: Mapping[str, Any] = next((one.numbers for one in read_benchmarks(folder) if one.name == NAME), {})
    trainings = []
    for stem in (name.removesuffix(UPDATES) for name in numbers if name.endswith(UPDATES)):
        data, engine = stem.split(".")
        trainings.append(Training(data, engine, int(numbers[f"{stem}{UPDATES}"]), float(numbers[f"{stem}.seconds"])))
    return PictureSheets(tuple(sorted((folder / NAME).glob("*.png"))), tuple(trainings))
