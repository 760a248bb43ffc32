"""Which rows nearly copy a train row: compared with all of them where they are few, through an index where many."""

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
import torch

from makeweight.stages.sample import neighbours
from makeweight.stages.sample.neighbours import Neighbours

EXACT_ROWS = 20_000
"""Up to so many train rows, everything is compared with everything."""
PART = 1024
"""Rows that are compared with all others at once, so that memory does not grow with the square of the rows."""
COMPARED_ROWS = 4096
"""Of more train rows, so many, chosen at random, say how near train rows are to each other: that a row is below the
quantile 0.01 then has a standard error of 0.0016."""


@dataclass(frozen=True)
class TrainRows:
    """The train rows' features, and the distance below which another row is a near copy of one."""

    features: torch.Tensor
    """`(train rows, d)`."""
    copy_distance: float
    index: Neighbours | None = None
    """None: everything is compared with everything."""
    compared_rows: int = 0
    """With an index: train rows that were compared with all others, to set the distance."""
    index_recall: float = math.nan
    """With an index: of these that are near copies of another train row, the share that it finds; NaN if none is."""

    @classmethod
    def of(cls, features: torch.Tensor, quantile: float, seed: int) -> Self:
        """Set the distance to a quantile of the distances between train rows and their nearest others.

        Args:
            features: `(train rows, d)`.
            quantile: of those distances.
            seed: chooses the compared rows and the cells of the index, where the train rows are many.
        """
        if len(features) <= EXACT_ROWS:
            return cls(features, float(np.quantile(nearest_distances(features).numpy(), quantile)))
        rng = np.random.default_rng(seed)
        chosen = torch.from_numpy(np.sort(rng.choice(len(features), COMPARED_ROWS, replace=False)))
        exact = neighbours.compared(features[chosen], features, torch.arange(len(features)), 1, chosen).distances[:, 0]
        copy_distance = float(np.quantile(exact.numpy(), quantile))
        index = Neighbours.of(features, rng)
        copies = chosen[exact < copy_distance]
        found = index.nearest(features[copies], own=copies).distances < copy_distance
        recall = float(found.float().mean()) if len(copies) else math.nan
        return cls(features, copy_distance, index, len(chosen), recall)

    def near_copies(self, rows: torch.Tensor) -> torch.Tensor:
        """Where a row `(m, d)` is nearer to a train row than is allowed, bool `(m,)`."""
        if self.index is not None:
            return self.index.nearest(rows).distances[:, 0] < self.copy_distance
        nearest = torch.cat([torch.cdist(part, self.features).min(1).values for part in rows.split(PART)])
        return nearest < self.copy_distance

    @property
    def numbers(self) -> dict[str, float]:
        """How near copies were searched, for the metrics; nothing where all rows were compared with all."""
        if self.index is None:
            return {}
        recall = {} if math.isnan(self.index_recall) else {"filter.index_recall": self.index_recall}
        return {"filter.compared_rows": self.compared_rows, **recall}

    @property
    def text(self) -> str:
        """What the user is told of that; empty where all rows were compared with all."""
        if self.index is None:
            return ""
        found = "" if math.isnan(self.index_recall) else f", which finds {self.index_recall:.0%} of theirs"
        return (
            f"{len(self.features):,} train rows are too many to compare all with all: {self.compared_rows:,} of them "
            f"set the distance of near copies, and an index searches for these{found}"
        )


def nearest_distances(points: torch.Tensor) -> torch.Tensor:
    """The distance of each point `(n, d)` to the nearest other one, `(n,)`."""
    nearest = []
    for start in range(0, len(points), PART):
        between = torch.cdist(points[start : start + PART], points)
        between.diagonal(start).fill_(torch.inf)
        nearest.append(between.min(1).values)
    return torch.cat(nearest)
