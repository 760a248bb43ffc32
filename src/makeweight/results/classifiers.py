"""Experiments E1 and E2: classifiers trained on real or synthetic samples, with scores, curves and confusions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from makeweight.results.folders import Folders, naming_files
from makeweight.results.values import Numbers, below, records, whole

if TYPE_CHECKING:
    import pandas as pd

REAL, SYNTHETIC = ORIGINS = "real", "synthetic"
"""The two origins of samples, as the stage `classify` names them in metrics and files."""

CLASSIFIERS = ("text", "image", "trees", "tabular", "nn", "lenet", "vgg16")
"""The contest's learners, named as their views, then the networks."""
FILE = re.compile(rf"(?:confusion|history)_({'|'.join(ORIGINS)})_(.+?)(?:_on_({'|'.join(ORIGINS)}))?\.csv")


@dataclass(frozen=True, slots=True)
class ClassifierScore:
    """A classifier trained on one kind of samples and tested on one; None where not known."""

    trained_on: str
    classifier: str
    tested_on: str
    accuracy: float
    macro_f1: float | None
    weighted_f1: float | None
    epochs: int | None
    ratio: float | None
    """Trained on synthetic, tested on real: its accuracy divided by that of the same classifier trained on real."""


@dataclass(frozen=True, slots=True)
class Confusion:
    """How often each class was taken for which."""

    trained_on: str
    classifier: str
    tested_on: str
    labels: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    """A row per actual class, a column per predicted class."""


@dataclass(frozen=True, slots=True)
class ArmConfusion:
    """How often an arm of the contest took each class for which, in the headline view, all seeds together."""

    arm: str
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


@naming_files
def read_own_kind(folders: Folders) -> tuple[ClassifierScore, ...]:
    """E1: every classifier trained and tested on its own kind of samples."""
    numbers = folders.numbers("classify", "e1") or {}
    pairs = [(origin, classifier) for origin in (REAL, SYNTHETIC) for classifier in CLASSIFIERS]
    scores = [score_of(numbers, f"{origin}.{classifier}", origin, classifier, origin) for origin, classifier in pairs]
    return tuple(score for score in scores if score is not None)


@naming_files
def read_across(folders: Folders) -> tuple[ClassifierScore, ...]:
    """E2: trained on synthetic and tested on real, then the other way."""
    numbers = folders.numbers("classify", "e2") or {}
    scores = [score_of(numbers, classifier, SYNTHETIC, classifier, REAL) for classifier in CLASSIFIERS]
    other_way = below(numbers, f"{REAL}_on_{SYNTHETIC}")
    scores += [score_of(other_way, classifier, REAL, classifier, SYNTHETIC) for classifier in CLASSIFIERS]
    return tuple(score for score in scores if score is not None)


def score_of(numbers: Numbers, name: str, trained_on: str, classifier: str, tested_on: str) -> ClassifierScore | None:
    """The scores below `<name>.`; None where there are none."""
    own = below(numbers, name)
    if "accuracy" not in own:
        return None
    macro_f1, weighted_f1, ratio = (own.get(score) for score in ("macro_f1", "weighted_f1", "ratio"))
    return ClassifierScore(
        trained_on, classifier, tested_on, own["accuracy"], macro_f1, weighted_f1, whole(own.get("epochs")), ratio
    )


@naming_files
def read_confusions(folders: Folders) -> tuple[Confusion, ...]:
    """Every confusion matrix of the stage `classify`, in the order of the file names."""
    found = []
    for parts in folders.names("classify", "confusion_*.csv"):
        named, counts = FILE.fullmatch(parts[-1]), folders.series(*parts)
        if named is not None and counts is not None:
            trained_on, classifier, tested_on = named[1], named[2], named[3] or named[1]
            found.append(Confusion(trained_on, classifier, tested_on, *tabulate(counts)))
    return tuple(found)


@naming_files
def read_arm_confusions(folders: Folders) -> tuple[ArmConfusion, ...]:
    """Those of the recommended arm and of `none`, in this order; an earlier version wrote none."""
    counts = folders.series("verdict", "confusion.csv")
    if counts is None:
        return ()
    return tuple(ArmConfusion(str(arm), *tabulate(own)) for arm, own in counts.groupby("arm", sort=False))


def tabulate(counts: pd.DataFrame) -> tuple[tuple[str, ...], tuple[tuple[int, ...], ...]]:
    """Labels and matrix of a series `actual, predicted, count`, or of one with a row per sample and no count."""
    cells: dict[tuple[str, str], int] = {}
    for row in records(counts):
        cell = str(row["actual"]), str(row["predicted"])
        cells[cell] = cells.get(cell, 0) + int(row.get("count", 1))
    labels = tuple(sorted({label for cell in cells for label in cell}))
    return labels, tuple(tuple(cells.get((actual, predicted), 0) for predicted in labels) for actual in labels)


@naming_files
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
