"""The outcomes of an arm as a table of predictions, which the verdict reads, and as scores over the seeds."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from makeweight.data.encoded import Encoded
from makeweight.data.scores import average_precision, balanced_accuracy, log_loss, score
from makeweight.learn.views import FUSION
from makeweight.stages.contest.runs import ArmRun, Outcome
from makeweight.stages.contest.task import Predictions

HELD_OUT = ("validation", "test")


def prediction_table(run: ArmRun, data: Encoded) -> pd.DataFrame:
    """One row per seed, view and sample of the validation and test splits.

    `predicted` is the most probable class, `tuned` the class that the decision rule decides for; a column
    `p.<class>` holds the probability of each class.

    Raises:
        FloatingPointError: every view failed with every seed.
    """
    names = np.array(data.classes, dtype=object)
    tables = []
    for outcome in run.outcomes:
        if outcome.predictions is None:
            continue
        for split in HELD_OUT:
            probabilities = getattr(outcome.predictions, split)
            rows = data.table.iloc[data.rows(split)]
            table = pd.DataFrame(
                {
                    "seed": outcome.seed,
                    "view": outcome.view,
                    "split": split,
                    "id": rows["id"].to_numpy(),
                    "label": rows["label"].to_numpy(),
                    "predicted": names[probabilities.argmax(1)],
                    "tuned": names[tuned(run, outcome, split)],
                }
            )
            columns = {f"p.{name}": probabilities[:, index] for index, name in enumerate(data.classes)}
            tables.append(pd.concat([table, pd.DataFrame(columns)], axis=1))
    if not tables:
        raise FloatingPointError("every view failed with every seed")
    return pd.concat(tables, ignore_index=True)


def tuned(run: ArmRun, outcome: Outcome, split: str) -> np.ndarray:
    """What the decision rule of the outcome's view decides on a split, int `(n,)`."""
    same_seed = {
        one.view: getattr(one.predictions, split)
        for one in run.outcomes
        if one.seed == outcome.seed and one.predictions is not None and one.view != FUSION
    }
    return run.decisions.tuned(outcome.view, same_seed)


def measure(run: ArmRun, data: Encoded, minority: np.ndarray) -> dict[str, float]:
    """Mean and standard deviation over the seeds of the scores on the test split, and of macro-F1 on validation.

    Scores are those of the tuned decision; `argmax_macro_f1` is that of the most probable class. `balanced_accuracy`
    decides by probability over prior, `average_precision` and `log_loss` depend on no decision. `steps`: gradient
    steps of all networks of all seeds.

    Args:
        run: the arm's predictions and decisions.
        data: the samples that it learned from.
        minority: mask of the classes that are in the minority in the train split as it is.
    """
    numbers: dict[str, float] = {"steps": sum(one.predictions.steps for one in run.outcomes if one.predictions)}
    for view in sorted({outcome.view for outcome in run.outcomes}):
        own = [outcome for outcome in run.outcomes if outcome.view == view]
        complete = [outcome for outcome in own if outcome.predictions is not None]
        numbers[f"{view}.seeds"] = len(complete)
        if failed := len(own) - len(complete):
            numbers[f"{view}.failed_seeds"] = failed
        rejected = [
            one.predictions.rejected for one in complete if one.predictions and one.predictions.rejected is not None
        ]
        if rejected:
            numbers[f"{view}.warnings.rows_rejected"] = float(np.mean(rejected))
        each = [
            measure_outcome(run, outcome, outcome.predictions, data, minority)
            for outcome in complete
            if outcome.predictions
        ]
        for name in each[0] if each else ():
            numbers |= mean_and_std(f"{view}.{name}", [one[name] for one in each])
        if view in run.decisions.rules:
            numbers[f"{view}.rule.tau"] = run.decisions.rules[view].tau
    return numbers | {f"warnings.rule.{name}": count for name, count in run.decisions.warnings.items()}


def measure_outcome(
    run: ArmRun, outcome: Outcome, predictions: Predictions, data: Encoded, minority: np.ndarray
) -> Mapping[str, float]:
    """The scores of one view with one seed."""
    train = data.labels("train")
    labels = {split: data.labels(split) for split in HELD_OUT}
    test = score(labels["test"], tuned(run, outcome, "test"), data.classes)
    validation = score(labels["validation"], tuned(run, outcome, "validation"), data.classes)
    prior = np.bincount(train, minlength=len(data.classes)) / len(train)
    return {
        "accuracy": test.accuracy,
        "macro_f1": test.macro_f1,
        "minority_recall": test.recall_of(minority),
        "argmax_macro_f1": score(labels["test"], predictions.test.argmax(1), data.classes).macro_f1,
        "balanced_accuracy": balanced_accuracy(predictions.test, labels["test"], prior),
        "average_precision": average_precision(predictions.test, labels["test"]),
        "log_loss": log_loss(predictions.test, labels["test"]),
        "validation_macro_f1": validation.macro_f1,
    }


def mean_and_std(name: str, values: Sequence[float]) -> dict[str, float]:
    """Mean and standard deviation over the seeds."""
    deviation = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
    return {f"{name}.mean": float(np.mean(values)), f"{name}.std": deviation}
