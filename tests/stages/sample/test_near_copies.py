"""Near copies of train rows: exact where train rows are few, by an index where many, with a seed, and told."""

import math

import numpy as np
import pytest
import torch
from scipy.spatial.distance import cdist

from makeweight.stages.sample import near_copies
from makeweight.stages.sample.near_copies import TrainRows


@pytest.mark.parametrize("part", [2, 5])
def test_the_nearest_other_is_found_across_parts(part: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(near_copies, "PART", part)
    points = torch.tensor([[0.0, 0.0], [3.0, 4.0], [0.0, 1.0], [3.0, 4.5], [9.0, 4.0]])
    assert near_copies.nearest_distances(points).tolist() == [1.0, 0.5, 1.0, 0.5, 6.0]


def clustered(rows: int, seed: int) -> torch.Tensor:
    """Rows in 16 dimensions around 20 centres."""
    rng = np.random.default_rng(seed)
    return torch.from_numpy(rng.normal(0, 4, (20, 16))[rng.integers(20, size=rows)] + rng.normal(0, 1, (rows, 16)))


def test_few_rows_are_all_compared_and_nothing_is_told() -> None:
    points = clustered(300, 0).float()
    found = TrainRows.of(points, 0.1, seed=0)
    between = cdist(points.numpy(), points.numpy())
    np.fill_diagonal(between, np.inf)
    assert found.copy_distance == pytest.approx(np.quantile(between.min(1), 0.1), rel=1e-4)
    others = clustered(200, 1).float()
    truth = cdist(others.numpy(), points.numpy()).min(1) < found.copy_distance
    assert found.near_copies(others).tolist() == truth.tolist()
    assert found.index is None and found.numbers == {} and found.text == ""


def test_many_rows_are_searched_by_an_index_that_finds_planted_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(near_copies, "EXACT_ROWS", 1000)
    points = clustered(20_000, 0).float()
    found = TrainRows.of(points, 0.01, seed=3)
    between = cdist(points.numpy()[:2000], points.numpy())
    between[np.arange(2000), np.arange(2000)] = np.inf
    # The distance is that of 4,096 rows of 20,000: its share of all rows is near the quantile.
    assert (between.min(1) < found.copy_distance).mean() == pytest.approx(0.01, abs=0.006)
    planted = points[:500] + found.copy_distance / 16
    assert found.near_copies(planted).float().mean() > 0.98
    assert found.near_copies(torch.full((3, 16), 40.0)).tolist() == [False] * 3
    assert found.numbers == {"filter.compared_rows": 4096, "filter.index_recall": found.index_recall}
    assert found.index_recall > 0.8
    assert "20,000 train rows are too many" in found.text and f"{found.index_recall:.0%}" in found.text


def test_the_seed_alone_decides(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(near_copies, "EXACT_ROWS", 1000)
    points, others = clustered(6000, 0).float(), clustered(1000, 1).float()
    one, again, other = (TrainRows.of(points, 0.2, seed) for seed in (1, 1, 2))
    assert one.copy_distance == again.copy_distance != other.copy_distance
    assert one.near_copies(others).tolist() == again.near_copies(others).tolist()


def test_repeated_rows_are_no_near_copies_of_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(near_copies, "EXACT_ROWS", 1000)
    points = clustered(50, 0).float().repeat(100, 1)
    found = TrainRows.of(points, 0.01, seed=0)
    assert found.copy_distance == 0 and math.isnan(found.index_recall)
    assert not found.near_copies(points[:100]).any(), "none is nearer than nothing"
    assert found.numbers == {"filter.compared_rows": 4096} and "finds" not in found.text
