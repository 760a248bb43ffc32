"""The decision rules of the recommended arm with their numbers, and what the views are called."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from makeweight.learn.views import FUSION as FUSION
from makeweight.learn.views import TITLES
from makeweight.results.folders import Folders, naming_files
from makeweight.results.values import records


@dataclass(frozen=True)
class ViewRule:
    """The decision rule of one view, or of the fusion of all."""

    view: str
    biases: Mapping[str, float]
    """Class -> what is added to the log of its probability; the smallest is 0."""
    label: str | None
    """With two classes, the one that `threshold` is of: the rarer one in the train split, where that is known."""
    threshold: float | None
    """The class `label` is predicted where its probability is above."""
    weight: float | None
    """Of the view in the fusion; None for the fusion itself, and where views are not fused."""

    @property
    def log_odds(self) -> float:
        """With two classes, what is added to the log-odds of `label`."""
        return sum(bias if label == self.label else -bias for label, bias in self.biases.items())


def only_view(rules: Sequence[ViewRule]) -> ViewRule | None:
    """The rule of the one view that decides, with what the fusion adds to it; None where several views decide.

    A view without weight in the fusion decides nothing. With two classes only; otherwise None.
    """
    fusion = next((rule for rule in rules if rule.view == FUSION), None)
    deciding = [rule for rule in rules if rule.view != FUSION and (fusion is None or rule.weight)]
    if len(deciding) != 1 or deciding[0].threshold is None:
        return None
    (own,) = deciding
    if fusion is None or own.weight is None or fusion.label != own.label:
        return own if fusion is None else None
    added = own.log_odds + fusion.log_odds / own.weight
    return replace(own, threshold=1 / (1 + math.exp(added)))


def view_title(view: str) -> str:
    """What a view is called on a page; an unknown one keeps its name."""
    return TITLES.get(view, view)


@naming_files
def read_rules(folders: Folders) -> tuple[ViewRule, ...]:
    """The rules by view, in the order of the file; an earlier version wrote none."""
    views: dict[str, list[dict[str, object]]] = {}
    for row in records(folders.series("verdict", "rule.csv")):
        views.setdefault(str(row["view"]), []).append(row)
    sizes = {str(row["label"]): int(row["train"]) for row in records(folders.series("split", "classes.csv"))}
    return tuple(of_rarer_class(rule_of(view, rows), sizes) for view, rows in views.items())


def of_rarer_class(rule: ViewRule, sizes: Mapping[str, int]) -> ViewRule:
    """The same rule of two classes, told as a threshold of the class with fewer train rows."""
    other = next((label for label in rule.biases if label != rule.label), None)
    if rule.label is None or other is None or rule.threshold is None:
        return rule
    if sizes.get(other, 0) >= sizes.get(rule.label, 0):
        return rule
    return replace(rule, label=other, threshold=1 - rule.threshold)


def rule_of(view: str, rows: list[dict[str, object]]) -> ViewRule:
    """The rule that the rows of one view say."""
    biases = {str(row["label"]): float(str(row["bias"])) for row in rows}
    thresholds = {str(row["label"]): value for row in rows if (value := known(row["threshold"])) is not None}
    label = next(iter(thresholds), None)
    return ViewRule(view, biases, label, thresholds[label] if label is not None else None, known(rows[0]["weight"]))


def known(value: object) -> float | None:
    """A number of a series; None where the field is empty."""
    number = None if value is None else float(str(value))
    return None if number is None or number != number else number
