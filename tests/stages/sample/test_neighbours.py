"""The index of cells: what it finds, and how the counted comparisons grow."""

import math

import numpy as np
import pytest
import torch
from scipy.spatial import cKDTree

from makeweight.stages.sample import neighbours
from makeweight.stages.sample.neighbours import Neighbours


def rows(count: int, seed: int, dimensions: int = 8) -> torch.Tensor:
    return torch.from_numpy(np.random.default_rng(seed).normal(size=(count, dimensions)).astype(np.float32))


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many rows were compared with how many, product by product."""
    products: list[int] = []
    known = neighbours.distances

    def distances(one: torch.Tensor, other: torch.Tensor) -> torch.Tensor:
        products.append(len(one) * len(other))
        return known(one, other)

    monkeypatch.setattr(neighbours, "distances", distances)
    return products


def test_few_points_are_all_compared_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "PART", 7)
    monkeypatch.setattr(neighbours, "REFERENCES", 11)
    monkeypatch.setattr(neighbours, "BATCH", 20)
    points, asked = rows(50, 0), rows(45, 1)
    truth, numbers = cKDTree(points.numpy()).query(asked.numpy(), 3)
    found = Neighbours.of(points, np.random.default_rng(0)).nearest(asked, 3)
    assert found.numbers.tolist() == numbers.tolist()
    np.testing.assert_allclose(found.distances.numpy(), truth, rtol=1e-5)


def test_a_row_is_not_its_own_neighbour() -> None:
    points = rows(40, 0)
    found = Neighbours.of(points, np.random.default_rng(0)).nearest(points, own=torch.arange(40))
    assert found.distances[:, 0].tolist() == pytest.approx(cKDTree(points.numpy()).query(points.numpy(), 2)[0][:, 1])
    assert not (found.numbers[:, 0] == torch.arange(40)).any()
    alone = Neighbours.of(points[:1], np.random.default_rng(0)).nearest(points[:1], own=torch.tensor([0]))
    assert alone.distances.tolist() == [[math.inf]]


def test_no_row_is_no_mistake() -> None:
    found = Neighbours.of(rows(9, 0), np.random.default_rng(0)).nearest(torch.empty(0, 8))
    assert found.distances.shape == (0, 1)


def test_cells_find_nearly_all_nearest_points(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(neighbours, "FEW", 100)
    monkeypatch.setattr(neighbours, "CELL_ROWS", 64)
    points, asked = rows(10_000, 0, 6), rows(1000, 1, 6)
    index = Neighbours.of(points, np.random.default_rng(0))
    assert index.pivots is not None and index.pivots.pivots is not None, "two levels of cells"
    found = index.nearest(asked)
    truth, numbers = cKDTree(points.numpy()).query(asked.numpy())
    assert (found.numbers[:, 0].numpy() == numbers).mean() > 0.9
    assert (found.distances[:, 0].numpy() >= truth - 1e-4).all()
    # A row that is all but a point is in the point's own cell.
    assert (index.nearest(points[:1000] + 1e-4).numbers[:, 0] == torch.arange(1000)).float().mean() > 0.99


def test_comparisons_grow_with_the_rows_and_not_with_their_square(
    counted: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, smaller in {"FEW": 128, "CELL_ROWS": 32, "PROBES": 3, "ROUNDS": 1}.items():
        monkeypatch.setattr(neighbours, name, smaller)
    totals = []
    for count in (2_000, 16_000):
        counted.clear()
        Neighbours.of(rows(count, 0), np.random.default_rng(0)).nearest(rows(count, 1))
        totals.append(sum(counted))
    assert math.log(totals[1] / totals[0]) / math.log(8) < 1.35
    assert totals[1] < 0.06 * 16_000**2


def test_memory_is_that_of_a_block(counted: list[int]) -> None:
    Neighbours.of(rows(20_000, 0), np.random.default_rng(0)).nearest(rows(3000, 1))
    assert max(counted) <= neighbours.PART * neighbours.REFERENCES
