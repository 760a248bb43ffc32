"""Generated rows have the lent mean and covariance; the regression is scikit-learn's; a planted spread helps."""

import numpy as np
import pytest
import torch
from planted_classes import params
from sklearn.linear_model import LogisticRegression

from makeweight.stages.fewshot import calibration, episodes
from makeweight.stages.fewshot.calibration import CalibrationParams, Whitening

CONFIG = params().calibration


def config(**changes: float) -> CalibrationParams:
    return CONFIG.model_copy(update=changes)


def rng() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def test_generated_rows_have_the_mean_between_example_and_base_class_and_its_covariance() -> None:
    base = np.random.default_rng(0).normal(0, [1, 3], (400, 2)) + np.repeat([[0, 0], [90, 90]], 200, 0)
    classes = np.repeat([0, 1], 200)
    points = torch.tensor([[4.0, 8.0]])
    lent = config(base_classes=1, base_weight=0.25, rows=20000)
    rows = calibration.generate_rows(points, torch.from_numpy(base).float(), classes, lent, rng())[0].numpy()
    mean = base[:200].mean(0)
    assert rows.mean(0) == pytest.approx(0.75 * points[0].numpy() + 0.25 * mean, abs=0.1)
    assert np.cov(rows.T) == pytest.approx(np.cov(base[:200].T), abs=0.3)


def test_the_nearest_base_classes_lend() -> None:
    base = torch.tensor([[0.0], [0.0], [10.0], [12.0], [20.0], [20.0]])
    classes = np.array([0, 0, 1, 1, 2, 2])
    rows = calibration.generate_rows(
        torch.tensor([[1.0], [9.0]]), base, classes, config(base_classes=1, base_weight=0.0, rows=500), rng()
    )
    assert (rows[0] == 1).all(), "the rows of class 0 are all alike, so there is no spread to lend"
    assert rows[1].std().item() == pytest.approx(1, abs=0.1)


def test_regressions_fitted_at_once_are_those_of_scikit_learn() -> None:
    random = np.random.default_rng(0)
    labels = np.repeat([0, 1, 2], 12)
    rows = random.normal(0, 1, (2, 36, 4)) + np.eye(4)[labels]
    queries = random.normal(0, 1, (2, 50, 4))
    found = calibration.logistic_scores(
        torch.from_numpy(rows).float(),
        torch.from_numpy(labels),
        torch.from_numpy(queries).float(),
        strength=2.0,
        steps=400,
    )
    for fit in range(2):
        expected = LogisticRegression(C=2.0, tol=1e-8, max_iter=1000).fit(rows[fit], labels)
        probabilities = torch.softmax(found[fit], 1).numpy()
        assert probabilities == pytest.approx(expected.predict_proba(queries[fit]), abs=1e-3)


def test_whitening_gives_unit_covariance_within_classes_where_nothing_is_shrunk() -> None:
    random = np.random.default_rng(0)
    classes = np.repeat(np.arange(5), 100)
    points = random.normal(0, [1, 10, 0.1], (500, 3)) + 50 * random.normal(size=(5, 3))[classes]
    whiten = Whitening.fit(torch.from_numpy(points).float(), classes, config(dimensions=3, shrinkage=0.0))
    residuals = points - np.stack([points[classes == one].mean(0) for one in range(5)])[classes]
    assert np.cov((residuals @ whiten.directions.numpy()).T) == pytest.approx(np.eye(3), abs=0.02)
    assert torch.linalg.norm(whiten(torch.from_numpy(points).float()), dim=1).numpy() == pytest.approx(1, abs=1e-5)


def planted(seed: int, count: int, rows: int) -> tuple[torch.Tensor, np.ndarray]:
    """Classes that differ in six quiet coordinates, beneath two loud ones that say nothing of the class."""
    random = np.random.default_rng(seed)
    classes = np.repeat(np.arange(count), rows)
    quiet = random.normal(size=(count, 6))[classes] + random.normal(0, 0.3, (count * rows, 6))
    points = np.concatenate([quiet, random.normal(0, 5, (count * rows, 2))], 1)
    return torch.from_numpy(points).float(), classes


@pytest.mark.parametrize(("shots", "gain"), [(1, 0.1), (5, 0.05)])
def test_the_spread_of_base_classes_tells_which_differences_count(shots: int, gain: float) -> None:
    base, base_classes = planted(0, 8, 60)
    novel, classes = planted(1, 6, 30)
    lent = config(dimensions=8, shrinkage=0.0, base_classes=4, base_weight=0.0, rows=60, strength=10.0, steps=200)
    generated = calibration.generate_rows(novel, base, base_classes, lent, rng())
    pool = episodes.eligible_classes(classes, np.arange(180), shots, 5)
    sampled = episodes.sample_episodes(pool, 5, 60, np.random.default_rng(2))
    gram = (novel @ novel.T).numpy()
    plain = episodes.accuracy(episodes.by_prototype(gram, sampled)).mean()
    alone = episodes.accuracy(calibration.by_logistic_regression(novel, None, sampled, lent)).mean()
    with_rows = episodes.accuracy(calibration.by_logistic_regression(novel, generated, sampled, lent)).mean()
    assert with_rows > max(plain, alone) + gain


def test_base_classes_without_any_spread_give_finite_points() -> None:
    base, classes = torch.eye(3)[[0, 0, 1, 1]], np.array([0, 0, 1, 1])
    whiten = Whitening.fit(base, classes, config(dimensions=3, base_classes=5))
    points = whiten(torch.eye(3))
    rows = calibration.generate_rows(points, whiten(base), classes, config(base_classes=5, rows=4), rng())
    assert torch.isfinite(points).all() and torch.isfinite(rows).all()
