"""Series for plots: training histories, confusion matrices and scores per class."""

from collections.abc import Sequence

import pandas as pd

from makeweight.core import outputs
from makeweight.data.scores import Scores
from makeweight.stages.classify.evaluation import Evaluations
from makeweight.stages.classify.training import ORIGINS, Classifier, TrainedNetwork

STAGE = "classify"


def write_plots(classifiers: Sequence[Classifier], scores: Evaluations, classes: Sequence[str]) -> None:
    """Write every series below plots/classify."""
    for one in classifiers:
        if isinstance(one, TrainedNetwork):
            outputs.write_csv(STAGE, f"history_{one.origin}_{one.name}.csv", pd.DataFrame(one.history))
        for tested_on in ORIGINS:
            name = f"confusion_{one.origin}_{one.name}" + ("" if tested_on == one.origin else f"_on_{tested_on}")
            matrix = confusion_table(scores[one.origin, one.name, tested_on], classes)
            outputs.write_csv(STAGE, f"{name}.csv", matrix)
    outputs.write_csv(STAGE, "classes.csv", class_table(scores, classes))


def confusion_table(scores: Scores, classes: Sequence[str]) -> pd.DataFrame:
    """Columns `actual, predicted, count`, one row per pair of classes."""
    pairs = [(actual, predicted) for actual in range(len(classes)) for predicted in range(len(classes))]
    return pd.DataFrame(
        {
            "actual": [classes[actual] for actual, _ in pairs],
            "predicted": [classes[predicted] for _, predicted in pairs],
            "count": [int(scores.confusion[pair]) for pair in pairs],
        }
    )


def class_table(scores: Evaluations, classes: Sequence[str]) -> pd.DataFrame:
    """Precision, recall and F1 per class of every classifier on every test split."""
    parts = [
        pd.DataFrame(
            {
                "trained_on": origin,
                "network": name,
                "tested_on": tested_on,
                "label": list(classes),
                "rows": one.actual,
                "precision": one.precision,
                "recall": one.recall,
                "f1": one.f1,
            }
        )
        for (origin, name, tested_on), one in scores.items()
    ]
    return pd.concat(parts, ignore_index=True)
