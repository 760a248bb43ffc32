"""How close synthetic samples come to real ones: every measure by engine and modality."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from makeweight.results.folders import Folders, naming_files
from makeweight.results.values import Numbers

if TYPE_CHECKING:
    import pandas as pd

REFERENCE, TRAINING = "real", "train"
"""The origin that every engine is compared with (held-out real samples against the training samples), and the training
samples themselves, of which few things are measured."""


@dataclass(frozen=True, slots=True)
class Measure:
    """One number: `modality` is `image`, `tabular`, `text` or `joint`; `name` may have parts, as `copy_rate.title`."""

    origin: str
    modality: str
    name: str
    value: float


@dataclass(frozen=True)
class Fidelity:
    """All measures over whole data, by class as a table, and the nearest neighbours of some samples."""

    measures: tuple[Measure, ...]
    by_class: pd.DataFrame | None
    """Columns `engine, modality, class` and one per measure."""

    @property
    def origins(self) -> list[str]:
        """The reference first, then engines in name order, then the training samples."""
        origins = {measure.origin for measure in self.measures}
        return sorted(origins, key=lambda name: (name != REFERENCE, name == TRAINING, name))

    def worst_membership_auc(self, engine: str) -> float | None:
        """How well the membership attack does on an engine, in the modality where it does best."""
        found = [
            measure.value for measure in self.measures if measure.origin == engine and measure.name == "membership_auc"
        ]
        return max(found, default=None)


@naming_files
def read_fidelity(folders: Folders) -> Fidelity | None:
    """All measures, where the stage `fidelity` ran."""
    numbers = folders.numbers("fidelity")
    if numbers is None:
        return None
    by_class = folders.series("fidelity", "classes.csv")
    return Fidelity(measures_of(numbers, set() if by_class is None else names_by_class(by_class)), by_class)


@naming_files
def picture_detection(folders: Folders) -> dict[str, float]:
    """Origin -> how often a network tells its pictures from real ones, where that was measured."""
    measures = measures_of(folders.numbers("fidelity") or {}, set())
    return {one.origin: one.value for one in measures if (one.modality, one.name) == ("image", "detection_accuracy")}


def names_by_class(by_class: pd.DataFrame) -> set[str]:
    """The names of the numbers in the table by class: a class may be called `a.b`, or as a measure is."""
    measures = [str(name) for name in by_class.columns.drop(["engine", "modality", "class"])]
    keys = by_class[["engine", "modality", "class"]].astype(str).itertuples(index=False)
    return {f"{key[0]}.{key[1]}.{measure}.{key[2]}" for key in keys for measure in measures}


def measures_of(numbers: Numbers, by_class: set[str]) -> tuple[Measure, ...]:
    """`<origin>.<modality>.<measure>` without those by class; other names are not measures."""
    found = []
    for name, value in numbers.items():
        origin, _, rest = name.partition(".")
        modality, _, measure = rest.partition(".")
        if measure and name not in by_class:
            found.append(Measure(origin, modality, measure, value))
    return tuple(found)


@naming_files
def read_neighbours(folders: Folders) -> dict[str, pd.DataFrame]:
    """Engine -> `class, distance, synthetic, nearest_real` of some synthetic texts."""
    found = {engine_of(parts): folders.series(*parts) for parts in folders.names("fidelity", "neighbours_*.csv")}
    return {engine: table for engine, table in found.items() if table is not None}


@naming_files
def read_neighbour_pictures(folders: Folders) -> dict[str, bytes]:
    """Engine -> a PNG of synthetic pictures beside the nearest training pictures."""
    found = {engine_of(parts): folders.picture(*parts) for parts in folders.names("fidelity", "neighbours_*.png")}
    return {engine: picture for engine, picture in found.items() if picture is not None}


def engine_of(parts: tuple[str, ...]) -> str:
    """The engine in `neighbours_<engine>.<ending>`."""
    return parts[-1].removeprefix("neighbours_").rpartition(".")[0]
