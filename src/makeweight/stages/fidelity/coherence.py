"""Coherence: do all modalities of a synthetic row tell of the class it was asked for, as often as in real rows?"""

from collections.abc import Mapping
from itertools import combinations

import numpy as np


def coherence(recognised: Mapping[str, np.ndarray], labels: np.ndarray, class_shares: np.ndarray) -> dict[str, float]:
    """Shares of rows, each class weighted by `class_shares` so that two sets of another class mix compare.

    `recognised.<modality>`: the modality's classifier names the class; `all`: every one does; `agreement.<a>_<b>`: two
    classifiers name the same class, right or wrong. `all_if_independent`: what `all` would be if the modalities of each
    class were shuffled among its rows; only what is above it shows that modalities belong together beyond the class.
    Classes without a row are left out on the side that lacks them, so give shares of classes that both sides have.
    """
    weights = row_weights(labels, class_shares)
    right = {modality: named == labels for modality, named in recognised.items()}
    scores = {f"recognised.{modality}": float(weights @ hits) for modality, hits in right.items()}
    scores["all"] = float(weights @ np.logical_and.reduce(list(right.values())))
    of_class = [labels == name for name in np.unique(labels)]
    scores["all_if_independent"] = float(
        sum(weights[rows].sum() * np.prod([hits[rows].mean() for hits in right.values()]) for rows in of_class)
    )
    for first, second in combinations(sorted(recognised), 2):
        scores[f"agreement.{first}_{second}"] = float(weights @ (recognised[first] == recognised[second]))
    return scores


def row_weights(labels: np.ndarray, class_shares: np.ndarray) -> np.ndarray:
    """A weight per row, summing to 1, that gives every class its share."""
    counts = np.bincount(labels, minlength=len(class_shares))
    shares = np.where(counts > 0, class_shares, 0.0)
    return (shares / shares.sum() / np.maximum(counts, 1))[labels]
