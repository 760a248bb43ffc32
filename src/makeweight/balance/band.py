"""Cleaning synthetic rows by their distance to the prototype of their class: too near goes as well as too far."""

from dataclasses import dataclass

import numpy as np

from makeweight.balance.train_split import TrainSplit
from makeweight.data.labelled import Labelled, as_vectors

DIMENSIONS = 32
"""Of the embedding: principal components of the train rows, each of unit variance."""


@dataclass(frozen=True)
class Band:
    """Of each class, keep the synthetic rows that are as far from its prototype as most of its real rows are.

    The prototype is the mean of the class's real rows. A row that is too far is off the class; one that is too near
    repeats what is typical and teaches nothing about the class's edge. Distances are those in a small embedding that is
    fitted on the train rows, without their labels.
    """

    low: float = 0.05
    high: float = 0.95
    """Quantiles of the real rows' distances, each measured to the mean of the others of its class."""

    def kept(self, pool: Labelled, train: TrainSplit) -> tuple[Labelled, dict[str, int]]:
        """The rows of the pool within the band of their class, and how many were dropped.

        A class with fewer than two real rows has no band: its rows are kept, and the class is counted.
        """
        real = train.rows.take(~train.synthetic)
        embedded, own = embedded_together(real, pool)
        within, without = np.ones(len(pool), dtype=bool), 0
        for name in np.unique(pool.labels):
            rows = embedded[real.labels == name]
            if len(rows) < 2:
                without += 1
                continue
            prototype, members = rows.mean(0), pool.labels == name
            # The mean of the others lies further from a row than the mean of all, by this factor.
            distances = np.linalg.norm(rows - prototype, axis=1) * len(rows) / (len(rows) - 1)
            low, high = np.quantile(distances, (self.low, self.high))
            found = np.linalg.norm(own[members] - prototype, axis=1)
            within[members] = (found >= low) & (found <= high)
        dropped = int((~within).sum())
        return pool.take(np.flatnonzero(within)), {"band_rows_dropped": dropped, "band_classes_without_band": without}


def embedded_together(real: Labelled, pool: Labelled) -> tuple[np.ndarray, np.ndarray]:
    """Principal components of the real rows, and the same of the pool, `(n, DIMENSIONS)` at most."""
    from sklearn.decomposition import TruncatedSVD

    parts = []
    for name, array in real.inputs.items():
        x, own = as_vectors(array), as_vectors(pool.inputs[name])
        count = min(DIMENSIONS, *x.shape)
        model = TruncatedSVD(count, algorithm="randomized", n_iter=3, random_state=0).fit(x)
        codes, own_codes = model.transform(x), model.transform(own)
        std = np.maximum(codes.std(0), 1e-6)
        parts.append((codes / std, own_codes / std))
    return np.hstack([part[0] for part in parts]), np.hstack([part[1] for part in parts])
