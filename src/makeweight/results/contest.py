"""What every arm of the contest costs, and how often it was trained."""

from __future__ import annotations

from dataclasses import dataclass

from makeweight.balance.arm import NONE, Arm
from makeweight.core import timings
from makeweight.results.folders import Folders, naming_files
from makeweight.results.values import whole


@dataclass(frozen=True, slots=True)
class Cost:
    """The cost of one arm; None where it is not known."""

    rows: int | None
    """Synthetic, repeated or interpolated rows that one classifier learns from."""
    steps: int | None
    """Gradient steps of the classifiers, over all views and seeds, and of the generators that the arm needs."""
    classifier_seconds: float | None
    """By the clock in the last run on this machine; differs from run to run."""
    generator_seconds: float | None

    @property
    def seconds(self) -> float | None:
        """Of classifiers and generators together."""
        if self.classifier_seconds is None or self.generator_seconds is None:
            return None
        return self.classifier_seconds + self.generator_seconds


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of an arm in one view on the test split, beside macro-F1 of its decision rule; None where not known."""

    argmax_macro_f1: float | None
    """If the most probable class were predicted, in points."""
    average_precision: float | None
    """Mean over classes, in points: no decision rule can change it."""


@naming_files
def read_scores(folders: Folders, arm: str, view: str) -> Scores:
    """What the contest measured of an arm beside macro-F1."""
    numbers = folders.numbers("contest", arm) or {}
    found = (numbers.get(f"{view}.{name}.mean") for name in ("argmax_macro_f1", "average_precision"))
    return Scores(*(None if value is None else 100 * value for value in found))


@naming_files
def read_cost(folders: Folders, name: str) -> Cost:
    """Rows and steps from the metrics, seconds from this machine's notes."""
    arm, contest = Arm.parse(name), folders.numbers("contest", name) or {}
    updates = [(folders.numbers("train_gan", engine) or {}).get("updates") for engine in arm.engines]
    return Cost(
        whole(contest.get("rows.synthetic")),
        whole(total([contest.get("steps"), *updates])),
        timings.read_seconds("contest", name),
        total([timings.read_seconds("train_gan", engine) for engine in arm.engines]),
    )


def total(amounts: list[float | None]) -> float | None:
    """The sum; None where one of them is not known."""
    known = [amount for amount in amounts if amount is not None]
    return sum(known) if len(known) == len(amounts) else None


@naming_files
def read_train_rows(folders: Folders) -> int | None:
    """Real rows that every classifier of the contest learns from."""
    return whole((folders.numbers("contest", NONE) or {}).get("rows.real"))


@naming_files
def read_seeds(folders: Folders, view: str) -> int | None:
    """How often each arm was trained in a view, from other random starts."""
    return whole((folders.numbers("contest", NONE) or {}).get(f"{view}.seeds"))
