"""How an arm decides: a rule per view, weights by which views are fused, a rule for the fusion; all out of fold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import Any

import numpy as np
import torch

from makeweight.core import workers
from makeweight.learn.decision_rule import DecisionRule, choose_rule
from makeweight.learn.fusion import fuse, fusion_weights
from makeweight.learn.views import FUSION


@dataclass(frozen=True)
class Fusion:
    """How some views are fused."""

    weights: Mapping[str, float]
    """Of the views' probabilities as they are: the fusion whose most probable class `none` predicts."""
    adjusted_weights: Mapping[str, float]
    """Of the views' probabilities as their rules adjust them."""
    rule: DecisionRule
    """Applied to the fusion of adjusted probabilities."""

    def plain(self, views: Mapping[str, np.ndarray]) -> np.ndarray:
        """The fusion of the views' probabilities, float32 `(n, classes)`."""
        return fuse(list(views.values()), [self.weights[view] for view in views]).astype(np.float32)

    def adjusted(self, views: Mapping[str, np.ndarray], rules: Mapping[str, DecisionRule]) -> np.ndarray:
        """The fusion of what the views' rules make of their probabilities, float64 `(n, classes)`."""
        parts = [rules[view].adjusted(part) for view, part in views.items()]
        return fuse(parts, [self.adjusted_weights[view] for view in views])


@dataclass(frozen=True)
class Decisions:
    """The rules of an arm, by view and for the fusion."""

    rules: Mapping[str, DecisionRule]
    fusion: Fusion | None
    warnings: Mapping[str, int]

    def tuned(self, view: str, probabilities: Mapping[str, np.ndarray]) -> np.ndarray:
        """The class that a view's rule decides for, int `(n,)`; the most probable one where it has no rule.

        Args:
            view: a view, or `fusion`.
            probabilities: of the view under its name; for the fusion, of all views that it joins.
        """
        if view == FUSION:
            assert self.fusion is not None
            return self.fusion.rule.decide(self.fusion.adjusted(probabilities, self.rules))
        return self.rules[view].decide(probabilities[view]) if view in self.rules else probabilities[view].argmax(1)


def choose_decisions(held_out: Mapping[str, np.ndarray], labels: np.ndarray, device: torch.device) -> Decisions:
    """Choose all rules and weights on predictions of train rows out of fold.

    Args:
        held_out: view -> class probabilities `(n, classes)`.
        labels: class indices of these rows `(n,)`.
        device: where the views were learned: beside a GPU no process is forked.
    """
    found = workers.run_all(lambda view: choose_rule(held_out[view], labels), list(held_out), device)
    rules = dict(zip(held_out, found, strict=True))
    warnings = {f"{view}.{name}": count for view, rule in rules.items() for name, count in rule.warnings.items()}
    if len(held_out) < 2:
        return Decisions(rules, None, warnings)
    fusion = choose_fusion(held_out, rules, labels)
    warnings |= {f"{FUSION}.{name}": count for name, count in fusion.rule.warnings.items()}
    return Decisions(rules | {FUSION: fusion.rule}, fusion, warnings)


def choose_fusion(held_out: Mapping[str, np.ndarray], rules: Mapping[str, DecisionRule], labels: np.ndarray) -> Fusion:
    """Weights and rule of the fusion of these views."""
    names = list(held_out)
    plain = fusion_weights(list(held_out.values()), labels)
    adjusted = [rules[view].adjusted(held_out[view]) for view in names]
    weights = fusion_weights(adjusted, labels)
    return Fusion(named(names, plain), named(names, weights), choose_rule(fuse(adjusted, weights), labels))


def named(names: Sequence[str], weights: np.ndarray) -> dict[str, float]:
    """The weights by view, as they are written."""
    return {name: round(float(weight), 6) for name, weight in zip(names, weights, strict=True)}


def fusions_of_view_sets(
    held_out: Mapping[str, np.ndarray],
    rules: Mapping[str, DecisionRule],
    readable: Sequence[str],
    labels: np.ndarray,
    names_of_classes: Sequence[str],
    device: torch.device,
) -> list[dict[str, Any]]:
    """Weights and the rule for every set of two or more views that an upload can be read by, as records.

    An upload may lack some of the views. Weights are chosen for each set, since a weight says how much a view knows
    beside the others.
    """
    names = [view for view in readable if view in held_out]
    sets = [chosen for size in range(2, len(names) + 1) for chosen in combinations(names, size)]

    def record(chosen: tuple[str, ...]) -> dict[str, Any]:
        fusion = choose_fusion({view: held_out[view] for view in chosen}, rules, labels)
        rule = fusion.rule.as_record(names_of_classes)
        return {"plain_weights": fusion.weights, "weights": fusion.adjusted_weights, "rule": rule}

    return workers.run_all(record, sets, device)
