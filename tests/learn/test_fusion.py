"""Late fusion, against planted views and a grid of weights."""

import numpy as np
import pytest

from makeweight.learn.fusion import fuse, fusion_weights, softmax


def test_fusion_leans_on_the_view_that_knows() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 200)
    knows = softmax(2.0 * np.eye(3)[labels] + rng.normal(0, 1, (200, 3)))
    guesses = softmax(rng.normal(0, 2, (200, 3)))
    fused = fuse([guesses, knows], fusion_weights([guesses, knows], labels))
    accuracy = {name: np.mean(p.argmax(1) == labels) for name, p in (("knows", knows), ("fused", fused))}
    assert accuracy["fused"] > accuracy["knows"] - 0.02
    assert fused.sum(1) == pytest.approx(np.ones(200))


def test_fusion_weights_minimise_the_balanced_log_loss() -> None:
    """The slopes are right if no weight nearby does better."""
    rng = np.random.default_rng(1)
    labels = rng.choice(3, 300, p=[0.7, 0.2, 0.1])
    views = [softmax(width * np.eye(3)[labels] + rng.normal(0, 1, (300, 3))) for width in (1.0, 0.6)]
    fused = fuse(views, fusion_weights(views, labels))

    def balanced_loss(probabilities: np.ndarray) -> float:
        own = -np.log(probabilities[np.arange(300), labels])
        return float(np.mean([own[labels == name].mean() for name in range(3)]))

    grid = [
        softmax(a * np.log(views[0]) + b * np.log(views[1]))
        for a in np.linspace(0, 3, 31)
        for b in np.linspace(0, 3, 31)
    ]
    assert balanced_loss(fused) <= min(map(balanced_loss, grid)) + 1e-4


def test_fusion_by_hand() -> None:
    views = [np.array([0.5, 0.5]), np.array([0.8, 0.2])]
    assert fuse(views, [1.0, 1.0]) == pytest.approx([0.8, 0.2])
    assert fuse(views, [0.0, 2.0]) == pytest.approx([0.64 / 0.68, 0.04 / 0.68])
