"""The train rows on the device, and batches of them."""

import numpy as np
import torch
from torch import Tensor

from makeweight.core.random import RandomStream, seeded
from makeweight.data.labelled import Labelled
from makeweight.learn.training import scaled

FITTED_ROWS = 20_000
"""Most rows that components, means and standard deviations are fitted to: more of them change nothing."""
MIN_STD = 0.2
"""Dimensions that hardly vary are not scaled up to unit variance: their rare values would be far outliers."""


class TrainRows:
    """The train rows, resident on the device, sampled with replacement.

    A class of n rows is sampled in proportion to `n ** (1 - class_power)`: 0 as often as its rows say, 1 as often as
    any other class.
    """

    def __init__(self, data: Labelled, classes: int, class_power: float, device: torch.device) -> None:
        self.content = {name: torch.from_numpy(np.ascontiguousarray(x)).to(device) for name, x in data.inputs.items()}
        self.labels = torch.from_numpy(data.labels).long().to(device)
        self.counts = torch.bincount(self.labels.cpu(), minlength=classes)
        self.weights = self.counts.double().clamp(min=1).pow(-class_power)[self.labels.cpu()]
        self.bounds = self.weights.cumsum(0)

    def sample(self, batch_size: int, rng: torch.Generator) -> tuple[dict[str, Tensor], Tensor]:
        """`batch_size` rows with pictures in [-1, 1], and their class indices.

        The weights, laid end to end, are cut by uniform points: finding the row under a point takes the logarithm of
        the rows, so that a step takes as long on a million rows as on a thousand.
        """
        points = torch.rand(batch_size, dtype=torch.float64, generator=rng) * self.bounds[-1]
        rows = torch.searchsorted(self.bounds, points, right=True).clamp(max=len(self.bounds) - 1)
        return self.take(rows)

    def subset(self, most: int) -> tuple[dict[str, Tensor], Tensor]:
        """All rows in order, or `most` of them chosen at random; pictures in [-1, 1], and weights that sum to 1."""
        count = len(self.labels)
        rows = torch.arange(count) if count <= most else torch.randperm(count, generator=seeded(count))[:most].sort()[0]
        return self.take(rows)[0], self.weights[rows] / self.weights[rows].sum()

    def take(self, rows: Tensor) -> tuple[dict[str, Tensor], Tensor]:
        """The rows at these positions, pictures in [-1, 1], and their class indices."""
        rows = rows.to(self.labels.device)
        return scaled({name: x[rows] for name, x in self.content.items()}), self.labels[rows]


def moments(vectors: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """Mean and standard deviation `(dim,)` of vectors `(n, dim)` whose weights `(n,)` sum to 1.

    No standard deviation is below `MIN_STD`.
    """
    weights = weights.to(vectors).unsqueeze(1)
    mean = (vectors * weights).sum(0)
    return mean, ((vectors - mean).square() * weights).sum(0).sqrt().clamp(min=MIN_STD)


def sample_given(count: int, modalities: int, probability: float, stream: RandomStream) -> Tensor:
    """Which modalities of a row are given, `(count, modalities)`, 1 or 0: none for most rows, never all.

    Args:
        count: rows.
        modalities: how many there are.
        probability: share of the rows of which one or more may be given.
        stream: which rows and modalities.
    """
    masked = stream.uniform(count, 1) < probability
    flags = (stream.uniform(count, modalities) < 0.5) & masked
    flags[flags.all(1)] = False
    return flags.float()
