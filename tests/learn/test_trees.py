"""Boosted trees: weights that are all the same change nothing but what the penalty weighs."""

import numpy as np
import pytest

from makeweight.learn.trees import fit_trees


@pytest.mark.parametrize("weight", [1.0, 0.4, 3.0])
def test_equal_weights_are_as_scikit_learn_takes_them(weight: float) -> None:
    """The quick way, which passes no weights on, predicts what scikit-learn predicts with them."""
    from sklearn.ensemble import HistGradientBoostingClassifier

    rng = np.random.default_rng(0)
    x = rng.normal(size=(700, 3)).astype(np.float32)  # more values than bins
    labels = (x[:, 0] + rng.normal(size=700) > 1).astype(int)
    weights = np.full(700, weight)
    options = {"max_iter": 10, "learning_rate": 0.1, "max_leaf_nodes": 8, "l2_regularization": 1.0}
    plain = HistGradientBoostingClassifier(early_stopping=False, max_features=0.8, random_state=3, **options)
    expected = plain.fit(x, labels, sample_weight=weights).predict_proba(x)
    found = fit_trees(x, labels, 2, 0.1, 8, 10, 3, row_weights=weights).predict(x)
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_weights_of_classes_are_passed_on() -> None:
    rng = np.random.default_rng(0)
    x, labels = rng.normal(size=(300, 2)).astype(np.float32), (np.arange(300) % 6 == 0).astype(int)
    weights = np.where(labels == 1, 5.0, 1.0)
    plain, weighted = (fit_trees(x, labels, 2, 0.1, 8, 10, 3, row_weights=w).predict(x) for w in (None, weights))
    assert weighted[:, 1].mean() > 2 * plain[:, 1].mean()
