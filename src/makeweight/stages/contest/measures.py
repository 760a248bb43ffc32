"""The outcomes of an arm as a table of predictions, which the verdict reads, and as scores over the seeds."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from makeweight.balance.train_split import minority_mask
from makeweight.data.encoded import Encoded
from makeweight.data.scores import score
from makeweight.stages.contest.runs import Outcome


def prediction_table(outcomes: Sequence[Outcome], data: Encoded) -> pd.DataFrame:
    """One row per seed, view and sample of the validation and test splits, with a column `p.<class>` per class.

    Raises:
        FloatingPointError: every view failed with every seed.
    """
    tables = []
    for outcome in outcomes:
        if outcome.predictions is None:
            continue
        for split, probabilities in (
            ("validation", outcome.predictions.validation),
            ("test", outcome.predictions.test),
        ):
            rows = data.table.iloc[data.rows(split)]
            table = pd.DataFrame(
                {
                    "seed": outcome.seed,
                    "view": outcome.view,
                    "split": split,
                    "id": rows["id"].to_numpy(),
                    "label": rows["label"].to_numpy(),
                    "predicted": np.array(data.classes, dtype=object)[probabilities.argmax(1)],
                }
            )
            columns = {f"p.{name}": probabilities[:, index] for index, name in enumerate(data.classes)}
            tables.append(pd.concat([table, pd.DataFrame(columns)], axis=1))
    if not tables:
        raise FloatingPointError("every view failed with every seed")
    return pd.concat(tables, ignore_index=True)


def measure(outcomes: Sequence[Outcome], data: Encoded) -> dict[str, float]:
    """Mean and standard deviation over the seeds of the scores on the test split, and of macro-F1 on validation.

    `steps`: gradient steps of all networks of all seeds.
    """
    minority = minority_mask(data.split("train").labels, len(data.classes))
    labels = {split: data.split(split).labels for split in ("validation", "test")}
    numbers: dict[str, float] = {"steps": sum(one.predictions.steps for one in outcomes if one.predictions is not None)}
    for view in sorted({outcome.view for outcome in outcomes}):
        own = [outcome for outcome in outcomes if outcome.view == view]
        complete = [outcome.predictions for outcome in own if outcome.predictions is not None]
        numbers[f"{view}.seeds"] = len(complete)
        if failed := len(own) - len(complete):
            numbers[f"{view}.failed_seeds"] = failed
        if not complete:
            continue
        test = [score(labels["test"], one.test.argmax(1), data.classes) for one in complete]
        validation = [score(labels["validation"], one.validation.argmax(1), data.classes) for one in complete]
        numbers |= mean_and_std(f"{view}.accuracy", [one.accuracy for one in test])
        numbers |= mean_and_std(f"{view}.macro_f1", [one.macro_f1 for one in test])
        numbers |= mean_and_std(f"{view}.minority_recall", [one.recall_of(minority) for one in test])
        numbers[f"{view}.validation_macro_f1.mean"] = float(np.mean([one.macro_f1 for one in validation]))
    return numbers


def mean_and_std(name: str, values: Sequence[float]) -> dict[str, float]:
    """Mean and standard deviation over the seeds."""
    deviation = float(np.std(values, ddof=1)) if len(values) > 1 else 0.0
    return {f"{name}.mean": float(np.mean(values)), f"{name}.std": deviation}
