"""Frechet, kernel and manifold measures, recomputed by hand and from the formulas as their papers print them."""

import numpy as np
import pytest
from scipy.linalg import sqrtm
from sklearn.metrics.pairwise import polynomial_kernel

from makeweight.stages.fidelity.frechet import frechet_distance
from makeweight.stages.fidelity.kernel import kernel_distance
from makeweight.stages.fidelity.manifold import manifold_scores


@pytest.fixture
def vectors() -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(0)
    return rng.normal(size=(200, 5)), rng.normal(size=(150, 5)) @ np.diag([1, 2, 1, 0.5, 1]) + 0.5


def test_frechet_distance_of_two_lines_by_hand():
    # Means 0 and 3, variances 1 and 4: 3^2 + (1 - 2)^2.
    real, synthetic = np.array([[-1.0], [0.0], [1.0]]), np.array([[1.0], [3.0], [5.0]])
    assert frechet_distance(real, synthetic) == pytest.approx(9 + 1)


def test_frechet_distance_is_the_papers_formula(vectors):
    real, synthetic = vectors
    left, right = np.cov(real, rowvar=False), np.cov(synthetic, rowvar=False)
    gap = ((real.mean(0) - synthetic.mean(0)) ** 2).sum()
    assert frechet_distance(real, synthetic) == pytest.approx(
        gap + np.trace(left + right - 2 * sqrtm(left @ right).real)
    )


def test_frechet_distance_of_fewer_rows_than_columns_is_zero_for_a_set_and_itself():
    rows = np.random.default_rng(1).normal(size=(4, 9))
    assert frechet_distance(rows, rows) == pytest.approx(0, abs=1e-9)


def test_kernel_distance_by_hand():
    # One column, kernel (xy + 1)^3: real 0, 0 gives 1; synthetic 1, 1 gives 8; between them 1.
    assert kernel_distance(np.zeros((2, 1)), np.ones((2, 1))) == pytest.approx(1 + 8 - 2 * 1)


def test_kernel_distance_is_the_unbiased_estimate(vectors):
    real, synthetic = vectors
    within = []
    for rows in vectors:
        kernel = polynomial_kernel(rows, degree=3, gamma=1 / 5, coef0=1)
        within.append(np.mean(kernel[~np.eye(len(rows), dtype=bool)]))
    between = polynomial_kernel(real, synthetic, degree=3, gamma=1 / 5, coef0=1).mean()
    assert kernel_distance(real, synthetic) == pytest.approx(sum(within) - 2 * between)


def test_kernel_distance_of_one_distribution_is_zero_on_average():
    rng = np.random.default_rng(2)
    values = [kernel_distance(rng.normal(size=(40, 3)), rng.normal(size=(40, 3))) for _ in range(60)]
    assert abs(np.mean(values)) < 3 * np.std(values) / np.sqrt(60)
    assert min(values) < 0


def test_manifold_scores_on_a_line_by_hand():
    # Real balls (k = 1) reach 1, 1 and 8 from 0, 1 and 9; synthetic balls reach 0.5, 0.5 and 98.5 from 0.5, 1 and 99.5.
    real, synthetic = np.array([[0.0], [1.0], [9.0]]), np.array([[0.5], [1.0], [99.5]])
    scores = manifold_scores(real, synthetic, neighbours=1)
    # 0.5 lies in the balls of 0 and 1, 1 in all three, 99.5 in none.
    assert scores["precision"] == pytest.approx(2 / 3)
    assert scores["density"] == pytest.approx((2 + 3 + 0) / 3)
    # Every real ball has a synthetic row inside; the synthetic ball around 99.5 reaches to 1, that of 0.5 down to 0.
    assert scores["coverage"] == pytest.approx(1)
    assert scores["recall"] == pytest.approx(1)


def test_manifold_scores_tell_a_synthetic_beside_from_a_synthetic_that_is_narrow():
    rng = np.random.default_rng(3)
    real = rng.normal(size=(150, 4))
    narrow = manifold_scores(real, 0.05 * rng.normal(size=(150, 4)), neighbours=5)
    beside = manifold_scores(real, rng.normal(size=(150, 4)) + 20, neighbours=5)
    assert narrow["precision"] > 0.95 and narrow["recall"] < 0.1 and narrow["coverage"] < 0.5
    assert beside == {"precision": 0, "recall": 0, "density": 0, "coverage": 0}
