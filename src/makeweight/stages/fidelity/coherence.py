"""Coherence: do all modalities of a synthetic row show its class, as often as those of real rows do?"""

from collections.abc import Mapping
from itertools import combinations

import numpy as np


def coherence(predictions: Mapping[str, np.ndarray], labels: np.ndarray, class_shares: np.ndarray) -> dict[str, float]:
    """Shares of rows, each class weighted by `class_shares`, so that sets of different class mix can be compared.

    `recognised.<modality>`: the modality's classifier predicts the class; `all`: every classifier does;
    `agreement.<a>_<b>`: two classifiers predict the same class, right or wrong. `all_if_independent`: what `all` would
    be if the modalities of each class were shuffled among its rows; only what lies above it shows that modalities
    belong together beyond the class.

    Args:
        predictions: modality -> predicted class index `(n,)`.
        labels: class index `(n,)`.
        class_shares: `(classes,)`, only of classes that both compared sets have: a class without a row gets no weight.
    """
    weights = row_weights(labels, class_shares)
    right = {modality: predicted == labels for modality, predicted in predictions.items()}
    scores = {f"recognised.{modality}": float(weights @ hits) for modality, hits in right.items()}
    scores["all"] = float(weights @ np.logical_and.reduce(list(right.values())))
    of_class = [labels == label for label in np.unique(labels)]
    scores["all_if_independent"] = float(
        sum(weights[rows].sum() * np.prod([hits[rows].mean() for hits in right.values()]) for rows in of_class)
    )
    for first, second in combinations(sorted(predictions), 2):
        scores[f"agreement.{first}_{second}"] = float(weights @ (predictions[first] == predictions[second]))
    return scores


def row_weights(labels: np.ndarray, class_shares: np.ndarray) -> np.ndarray:
    """A weight per row, summing to 1, that gives every class its share."""
    counts = np.bincount(labels, minlength=len(class_shares))
    shares = np.where(counts > 0, class_shares, 0.0)
    return (shares / shares.sum() / np.maximum(counts, 1))[labels]
