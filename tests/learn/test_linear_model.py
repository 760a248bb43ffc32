"""The linear model, against scikit-learn on the same rows and against what it must be by hand."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array
from sklearn.linear_model import LogisticRegression

from makeweight.learn import linear_model
from makeweight.learn.linear_model import LinearModel


def planted(n: int = 300, classes: int = 4, width: int = 6, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, classes, n)
    centres = np.random.default_rng(99).normal(0, 1, (classes, width))
    return (centres[labels] + rng.normal(0, 1, (n, width))).astype(np.float32), labels


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("sparse", [False, True])
def test_probabilities_are_those_of_scikit_learn(classes: int, sparse: bool) -> None:
    x, labels = planted(classes=classes)
    right = LogisticRegression(C=0.3, max_iter=1000, tol=1e-8).fit(x.astype(np.float64), labels).predict_proba(x)
    given = csr_array(x) if sparse else x
    model = LinearModel.fit(given, labels, classes, strength=0.3)
    assert model.converged
    assert model.predict(given).dtype == np.float32
    assert model.predict(given) == pytest.approx(right, abs=5e-3)


@pytest.mark.parametrize("classes", [2, 4])
def test_columns_of_a_sparse_array_that_no_row_has_change_nothing(classes: int) -> None:
    x, labels = planted(classes=classes)
    wide = np.zeros((len(x), 3 * x.shape[1]), dtype=np.float32)
    places = [1, 4, 7, 8, 15, 17]
    wide[:, places] = x
    found = LinearModel.fit(csr_array(wide), labels, classes, strength=0.3)
    narrow = LinearModel.fit(csr_array(x), labels, classes, strength=0.3)
    assert found.coefficients.shape == (classes, wide.shape[1])
    assert np.array_equal(found.coefficients[:, places], narrow.coefficients)
    assert np.array_equal(np.flatnonzero(found.coefficients.any(0)), places)
    dense = LinearModel.fit(wide, labels, classes, 0.3).predict(wide)
    assert found.predict(csr_array(wide)) == pytest.approx(dense, abs=1e-3)


def test_a_sparse_array_without_any_value_predicts_the_shares() -> None:
    labels = np.repeat([0, 1], [30, 10])
    nothing = csr_array((40, 700), dtype=np.float32)
    found = LinearModel.fit(nothing, labels, 2, strength=1.0)
    assert found.coefficients.shape == (2, 700)
    assert found.predict(nothing)[0] == pytest.approx([0.75, 0.25], abs=1e-3)


def test_absent_classes_have_probability_zero() -> None:
    x, labels = planted(classes=3)
    model = LinearModel.fit(x, np.array([1, 3, 4])[labels], classes=6, strength=1.0)
    found = model.predict(x)
    assert np.all(found[:, [0, 2, 5]] == 0)
    assert found.sum(1) == pytest.approx(np.ones(len(x)), abs=1e-5)
    assert found[:, [1, 3, 4]] == pytest.approx(LinearModel.fit(x, labels, 3, 1.0).predict(x), abs=1e-4)


def test_a_weight_counts_as_that_many_copies() -> None:
    x, labels = planted()
    copies = np.where(labels == 0, 3, 1)
    copies[:20] = 0
    weighted = LinearModel.fit(x, labels, 4, 0.5, row_weights=copies.astype(np.float64))
    copied = LinearModel.fit(x.repeat(copies, 0), labels.repeat(copies), 4, 0.5)
    assert weighted.predict(x) == pytest.approx(copied.predict(x), abs=5e-3)


def test_a_class_whose_rows_all_weigh_nothing_is_absent() -> None:
    x, labels = planted()
    model = LinearModel.fit(x, labels, 4, 0.5, row_weights=(labels != 2).astype(np.float64))
    assert np.all(model.predict(x)[:, 2] == 0)


def test_one_class_alone_is_certain() -> None:
    x, _ = planted()
    found = LinearModel.fit(x, np.full(300, 2), 4, 1.0).predict(x)
    assert np.array_equal(found, np.tile(np.array([0, 0, 1, 0], dtype=np.float32), (300, 1)))


def test_without_features_the_classes_have_their_shares() -> None:
    empty = csr_array((4, 0), dtype=np.float32)
    found = LinearModel.fit(empty, np.array([0, 2, 2, 2]), 3, 1.0).predict(empty)
    assert found == pytest.approx(np.tile([0.25, 0, 0.75], (4, 1)), abs=1e-6)


def test_without_rows_there_is_no_model() -> None:
    with pytest.raises(ValueError, match="at least one row"):
        LinearModel.fit(np.zeros((0, 3), dtype=np.float32), np.zeros(0, dtype=int), 2, 1.0)


@pytest.mark.parametrize("classes", [2, 4])
def test_a_start_near_the_solution_saves_iterations_and_changes_nothing(classes: int) -> None:
    x, labels = planted(classes=classes)
    first = LinearModel.fit(x, labels, classes, 0.5)
    second = LinearModel.fit(x, labels, classes, 0.5, start=first)
    assert second.iterations < first.iterations
    assert second.predict(x) == pytest.approx(first.predict(x), abs=5e-3)


def test_a_start_may_have_other_classes() -> None:
    x, labels = planted()
    start = LinearModel.fit(x[labels != 1], labels[labels != 1], 4, 0.5)
    model = LinearModel.fit(x, labels, 4, 0.5, start=start)
    assert model.predict(x) == pytest.approx(LinearModel.fit(x, labels, 4, 0.5).predict(x), abs=5e-3)


def test_a_fit_that_is_cut_short_says_so_and_warns_nobody(
    monkeypatch: pytest.MonkeyPatch, recwarn: pytest.WarningsRecorder
) -> None:
    monkeypatch.setattr(linear_model, "MAX_ITERATIONS", 2)
    x, labels = planted()
    model = LinearModel.fit(x, labels, 4, 100.0)
    assert (model.converged, model.iterations) == (False, 2)
    assert not recwarn.list


def test_a_file_gives_the_model_back(tmp_path: Path) -> None:
    x, labels = planted()
    model = LinearModel.fit(x, labels, 5, 1.0)
    model.save(tmp_path / "model.npz")
    read = LinearModel.load(tmp_path / "model.npz")
    assert np.array_equal(read.predict(x), model.predict(x))
    assert (read.classes, read.iterations, read.converged) == (5, model.iterations, True)


@pytest.mark.parametrize("sparse", [False, True])
def test_a_wide_fit_ends_earlier_and_predicts_the_same(sparse: bool) -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 5, 400)
    terms = rng.random((400, 600)) < 0.03 + 0.1 * rng.random((5, 600))[labels] ** 4
    x = terms / np.sqrt(terms.sum(1, keepdims=True)) if sparse else (terms - terms.mean(0)) / terms.std(0)
    x, strength = x.astype(np.float32), 10.0 if sparse else 0.01
    right = LogisticRegression(C=strength, max_iter=2000, tol=1e-7).fit(x[:300], labels[:300]).predict_proba(x[300:])
    given = csr_array(x) if sparse else x
    found = LinearModel.fit(given[:300], labels[:300], 5, strength).predict(given[300:])
    assert np.abs(found - right).mean() < 0.01
    assert np.mean(found.argmax(1) == right.argmax(1)) > 0.95


@pytest.mark.parametrize("classes", [2, 4])
@pytest.mark.parametrize("sparse", [False, True])
def test_a_fit_near_nothing_is_the_usual_fit(classes: int, sparse: bool) -> None:
    x, labels = planted(classes=classes)
    weights = np.random.default_rng(1).uniform(0.5, 2, len(labels))
    nothing = LinearModel(classes, np.arange(classes), np.zeros((classes, x.shape[1]), "f4"), np.zeros(classes, "f4"),
                          0, True)  # fmt: skip
    given = csr_array(x) if sparse else x
    found = LinearModel.fit_near(given, labels, classes, 0.3, nothing, weights)
    # Two rows of coefficients share the penalty that scikit-learn's one row has.
    right = LinearModel.fit(given, labels, classes, 0.6 if classes == 2 else 0.3, weights)
    if classes > 2:
        assert found.predict(given) == pytest.approx(right.predict(given), abs=2e-3)
    else:
        assert found.predict(given).argmax(1).tolist() == right.predict(given).argmax(1).tolist()


def test_a_fit_near_another_minimises_the_loss_and_the_distance_to_it() -> None:
    x, labels = planted(classes=3)
    start = LinearModel.fit(*planted(classes=3, seed=5), 3, 1.0)
    found = LinearModel.fit_near(x, labels, 3, 0.2, start)

    def objective(model: LinearModel) -> float:
        own = model.predict(x)[np.arange(len(labels)), labels].astype(float)
        return float(-np.log(own).sum() + ((model.coefficients - start.coefficients) ** 2).sum() / (2 * 0.2))

    least = objective(found)
    for seed in range(20):
        step = np.random.default_rng(seed).normal(0, 0.02, found.coefficients.shape).astype("f4")
        assert objective(replace(found, coefficients=found.coefficients + step)) > least - 1e-3
    assert least < objective(start)


def test_near_strength_0_a_fit_stays_where_it_began_and_unknown_classes_begin_at_0() -> None:
    x, labels = planted(classes=3)
    start = LinearModel.fit(x[labels < 2], labels[labels < 2], 3, 1.0)
    found = LinearModel.fit_near(x, labels, 3, 1e-7, start)
    assert found.coefficients[:2] == pytest.approx(start.coefficients, abs=1e-3)
    assert found.coefficients[2] == pytest.approx(np.zeros(x.shape[1]), abs=1e-3)
    assert found.predict(x).argmax(1).max() == 2, "intercepts are free"


def test_a_fit_near_another_with_one_class_or_without_rows() -> None:
    x, labels = planted(classes=2)
    start = LinearModel.fit(x, labels, 2, 1.0)
    assert LinearModel.fit_near(x[:4], np.ones(4, dtype=int), 2, 1.0, start).predict(x)[:, 1].min() == 1
    with pytest.raises(ValueError, match="at least one row"):
        LinearModel.fit_near(x, labels, 2, 1.0, start, np.zeros(len(x)))
