"""Folds of the train rows: predictions for a row come from a model that saw neither it nor another row of its unit."""

import warnings

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
    count = min(folds, len(np.unique(units)))
    if count < 2:
        return numbers
    # Each class needs `count` rows somewhere for scikit-learn to accept it: rare ones do not count here.
    largest = int(np.bincount(labels).max())
    splitter = StratifiedGroupKFold(min(count, largest), shuffle=True, random_state=seed)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="The least populated class")
        for number, (_, held_out) in enumerate(splitter.split(labels, labels, units)):
            numbers[held_out] = number
    return numbers
