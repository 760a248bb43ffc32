"""The predictions of all arms, read from the contest and brought to the same samples in the same order."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from makeweight.balance.arm import NONE
from makeweight.core import paths
from makeweight.core.errors import InputError
from makeweight.core.progress import say


@dataclass(frozen=True)
class ArmPredictions:
    """What every arm predicted, with every seed, for the same samples."""

    arms: tuple[str, ...]
    labels: np.ndarray
    """int `(n,)` class index."""
    units: np.ndarray
    """int `(n,)`: samples of one unit are resampled together."""
    predicted: np.ndarray
    """int `(arms, seeds, n)` class index."""
    classes: int


def read_left_out(arms: Sequence[str]) -> dict[str, str]:
    """Arm -> why the contest did not train it, for those that mean nothing for these data."""
    files = {arm: paths.CONTEST / arm / "left_out.json" for arm in arms}
    return {
        arm: json.loads(path.read_text(encoding="utf-8"))["reason"] for arm, path in files.items() if path.is_file()
    }


def read_predictions(arms: Sequence[str]) -> dict[str, pd.DataFrame]:
    """Arm -> `seed, view, split, id, label, predicted`, one row per prediction.

    Raises:
        InputError: an arm has no predictions.
    """
    tables = {}
    for arm in arms:
        path = paths.CONTEST / arm / "predictions.parquet"
        if not path.is_file():
            raise InputError(f"{path}: no such file; run `dvc repro contest`")
        columns = ["seed", "view", "split", "id", "label", "predicted"]
        tables[arm] = pd.read_parquet(path, columns=columns)
    return tables


def align(
    tables: Mapping[str, pd.DataFrame], view: str, split: str, units: pd.Series, classes: Sequence[str]
) -> ArmPredictions | None:
    """The predictions of one view and split in the sample order of `none`; None where `none` itself lacks a seed.

    Another arm that lacks a seed is left out, and named on the console.

    Args:
        tables: what `read_predictions` returned.
        view: the view to take.
        split: validation or test.
        units: the unit of each sample, by its id.
        classes: the class names in order.
    """
    chosen = {arm: table[(table["view"] == view) & (table["split"] == split)] for arm, table in tables.items()}
    seeds = sorted(set().union(*(rows["seed"].unique() for rows in chosen.values())))
    complete = {arm: rows for arm, rows in chosen.items() if sorted(rows["seed"].unique()) == seeds}
    for arm in chosen.keys() - complete.keys():
        say(f"{view}: {arm} has no predictions for some seed and is left out")
    if NONE not in complete:
        return None
    class_index = {name: index for index, name in enumerate(classes)}
    order = complete[NONE].loc[complete[NONE]["seed"] == seeds[0], ["id", "label"]]
    predicted = [
        [
            rows.loc[rows["seed"] == seed]
            .set_index("id")["predicted"]
            .loc[order["id"]]
            .map(class_index)
            .to_numpy(dtype=int)
            for seed in seeds
        ]
        for rows in complete.values()
    ]
    return ArmPredictions(
        arms=tuple(complete),
        labels=order["label"].map(class_index).to_numpy(dtype=int),
        units=units.loc[order["id"]].to_numpy(dtype=int),
        predicted=np.array(predicted),
        classes=len(classes),
    )
