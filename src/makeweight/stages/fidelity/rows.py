"""Rows of one origin with their vectors, and draws from several origins that are equal in size and class mix."""

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
    codes: Vectors
    """As the codecs encoded them."""
    features: Vectors = field(default_factory=dict)
    """In the spaces fitted on the train split (`spaces`)."""
    fingerprints: Vectors = field(default_factory=dict)
    """In the spaces that nothing was fitted for (`fingerprints`)."""

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, positions: np.ndarray) -> Self:
        """The rows at these positions."""
        return replace(
            self,
            table=self.table.iloc[positions].reset_index(drop=True),
            labels=self.labels[positions],
            codes=taken(self.codes, positions),
            features=taken(self.features, positions),
            fingerprints=taken(self.fingerprints, positions),
        )

    def joined(self, others: Self) -> Self:
        """These rows, then the others."""
        return replace(
            self,
            table=pd.concat([self.table, others.table], ignore_index=True),
            labels=np.concatenate([self.labels, others.labels]),
            codes=joined(self.codes, others.codes),
            features=joined(self.features, others.features),
            fingerprints=joined(self.fingerprints, others.fingerprints),
        )


def taken(vectors: Vectors, positions: np.ndarray) -> Vectors:
    """The entries at these positions in every modality."""
    return {modality: array[positions] for modality, array in vectors.items()}


def joined(first: Vectors, second: Vectors) -> Vectors:
    """The entries of one after those of the other in every modality."""
    return {modality: np.concatenate([array, second[modality]]) for modality, array in first.items()}


def quotas(origins: Sequence[np.ndarray], classes: int, most: int) -> np.ndarray:
    """How many rows of each class every origin can give, at most about `most` in all: int `(classes,)`.

    A comparison is fair only between sets of equal size and class mix: Frechet distance falls with the number of rows,
    and a balanced set differs from an imbalanced one however real its rows are.
    """
    fewest = np.min([np.bincount(labels, minlength=classes) for labels in origins], axis=0)
    if fewest.sum() <= most:
        return fewest
    return np.where(fewest > 0, np.maximum(1, fewest * most // fewest.sum()), 0)


def draw(labels: np.ndarray, quota: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Positions of `quota[c]` rows of every class c, without repeats, in ascending order."""
    chosen = [
        rng.choice(np.flatnonzero(labels == name), size=wanted, replace=False)
        for name, wanted in enumerate(quota)
        if wanted
    ]
    return np.sort(np.concatenate(chosen)) if chosen else np.empty(0, dtype=np.int64)
