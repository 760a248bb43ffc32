"""Scores of every classifier on the test splits of both origins, as metrics of E1 and E2."""

from collections.abc import Mapping, Sequence

from makeweight.data.scores import Scores, score
from makeweight.stages.classify.splits import Splits
from makeweight.stages.classify.training import ORIGINS, Classifier, TrainedNetwork

Evaluations = Mapping[tuple[str, str, str], Scores]
"""(Origin of the training rows, classifier, origin of the test rows) -> scores."""


def evaluate(classifiers: Sequence[Classifier], splits: Mapping[str, Splits], classes: int) -> Evaluations:
    """Score every classifier on the test split of each origin."""
    return {
        (one.origin, one.name, tested_on): score(splits[tested_on]["test"].labels, one.predictions[tested_on], classes)
        for one in classifiers
        for tested_on in ORIGINS
    }


def measure_e1(classifiers: Sequence[Classifier], scores: Evaluations, classes: Sequence[str]) -> dict[str, float]:
    """`<origin>.<classifier>.<score>`: every classifier on the test split of its own origin; a network's epochs too."""
    numbers: dict[str, float] = {}
    for one in classifiers:
        own, key = scores[one.origin, one.name, one.origin], f"{one.origin}.{one.name}"
        numbers[f"{key}.accuracy"] = own.accuracy
        numbers[f"{key}.macro_f1"] = own.macro_f1
        numbers[f"{key}.weighted_f1"] = own.weighted_f1
        if isinstance(one, TrainedNetwork):
            numbers[f"{key}.epochs"] = len(one.history)
        numbers |= {f"{key}.f1.{label}": float(f1) for label, f1 in zip(classes, own.f1, strict=True)}
    return numbers


def measure_e2(scores: Evaluations) -> dict[str, float]:
    """Every classifier across origins.

    `<classifier>.<score>`: trained on synthetic rows, tested on real ones; `<classifier>.ratio`: that accuracy over the
    accuracy of the same classifier trained on real rows. `real_on_synthetic.<classifier>.<score>`: the other direction.
    """
    numbers: dict[str, float] = {}
    for name in dict.fromkeys(name for _, name, _ in scores):
        across, own = scores["synthetic", name, "real"], scores["real", name, "real"]
        numbers[f"{name}.accuracy"] = across.accuracy
        numbers[f"{name}.macro_f1"] = across.macro_f1
        numbers[f"{name}.ratio"] = across.accuracy / own.accuracy if own.accuracy else 0.0
        back = scores["real", name, "synthetic"]
        numbers[f"real_on_synthetic.{name}.accuracy"] = back.accuracy
        numbers[f"real_on_synthetic.{name}.macro_f1"] = back.macro_f1
    return numbers
