"""Scores of every classifier on the test splits of both origins, as metrics of E1 and E2."""

from collections.abc import Mapping, Sequence

from makeweight.data.scores import Scores, score
from makeweight.stages.classify.splits import Splits
from makeweight.stages.classify.training import ORIGINS, TrainedClassifier

Evaluations = Mapping[tuple[str, str, str], Scores]
"""(Origin of the training rows, network, origin of the test rows) -> scores."""


def evaluate(classifiers: Sequence[TrainedClassifier], splits: Mapping[str, Splits], classes: int) -> Evaluations:
    """Score every classifier on the test split of each origin."""
    return {
        (one.origin, one.name, tested_on): score(splits[tested_on]["test"].labels, one.predictions[tested_on], classes)
        for one in classifiers
        for tested_on in ORIGINS
    }


def measure_e1(
    classifiers: Sequence[TrainedClassifier], scores: Evaluations, classes: Sequence[str]
) -> dict[str, float]:
    """`<origin>.<network>.<score>`: every network on the test split of its own origin."""
    numbers: dict[str, float] = {}
    for one in classifiers:
        own, key = scores[one.origin, one.name, one.origin], f"{one.origin}.{one.name}"
        numbers[f"{key}.accuracy"] = own.accuracy
        numbers[f"{key}.macro_f1"] = own.macro_f1
        numbers[f"{key}.weighted_f1"] = own.weighted_f1
        numbers[f"{key}.epochs"] = len(one.history)
        numbers |= {f"{key}.f1.{label}": float(f1) for label, f1 in zip(classes, own.f1, strict=True)}
    return numbers


def measure_e2(names: Sequence[str], scores: Evaluations) -> dict[str, float]:
    """Every network across origins.

    `<network>.<score>`: trained on synthetic rows, tested on real ones; `<network>.ratio`: that accuracy over the
    accuracy of the same network trained on real rows. `real_on_synthetic.<network>.<score>`: the other direction.
    """
    numbers: dict[str, float] = {}
    for name in names:
        across, own = scores["synthetic", name, "real"], scores["real", name, "real"]
        numbers[f"{name}.accuracy"] = across.accuracy
        numbers[f"{name}.macro_f1"] = across.macro_f1
        numbers[f"{name}.ratio"] = across.accuracy / own.accuracy if own.accuracy else 0.0
        back = scores["real", name, "synthetic"]
        numbers[f"real_on_synthetic.{name}.accuracy"] = back.accuracy
        numbers[f"real_on_synthetic.{name}.macro_f1"] = back.macro_f1
    return numbers
