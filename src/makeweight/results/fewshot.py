"""Few-shot learning: accuracy by method and setting, and verification of pairs."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from makeweight.results.folders import Folders, naming_files
from makeweight.results.values import Interval, Numbers, interval_of, records
from makeweight.results.verdict import POINTS

SETTING = re.compile(r"(\w+)\.(\d+)_way_(\d+)_shot\.mean")
BASELINE = "patch_prototype"
"""The method without any training that every other one is compared with."""
DIFFERENCE = f"minus_{BASELINE}"
TRAINED = ("siamese", "contrastive", "triplet", "prototypical", "cnn_prototype")
"""Networks trained on the base classes."""
VERIFICATION = re.compile(r"(\w+)\.verification\.(\w+)")


@dataclass(frozen=True, slots=True)
class Accuracy:
    """A method's accuracy over episodes of `way` classes with `shot` examples each, in percent."""

    method: str
    way: int
    shot: int
    accuracy: Interval
    difference: Interval | None = None
    """To `BASELINE` on the same episodes, in points; None where it was not measured."""

    @property
    def comparison(self) -> str:
        """`better` or `worse` than the baseline where the interval says so, else `inconclusive`; empty if unknown."""
        if self.difference is None or self.method == BASELINE:
            return ""
        return word_for(self.difference)

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


@dataclass(frozen=True, slots=True)
class Generated:
    """What generated rows change, against a method without them on the same episodes, in points."""

    reference: str
    way: int
    shot: int
    difference: Interval


@dataclass(frozen=True)
class FewShot:
    """One labeling of the stage `fewshot`; without methods where the data give no classes to try it on."""

    labeling: str
    accuracies: tuple[Accuracy, ...]
    verification: tuple[Verification, ...]
    generated: tuple[Generated, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Whether nothing could be measured."""
        return not self.accuracies and not self.verification


@naming_files
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
                difference_of(row),
            )
            for row in rows
        )
        generated = tuple(
            Generated(
                str(row["reference"]),
                int(row["way"]),
                int(row["shot"]),
                Interval(row["mean"], row["low"], row["high"]).scaled(POINTS),
            )
            for row in records(folders.series("fewshot", labeling, "generated.csv"))
        )
        found.append(FewShot(labeling, table or accuracies_of(numbers), verification_of(numbers), generated))
    return tuple(found)


def difference_of(row: Mapping[Any, float]) -> Interval | None:
    """The paired difference to the baseline in a row of the table, in points; None in tables that lack it."""
    if DIFFERENCE not in row:
        return None
    return Interval(row[DIFFERENCE], row[f"{DIFFERENCE}_low"], row[f"{DIFFERENCE}_high"]).scaled(POINTS)


def accuracies_of(numbers: Numbers) -> tuple[Accuracy, ...]:
    """The accuracies in a flat metrics file, in the order of the names."""
    found = []
    for name in numbers:
        if matched := SETTING.fullmatch(name):
            accuracy = interval_of(numbers, name.removesuffix(".mean"), POINTS)
            if accuracy is not None:
                difference = interval_of(numbers, f"{name.removesuffix('.mean')}.{DIFFERENCE}", POINTS)
                found.append(Accuracy(matched[1], int(matched[2]), int(matched[3]), accuracy, difference))
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


def findings(found: FewShot) -> list[str]:
    """A sentence on trained networks and one on generated rows, for each number of examples, with fewest classes."""
    fewest = min((one.way for one in found.accuracies), default=0)
    said = []
    for shot in sorted({one.shot for one in found.accuracies}):
        setting = f"{fewest} classes, {shot} {'example' if shot == 1 else 'examples'} each"
        here = {one.method: one for one in found.accuracies if (one.way, one.shot) == (fewest, shot) and one.comparison}
        networks = [here[method] for method in TRAINED if method in here]
        if networks:
            said.append(f"{setting}: {networks_finding(networks)}")
        generated = [one for one in found.generated if (one.way, one.shot) == (fewest, shot)]
        if generated:
            against = "; ".join(f"against {one.reference} {changed(one.difference)}" for one in generated)
            said.append(f"{setting}: generated rows, {against}.")
    return said


def changed(difference: Interval) -> str:
    """A difference in points with the word that its interval allows."""
    return f"{difference.as_difference} points, {word_for(difference)}"


def word_for(difference: Interval) -> str:
    """`better` or `worse` where the interval is above or below zero, else `inconclusive`."""
    return "better" if difference.low > 0 else "worse" if difference.high < 0 else "inconclusive"


def networks_finding(networks: Sequence[Accuracy]) -> str:
    """Which trained networks beat the untrained baseline, each with its difference."""
    better = [one for one in networks if one.comparison == "better"]
    others = [one for one in networks if one.comparison != "better"]
    if not better:
        return f"no trained network is better than {BASELINE}, which needs no training ({listed(others)})."
    found = f"better than {BASELINE}, which needs no training: {listed(better)}"
    return f"{found}; not better: {listed(others)}." if others else f"{found}."


def listed(methods: Sequence[Accuracy]) -> str:
    """Each method with its difference in points and the interval around it."""
    return ", ".join(f"{one.method} {one.difference.as_difference}" for one in methods if one.difference is not None)
