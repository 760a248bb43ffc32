"""The predictions of all arms, read from the contest and brought to the same samples in the same order."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from pyarrow import parquet

from makeweight.balance.arm import NONE
from makeweight.balance.train_split import minority_mask
from makeweight.core import paths
from makeweight.core.errors import InputError
from makeweight.core.progress import say
from makeweight.core.reading import read_record, reading
from makeweight.data import reserved, samples
from makeweight.data.samples import Samples

COLUMNS = ("seed", "view", "split", "id", "label", "predicted", "tuned")


@dataclass(frozen=True)
class LeftOutFile:
    """What left_out.json says."""

    reason: str


@dataclass(frozen=True)
class DecisionsFile:
    """What decisions.json says, as far as the verdict tells it."""

    rules: dict[str, dict[str, Any]]
    weights: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class ArmPredictions:
    """What every arm predicted, with every seed, for the same samples."""

    arms: tuple[str, ...]
    labels: np.ndarray
    """int `(n,)` class index."""
    units: np.ndarray
    """int `(n,)`: samples of one unit are resampled together."""
    predicted: np.ndarray
    """int `(arms, seeds, n)` class index: by the tuned rule, of `none` the most probable class."""
    classes: int
    argmax: np.ndarray | None = None
    """int `(arms, seeds, n)` index of the most probable class; None: the same as `predicted`."""


def read_left_out(arms: Sequence[str]) -> dict[str, str]:
    """Arm -> why the contest did not train it, for those that mean nothing for these data."""
    files = {arm: paths.CONTEST / arm / "left_out.json" for arm in arms}
    return {arm: read_record(path, LeftOutFile).reason for arm, path in files.items() if path.is_file()}


def read_predictions(arms: Sequence[str]) -> dict[str, pd.DataFrame]:
    """Arm -> `seed, view, split, id, label, predicted, tuned`, one row per prediction.

    Raises:
        InputError: an arm has no predictions, or an earlier version wrote them and did not tune the decisions.
    """
    tables = {}
    for arm in arms:
        path = paths.CONTEST / arm / "predictions.parquet"
        if not path.is_file():
            raise InputError(f"{path}: no such file; run `dvc repro contest`")
        with reading(path):
            missing = set(COLUMNS) - set(parquet.read_schema(path).names)
            if missing:
                right = f"right would be {', '.join(COLUMNS)}; run `dvc repro contest`"
                raise InputError(f"{path}: no column {sorted(missing)[0]!r}; {right}")
            tables[arm] = pd.read_parquet(path, columns=list(COLUMNS), page_checksum_verification=True)
    return tables


def check_ids(tables: Mapping[str, pd.DataFrame], split: Samples) -> None:
    """Check that arms predicted rows of this split.

    Raises:
        InputError: a prediction has an id that the split does not have.
    """
    for arm, table in tables.items():
        unknown = table.loc[~table["id"].isin(split.table["id"]), "id"]
        if len(unknown):
            raise InputError(
                f"{paths.CONTEST / arm / 'predictions.parquet'}: id {unknown.iloc[0]!r} is not in data/split: these "
                "are predictions of another split; run `dvc repro contest`"
            )


def read_decisions(arm: str) -> dict[str, Any]:
    """How an arm decides: `rules` by view and the `weights` of views in their fusion; empty where none was written."""
    path = paths.CONTEST / arm / "decisions.json"
    if not path.is_file():
        return {"rules": {}, "weights": {}}
    return asdict(read_record(path, DecisionsFile))


def minority_classes(split: Samples) -> np.ndarray:
    """Mask of the minority classes of the train split, in the order of the class names."""
    classes = samples.classes(split)
    labels = split.split("train").table["label"].map(classes.index).to_numpy()
    return minority_mask(labels, len(classes))


def unit_numbers(split: Samples) -> pd.Series:
    """The unit of each sample as a number, by its id."""
    return pd.Series(pd.factorize(split.table[reserved.UNIT])[0], index=split.table["id"])


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
    return ArmPredictions(
        arms=tuple(complete),
        labels=order["label"].map(class_index).to_numpy(dtype=int),
        units=units.loc[order["id"]].to_numpy(dtype=int),
        predicted=in_order(complete, seeds, order["id"], {arm: decision_of(arm) for arm in complete}, class_index),
        classes=len(classes),
        argmax=in_order(complete, seeds, order["id"], dict.fromkeys(complete, "predicted"), class_index),
    )


def decision_of(arm: str) -> str:
    """The column that an arm is judged by: `none` does nothing, so that not even its decisions are tuned."""
    return "predicted" if arm == NONE else "tuned"


def in_order(
    tables: Mapping[str, pd.DataFrame],
    seeds: Sequence[int],
    ids: pd.Series,
    columns: Mapping[str, str],
    class_index: Mapping[str, int],
) -> np.ndarray:
    """One column of each arm's predictions as class indices, int `(arms, seeds, n)`, in the order of the ids."""
    found = []
    for arm, table in tables.items():
        by_seed = [table[table["seed"] == seed].set_index("id")[columns[arm]].loc[ids] for seed in seeds]
        found.append([part.map(class_index).to_numpy(dtype=int) for part in by_seed])
    return np.array(found)
