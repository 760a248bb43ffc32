"""Experiments E1 and E2: classifiers trained on real or synthetic samples, with scores, curves and confusions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from makeweight.results.folders import Folders
from makeweight.results.values import Numbers, below, records, whole

if TYPE_CHECKING:
    import pandas as pd

REAL, SYNTHETIC = ORIGINS = "real", "synthetic"
"""The two origins of samples, as the stage `classify` names them in metrics and files."""

NETWORKS = ("nn", "lenet", "vgg16")
FILE = re.compile(rf"(?:confusion|history)_({'|'.join(ORIGINS)})_(.+?)(?:_on_({'|'.join(ORIGINS)}))?\.csv")


@dataclass(frozen=True, slots=True)
class NetworkScore:
    """A network trained on one kind of samples and tested on one; None where not known."""

    trained_on: str
    network: str
    tested_on: str
    accuracy: float
    macro_f1: float | None
    weighted_f1: float | None
    epochs: int | None
    ratio: float | None
    """Trained on synthetic, tested on real: its accuracy divided by that of the network trained on real."""


@dataclass(frozen=True, slots=True)
class Confusion:
    """How often each class was taken for which."""

    trained_on: str
    network: str
    tested_on: str
    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    """A row per actual class, a column per predicted class."""


@dataclass(frozen=True, slots=True)
class LearningCurve:
    """Training loss and validation macro-F1 by epoch; empty where not measured."""

    trained_on: str
    network: str
    epochs: tuple[float, ...]
    train_loss: tuple[float, ...]
    validation_macro_f1: tuple[float, ...]


def read_own_kind(folders: Folders) -> tuple[NetworkScore, ...]:
    """E1: every network trained and tested on its own kind of samples."""
    numbers = folders.numbers("classify", "e1") or {}
    pairs = [(origin, network) for origin in (REAL, SYNTHETIC) for network in NETWORKS]
    scores = [score_of(numbers, f"{origin}.{network}", origin, network, origin) for origin, network in pairs]
    return tuple(score for score in scores if score is not None)


def read_across(folders: Folders) -> tuple[NetworkScore, ...]:
    """E2: trained on synthetic and tested on real, then the other way."""
    numbers = folders.numbers("classify", "e2") or {}
    scores = [score_of(numbers, network, SYNTHETIC, network, REAL) for network in NETWORKS]
    other_way = below(numbers, f"{REAL}_on_{SYNTHETIC}")
    scores += [score_of(other_way, network, REAL, network, SYNTHETIC) for network in NETWORKS]
    return tuple(score for score in scores if score is not None)


def score_of(numbers: Numbers, name: str, trained_on: str, network: str, tested_on: str) -> NetworkScore | None:
    """The scores below `<name>.`; None where there are none."""
    own = below(numbers, name)
    if "accuracy" not in own:
        return None
    macro_f1, weighted_f1, ratio = (own.get(score) for score in ("macro_f1", "weighted_f1", "ratio"))
    return NetworkScore(
        trained_on, network, tested_on, own["accuracy"], macro_f1, weighted_f1, whole(own.get("epochs")), ratio
    )


def read_confusions(folders: Folders) -> tuple[Confusion, ...]:
    """Every confusion matrix of the stage `classify`, in the order of the file names."""
    found = []
    for parts in folders.names("classify", "confusion_*.csv"):
        named, counts = FILE.fullmatch(parts[-1]), folders.series(*parts)
        if named is not None and counts is not None:
            trained_on, network, tested_on = named[1], named[2], named[3] or named[1]
            found.append(Confusion(trained_on, network, tested_on, *tabulate(counts)))
    return tuple(found)


def tabulate(counts: pd.DataFrame) -> tuple[tuple[str, ...], tuple[tuple[int, ...], ...]]:
    """Labels and matrix of a series `actual, predicted, count`, or of one with a row per sample and no count."""
    cells: dict[tuple[str, str], int] = {}
    for row in records(counts):
        cell = str(row["actual"]), str(row["predicted"])
        cells[cell] = cells.get(cell, 0) + int(row.get("count", 1))
    labels = tuple(sorted({label for cell in cells for label in cell}))
    return labels, tuple(tuple(cells.get((actual, predicted), 0) for predicted in labels) for actual in labels)


def read_learning_curves(folders: Folders) -> tuple[LearningCurve, ...]:
    """How every network learned, in the order of the file names."""
    found = []
    for parts in folders.names("classify", "history_*.csv"):
        named, series = FILE.fullmatch(parts[-1]), folders.series(*parts)
        if named is not None and series is not None:
            columns = (
                tuple(series[name]) if name in series else () for name in ("epoch", "train_loss", "validation_macro_f1")
            )
            found.append(LearningCurve(named[1], named[2], *columns))
    return tuple(found)
