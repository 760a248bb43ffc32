"""Few-shot learning: accuracy by method and setting, and verification of pairs."""

from __future__ import annotations

import re
from dataclasses import dataclass

from makeweight.results.folders import Folders
from makeweight.results.values import Interval, Numbers, interval_of, records
from makeweight.results.verdict import POINTS

SETTING = re.compile(r"(\w+)\.(\d+)_way_(\d+)_shot\.mean")
VERIFICATION = re.compile(r"(\w+)\.verification\.(\w+)")


@dataclass(frozen=True, slots=True)
class Accuracy:
    """A method's accuracy over episodes of `way` classes with `shot` examples each, in percent."""

    method: str
    way: int
    shot: int
    accuracy: Interval

    @property
    def chance(self) -> float:
        """What guessing scores, in percent."""
        return POINTS / self.way


@dataclass(frozen=True, slots=True)
class Verification:
    """How well a method says whether two samples are of the same class; None where not measured."""

    method: str
    accuracy: float | None
    roc_auc: float | None
    eer: float | None
    """Equal error rate."""


@dataclass(frozen=True)
class FewShot:
    """One labeling of the stage `fewshot`; without methods where the data give no classes to try it on."""

    labeling: str
    accuracies: tuple[Accuracy, ...]
    verification: tuple[Verification, ...]

    @property
    def is_empty(self) -> bool:
        """Whether nothing could be measured."""
        return not self.accuracies and not self.verification


def read_fewshot(folders: Folders) -> tuple[FewShot, ...]:
    """Every labeling, in name order."""
    found = []
    for labeling in folders.cells("fewshot"):
        numbers = folders.numbers("fewshot", labeling) or {}
        rows = records(folders.series("fewshot", labeling, "table.csv"))
        table = tuple(
            Accuracy(
                str(row["method"]),
                int(row["way"]),
                int(row["shot"]),
                Interval(row["mean"], row["low"], row["high"]).scaled(POINTS),
            )
            for row in rows
        )
        found.append(FewShot(labeling, table or accuracies_of(numbers), verification_of(numbers)))
    return tuple(found)


def accuracies_of(numbers: Numbers) -> tuple[Accuracy, ...]:
    """The accuracies in a flat metrics file, in the order of the names."""
    found = []
    for name in numbers:
        if matched := SETTING.fullmatch(name):
            accuracy = interval_of(numbers, name.removesuffix(".mean"), POINTS)
            if accuracy is not None:
                found.append(Accuracy(matched[1], int(matched[2]), int(matched[3]), accuracy))
    return tuple(found)


def verification_of(numbers: Numbers) -> tuple[Verification, ...]:
    """The verification scores in a flat metrics file, one line per method."""
    rows: dict[str, dict[str, float]] = {}
    for name, value in numbers.items():
        if matched := VERIFICATION.fullmatch(name):
            rows.setdefault(matched[1], {})[matched[2]] = value
    return tuple(
        Verification(method, scores.get("accuracy"), scores.get("roc_auc"), scores.get("eer"))
        for method, scores in rows.items()
    )
