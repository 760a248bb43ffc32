"""Folds of the train rows: predictions for a row come from a model that saw neither it nor another row of its unit."""

import warnings
from collections.abc import Mapping

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold


def fold_numbers(labels: np.ndarray, units: np.ndarray, folds: int, seed: int) -> np.ndarray:
    """The fold of each row, int `(n,)` from 0; the rows of a unit are in one fold, classes are spread evenly.

    A class with fewer units than folds is in some folds only, so that a model may meet it without having learned it.

    Args:
        labels: class index of each row.
        units: the unit of each row.
        folds: how many folds; fewer where there are fewer units.
        seed: of the order in which units are dealt out.
    """
    numbers = np.zeros(len(labels), dtype=int)
    # The largest class needs `count` rows for scikit-learn to accept it: rare ones do not count here.
    count = min(folds, len(np.unique(units)), int(np.bincount(labels).max()))
    if count < 2:
        return numbers
    splitter = StratifiedGroupKFold(count, shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The least populated class")
        for number, (_, held_out) in enumerate(splitter.split(labels, labels, units)):
            numbers[held_out] = number
    return numbers


def out_of_fold(parts: Mapping[int, np.ndarray], folds: np.ndarray) -> np.ndarray:
    """The predictions of all folds in the order of the rows, float32 `(n, classes)`.

    Args:
        parts: fold -> the predictions of its rows by a model of the other folds.
        folds: the fold of each row.
    """
    whole = np.zeros((len(folds), next(iter(parts.values())).shape[1]), dtype=np.float32)
    for fold, part in parts.items():
        whole[folds == fold] = part
    return whole
