"""How every engine learned: losses, validation scores, steps, and its synthetic rows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from makeweight.results.folders import Folders, naming_files
from makeweight.results.values import below, whole


@dataclass(frozen=True, slots=True)
class Curve:
    """Values by training step; steps at which the value was not measured are left out."""

    name: str
    steps: tuple[float, ...]
    values: tuple[float, ...]


@dataclass(frozen=True)
class Training:
    """One engine; None and empty where not known."""

    engine: str
    updates: int | None
    scores: Curve | None
    losses: tuple[Curve, ...]


@dataclass(frozen=True)
class Synthetic:
    """What the stage `sample` made with one engine."""

    engine: str
    rows: int | None
    rows_by_class: Mapping[str, int]
    passed: float | None
    """Share of rows that passed the filter."""
    near_copies: float | None
    """Share of rows that nearly equal a training row."""


@naming_files
def read_trainings(folders: Folders) -> tuple[Training, ...]:
    """Every engine with metrics or plots of `train_gan`, in name order."""
    engines = sorted({*folders.cells("train_gan"), *folders.subfolders("train_gan")})
    return tuple(read_training(folders, engine) for engine in engines)


@naming_files
def read_training(folders: Folders, engine: str) -> Training:
    """One engine."""
    numbers = folders.numbers("train_gan", engine) or {}
    scores = read_curves(folders, engine, "scores.csv")
    return Training(
        engine,
        whole(numbers.get("updates")),
        scores[0] if scores else None,
        read_curves(folders, engine, "losses.csv"),
    )


@naming_files
def read_curves(folders: Folders, engine: str, file: str) -> tuple[Curve, ...]:
    """One curve per column beside `step`."""
    series = folders.series("train_gan", engine, file)
    if series is None:
        return ()
    curves = []
    for name in series.columns.drop("step"):
        known = series[["step", name]].dropna()
        values = np.asarray(known, dtype=float)
        curves.append(Curve(str(name), tuple(values[:, 0]), tuple(values[:, 1])))
    return tuple(curves)


@naming_files
def read_synthetic(folders: Folders) -> tuple[Synthetic, ...]:
    """Every engine with plots or numbers of `sample`, in name order."""
    numbers = folders.numbers("sample") or {}
    engines = sorted({*folders.subfolders("sample"), *folders.cells("train_gan")})
    found = []
    for engine in engines:
        own = below(numbers, engine)
        rows = {label: int(count) for label, count in below(own, "rows").items()}
        found.append(Synthetic(engine, whole(own.get("rows")), rows, own.get("passed"), own.get("near_copies")))
    return tuple(found)
