"""Synthetic rows divided into splits of the same class counts as the real ones."""

from collections.abc import Mapping, Sequence

import numpy as np

from makeweight.core.errors import InputError
from makeweight.data import samples
from makeweight.data.labelled import Labelled

Splits = Mapping[str, Labelled]
"""train, validation, test."""


def synthetic_splits(pool: Labelled, real: Splits, classes: Sequence[str]) -> tuple[dict[str, Labelled], int]:
    """Splits of synthetic rows with the class counts of the real ones, and how many rows are missing.

    Rows are taken in the pool's order, test split first. A class with too few rows keeps the shares of its splits.

    Raises:
        InputError: the pool has no row of some class.
    """
    rows: dict[str, list[np.ndarray]] = {split: [] for split in samples.SPLITS}
    missing = 0
    for index, name in enumerate(classes):
        members = np.flatnonzero(pool.labels == index)
        targets = {split: int((real[split].labels == index).sum()) for split in samples.SPLITS}
        total = sum(targets.values())
        if not len(members):
            raise InputError(f"the synthetic rows have none of class {name!r}; `sample` must make every class")
        missing += max(0, total - len(members))
        share = min(1.0, len(members) / total)
        start = 0
        for split in reversed(samples.SPLITS):
            stop = start + round(share * targets[split]) if split != "train" else min(len(members), total)
            rows[split].append(members[start:stop])
            start = stop
    return {split: pool.take(np.concatenate(chosen)) for split, chosen in rows.items()}, missing
