"""Rows of one origin with their vectors, and random samples of several origins with the same class counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

import numpy as np
import pandas as pd

Vectors = Mapping[str, np.ndarray]
"""Modality -> array, one entry per row."""


@dataclass(frozen=True, slots=True)
class Rows:
    """Samples of one origin: the table, the class index of each row, and its arrays by modality in the same order."""

    table: pd.DataFrame
    labels: np.ndarray
    encoded: Vectors
    """As the codecs encoded them."""
    features: Vectors = field(default_factory=dict)
    """In the feature spaces fitted on the train split (`spaces`)."""
    fingerprints: Vectors = field(default_factory=dict)
    """In spaces that nothing was fitted for (`fingerprints`)."""

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, indices: np.ndarray) -> Self:
        """The rows at these indices."""
        return replace(
            self,
            table=self.table.iloc[indices].reset_index(drop=True),
            labels=self.labels[indices],
            encoded=take(self.encoded, indices),
            features=take(self.features, indices),
            fingerprints=take(self.fingerprints, indices),
        )

    def concatenated(self, others: Self) -> Self:
        """These rows, then the others."""
        return replace(
            self,
            table=pd.concat([self.table, others.table], ignore_index=True),
            labels=np.concatenate([self.labels, others.labels]),
            encoded=concatenate(self.encoded, others.encoded),
            features=concatenate(self.features, others.features),
            fingerprints=concatenate(self.fingerprints, others.fingerprints),
        )


def take(vectors: Vectors, indices: np.ndarray) -> Vectors:
    """The entries at these indices in every modality."""
    return {modality: array[indices] for modality, array in vectors.items()}


def concatenate(first: Vectors, second: Vectors) -> Vectors:
    """In every modality the entries of the first, then those of the second."""
    return {modality: np.concatenate([array, second[modality]]) for modality, array in first.items()}


def common_class_counts(labels_of_sets: Sequence[np.ndarray], classes: int, max_rows: int) -> np.ndarray:
    """How many rows of each class every set can give, at most about `max_rows` in all: int `(classes,)`.

    A comparison is fair only between sets of equal size and class mix: Frechet distance falls with the number of rows,
    and a balanced set differs from an imbalanced one however real its rows are.
    """
    smallest = np.min([np.bincount(labels, minlength=classes) for labels in labels_of_sets], axis=0)
    if smallest.sum() <= max_rows:
        return smallest
    return np.where(smallest > 0, np.maximum(1, smallest * max_rows // smallest.sum()), 0)


def sample_rows(labels: np.ndarray, class_counts: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Indices of `class_counts[c]` random rows of every class c, without repeats, in ascending order."""
    chosen = [
        rng.choice(np.flatnonzero(labels == index), size=count, replace=False)
        for index, count in enumerate(class_counts)
        if count
    ]
    return np.sort(np.concatenate(chosen)) if chosen else np.empty(0, dtype=np.int64)
