"""Sampling for metric learning: batches of P classes times K rows, and pairs and triplets within them."""

from collections.abc import Iterator

import numpy as np
import torch
from torch import Tensor


def class_batches(
    classes: np.ndarray, units: np.ndarray, classes_per_batch: int, rows_per_class: int, rng: np.random.Generator
) -> Iterator[np.ndarray]:
    """Endless batches of row indices: P classes times K rows, class by class (Hermans et al. 2017, section 2).

    The K rows come from K units where the class has so many, so that a positive pair is not two copies of a picture.
    With fewer classes than P, all classes are in every batch.
    """
    rows = rows_by_class_and_unit(classes, units)
    count = min(classes_per_batch, len(rows))
    while True:
        chosen = rng.permutation(len(rows))[:count]
        yield np.concatenate([sample_across_units(rows[one], rows_per_class, rng) for one in chosen])


def rows_by_class_and_unit(classes: np.ndarray, units: np.ndarray) -> list[list[np.ndarray]]:
    """For each class, for each of its units, the row indices."""
    found = []
    for one in np.unique(classes):
        rows = np.flatnonzero(classes == one)
        order = rows[np.argsort(units[rows], kind="stable")]
        borders = np.flatnonzero(np.diff(units[order])) + 1
        found.append(np.split(order, borders))
    return found


def sample_across_units(rows_of_units: list[np.ndarray], count: int, rng: np.random.Generator) -> np.ndarray:
    """Indices of `count` random rows; a unit gives a second row only once every unit has given one."""
    passes = -(-count // len(rows_of_units))
    chosen = np.concatenate([rng.permutation(len(rows_of_units)) for _ in range(passes)])[:count]
    return np.array([rng.choice(rows_of_units[one]) for one in chosen])


def all_pairs(classes: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Every pair of rows once: first row, second row (later than the first), whether they have the same class."""
    first, second = torch.triu_indices(len(classes), len(classes), offset=1)
    return first, second, classes[first] == classes[second]


def balanced_pairs(classes: Tensor, rng: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """Every pair of one class and as many random pairs of two classes: first row, second row, same."""
    first, second, same = all_pairs(classes)
    positive, negative = torch.nonzero(same).flatten(), torch.nonzero(~same).flatten()
    sampled = negative[torch.randperm(len(negative), generator=rng)[: len(positive)]]
    kept = torch.cat([positive, sampled])
    return first[kept], second[kept], same[kept]


def random_pairs(classes: Tensor, rng: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """As many pairs as `balanced_pairs` gives, sampled regardless of class: most are of two classes."""
    first, second, same = all_pairs(classes)
    count = min(2 * int(same.sum()), len(same))
    kept = torch.randperm(len(same), generator=rng)[:count]
    return first[kept], second[kept], same[kept]


def random_triplets(classes: Tensor, rng: torch.Generator) -> tuple[Tensor, Tensor, Tensor]:
    """Every ordered pair of one class, each with a random row of another class: anchor, positive, negative."""
    same = classes[:, None] == classes[None, :]
    anchor, positive = torch.nonzero(same & ~torch.eye(len(classes), dtype=torch.bool)).unbind(1)
    chances = (~same[anchor]).float()
    negative = torch.multinomial(chances, 1, generator=rng).flatten()
    return anchor, positive, negative
