"""An index of cells: the nearest points to a row, without comparing it with all of them.

Every point belongs to the cell of the nearest pivot, and pivots are points chosen at random. A row is compared with the
points of the few cells whose pivots are nearest to it (an inverted file, as in Sivic and Zisserman 2003); where the
pivots are many, they have such an index of their own. So a row costs about as many comparisons among ten million points
as among a hundred thousand. The nearest point may be missed: how often is measured by those who use the index.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
import torch

CELL_ROWS = 256
"""Points of a cell, on average."""
PROBES = 16
"""Cells that are searched for each row."""
FEW = 4096
"""Up to so many points are all compared, since an index would hardly be quicker."""
ROUNDS, SAMPLE_PER_CELL = 4, 32
"""Rounds of k-means that move the pivots, and points for each of them."""
PART, REFERENCES = 1024, 16_384
"""Rows, and points, that are compared at once: 64 MB of distances."""
BATCH = 1 << 18
"""Rows whose cells are held at once."""


@dataclass(frozen=True)
class Nearest:
    """The nearest points to each row `(m, k)`, the nearest first; infinite distances where fewer were found."""

    distances: torch.Tensor
    numbers: torch.Tensor

    def merged(self, other: "Nearest") -> "Nearest":
        """The nearest of both."""
        order = torch.cat([self.distances, other.distances], 1).topk(self.distances.shape[1], 1, largest=False)
        return Nearest(order.values, torch.cat([self.numbers, other.numbers], 1).gather(1, order.indices))


@dataclass(frozen=True)
class Neighbours:
    """An index over points `(n, d)`; without `pivots`, all of them are compared."""

    points: torch.Tensor
    pivots: "Neighbours | None" = None
    order: torch.Tensor | None = None
    """Numbers of the points, cell by cell `(n,)`."""
    bounds: torch.Tensor | None = None
    """Where each cell begins in `order`, and where the last one ends, `(cells + 1,)`."""

    @classmethod
    def of(cls, points: torch.Tensor, rng: np.random.Generator) -> Self:
        """Index the points; `rng` chooses the pivots."""
        if len(points) <= FEW:
            return cls(points)
        chosen = np.sort(rng.choice(len(points), -(-len(points) // CELL_ROWS), replace=False))
        pivots = cls.of(balanced(points[torch.from_numpy(chosen)], points, rng), rng)
        cell = pivots.nearest(points).numbers[:, 0]
        ends = torch.bincount(cell, minlength=len(chosen)).cumsum(0)
        return cls(points, pivots, cell.argsort(stable=True), torch.cat([torch.zeros(1, dtype=torch.long), ends]))

    def nearest(self, rows: torch.Tensor, count: int = 1, own: torch.Tensor | None = None) -> Nearest:
        """The `count` nearest points to each row `(m, d)` that are found.

        Args:
            rows: what is compared with the points.
            count: how many points for each row.
            own: the number of the point that each row is itself, which does not count; None: it is none of them.
        """
        parts = [
            self.in_cells(rows[start : start + BATCH], count, None if own is None else own[start : start + BATCH])
            for start in range(0, max(1, len(rows)), BATCH)
        ]
        return Nearest(torch.cat([one.distances for one in parts]), torch.cat([one.numbers for one in parts]))

    def in_cells(self, rows: torch.Tensor, count: int, own: torch.Tensor | None) -> Nearest:
        """As `nearest`, for a batch of rows: cell by cell, with all rows that search it."""
        if self.pivots is None or self.order is None or self.bounds is None:
            return compared(rows, self.points, torch.arange(len(self.points)), count, own)
        cells = self.pivots.nearest(rows, PROBES).numbers.flatten()
        asking = cells.argsort(stable=True)
        ends = torch.bincount(cells, minlength=len(self.bounds) - 1).cumsum(0).tolist()
        found = nothing(len(rows), count)
        for cell, (start, end) in enumerate(zip([0, *ends], ends, strict=False)):
            members = self.order[self.bounds[cell] : self.bounds[cell + 1]]
            if start == end or not len(members):
                continue
            here = asking[start:end] // PROBES
            near = compared(rows[here], self.points, members, count, None if own is None else own[here])
            better = Nearest(found.distances[here], found.numbers[here]).merged(near)
            found.distances[here], found.numbers[here] = better.distances, better.numbers
        return found


def balanced(pivots: torch.Tensor, points: torch.Tensor, rng: np.random.Generator) -> torch.Tensor:
    """Pivots moved to the means of their cells, by some rounds of k-means on a sample of the points.

    Single points are bad pivots in many dimensions: those near the middle would have nearly all points in their cells.
    """
    count = min(len(points), SAMPLE_PER_CELL * len(pivots))
    sample = points[torch.from_numpy(np.sort(rng.choice(len(points), count, replace=False)))]
    for _ in range(ROUNDS):
        cell = Neighbours.of(pivots, rng).nearest(sample).numbers[:, 0]
        sizes = torch.bincount(cell, minlength=len(pivots))[:, None]
        sums = torch.zeros_like(pivots).index_add_(0, cell, sample)
        pivots = torch.where(sizes > 0, sums / sizes.clamp(min=1), pivots)
    return pivots


def nothing(rows: int, count: int) -> Nearest:
    """No point yet, for each of the rows."""
    return Nearest(torch.full((rows, count), torch.inf), torch.zeros((rows, count), dtype=torch.long))


def compared(
    rows: torch.Tensor, points: torch.Tensor, members: torch.Tensor, count: int, own: torch.Tensor | None = None
) -> Nearest:
    """The nearest of some points to each row, part by part, so that memory does not grow with their product.

    Args:
        rows: `(m, d)`.
        points: all points `(n, d)`.
        members: numbers of the points that are compared.
        count: how many points for each row.
        own: the number of the point that each row is itself, which does not count.
    """
    parts = []
    for start in range(0, len(rows), PART):
        part = rows[start : start + PART]
        found = nothing(len(part), count)
        for numbers in members.split(REFERENCES):
            block = points[numbers]
            between = distances(part, block)
            if own is not None:
                between.masked_fill_(own[start : start + PART, None] == numbers, torch.inf)
            near = between.topk(min(count, len(numbers)), 1, largest=False)
            # Differences, because the quick way to all distances is imprecise where they are small.
            exact = (part[:, None] - block[near.indices]).norm(dim=2).masked_fill_(near.values.isinf(), torch.inf)
            found = found.merged(Nearest(exact, numbers[near.indices]))
        parts.append(found)
    if not parts:
        return nothing(0, count)
    return Nearest(torch.cat([one.distances for one in parts]), torch.cat([one.numbers for one in parts]))


def distances(rows: torch.Tensor, points: torch.Tensor) -> torch.Tensor:
    """All distances `(m, n)`; every comparison goes through here."""
    return torch.cdist(rows, points)
