"""The nearest train rows of random synthetic rows, so that a person sees whether these are copies."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from makeweight.stages.fidelity.memorisation import distances
from makeweight.stages.fidelity.rows import Rows

BASELINE_ROWS = 300
"""Held-out rows whose distances to their nearest train row say what distance is usual."""


@dataclass(frozen=True, slots=True)
class Pair:
    """Indices of a synthetic row and its nearest train row, and their distance relative to the usual one."""

    synthetic: int
    train: int
    distance: float
    """Over the median distance of held-out rows to their nearest train row: 1 is usual, 0 is a copy."""


def pairs_by_class(
    synthetic: np.ndarray,
    labels: np.ndarray,
    train: np.ndarray,
    held_out: np.ndarray,
    rows_of_class: Mapping[int, int],
    rng: np.random.Generator,
) -> dict[int, list[Pair]]:
    """Class index -> pairs of random synthetic rows of the class, as many as `rows_of_class` says where there are.

    Args:
        synthetic: fingerprints `(n, d)`.
        labels: class index of each synthetic row.
        train: fingerprints of the train rows.
        held_out: fingerprints of real rows outside the train split.
        rows_of_class: class index -> number of pairs.
        rng: chooses the rows.
    """
    baseline = rng.permutation(len(held_out))[:BASELINE_ROWS]
    usual = float(np.median(distances(held_out[baseline], train).min(1))) or 1.0
    pairs: dict[int, list[Pair]] = {}
    for label, count in rows_of_class.items():
        rows = np.flatnonzero(labels == label)
        rows = np.sort(rows[rng.permutation(len(rows))[:count]])
        to_train = distances(synthetic[rows], train) if len(rows) else np.empty((0, len(train)))
        pairs[label] = [
            Pair(int(row), int(to_each.argmin()), float(to_each.min() / usual))
            for row, to_each in zip(rows, to_train, strict=True)
        ]
    return pairs


def text_table(
    pairs: Mapping[int, list[Pair]], synthetic: Rows, train: Rows, classes: list[str], column: str
) -> pd.DataFrame:
    """The pairs' entries in one text column: `class, distance, synthetic, nearest_real`."""
    own, nearest = synthetic.table[column].to_numpy(), train.table[column].to_numpy()
    return pd.DataFrame(
        [
            (classes[label], pair.distance, own[pair.synthetic], nearest[pair.train])
            for label, of_class in pairs.items()
            for pair in of_class
        ],
        columns=["class", "distance", "synthetic", "nearest_real"],
    )
