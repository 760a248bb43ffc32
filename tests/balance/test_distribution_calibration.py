"""Distribution calibration by hand: where new rows lie, who lends, and what happens without a lender."""

import numpy as np
import pytest
from scipy.sparse import csr_array

from makeweight.balance.calibration import DistributionCalibration, class_means, nearest, partner_rows
from makeweight.balance.train_split import real_split
from makeweight.data.codecs.spec import Block, Spec
from makeweight.data.labelled import Labelled

LABELS = np.array([0, 0, 0, 0, 1, 1, 1, 1, 2, 2])
X = np.array([[0, 1], [0, -1], [0, 2], [0, -2], [90, 9], [90, 8], [90, 7], [90, 8], [10, 0.5], [12, -0.5]], dtype="f4")
ROWS = Labelled({"tabular": X}, LABELS)


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_a_new_row_is_the_mean_with_own_and_lent_variation() -> None:
    found = DistributionCalibration(own=0.6, lenders=1).balance(real_split(ROWS, 3), np.full(3, 4), rng())
    assert found.counts.tolist() == [4, 4, 4] and not found.warnings
    added = found.rows.inputs["tabular"][found.synthetic]
    # Class 2 has mean (11, 0); its rows differ from that by (-1, .5) and (1, -.5); those of class 0 by (0, +-1 or 2).
    right = {(11 + 0.6 * x, -0.3 * x + 0.8 * lent) for x in (-1, 1) for lent in (-2, -1, 1, 2)}
    assert all(min(np.hypot(row[0] - x, row[1] - y) for x, y in right) < 1e-5 for row in added)


def test_own_1_repeats_rows_and_own_0_lends_everything() -> None:
    def added(own: float) -> np.ndarray:
        found = DistributionCalibration(own, 1).balance(real_split(ROWS, 3), np.full(3, 40), rng())
        return found.rows.inputs["tabular"][found.synthetic & (found.rows.labels == 2)]

    assert {tuple(row) for row in added(1.0).round(4)} == {(10, 0.5), (12, -0.5)}
    assert {tuple(row) for row in added(0.0).round(4)} == {(11, value) for value in (-2, -1, 1, 2)}


def test_the_nearest_large_classes_lend() -> None:
    means = {"tabular": class_means(X, LABELS, np.bincount(LABELS))}
    assert means["tabular"] == pytest.approx(np.array([[0, 0], [90, 8], [11, 0]]))
    assert class_means(csr_array(X), LABELS, np.bincount(LABELS)) == pytest.approx(means["tabular"])
    assert nearest(means, 2, np.array([0, 1]), 1).tolist() == [0]
    assert nearest(means, 2, np.array([0, 1]), 5).tolist() == [0, 1]


def test_sparse_rows_differ_by_two_rows_of_the_lender_and_stay_positive() -> None:
    assert partner_rows(LABELS, np.array([0, 3, 4, 9, 8])).tolist() == [1, 0, 5, 8, 9]
    x = csr_array(np.eye(10, dtype="f4"))
    found = DistributionCalibration(0.6, 1).balance(real_split(Labelled({"text": x}, LABELS), 3), np.full(3, 4), rng())
    added = found.rows.inputs["text"].toarray()[found.synthetic]
    for row in added:
        own, lent = np.flatnonzero(row == 1), np.flatnonzero((row > 0) & (row < 1))
        assert len(own) == len(lent) == 1 and LABELS[own[0]] == 2 and LABELS[lent[0]] in (0, 1)
        assert row[lent[0]] == pytest.approx(0.8 / np.sqrt(2)) and row.min() == 0


def test_categories_stay_those_of_the_row() -> None:
    vectors = np.hstack([X[:, :1], np.eye(2, dtype="f4")[[0] * 8 + [1] * 2]])
    layout = Spec("tabular", (3,), (Block("price", "value", 0, 1), Block("origin", "choice", 1, 3)))
    way = DistributionCalibration(0.0, 1, {"tabular": layout})
    found = way.balance(real_split(Labelled({"tabular": vectors}, LABELS), 3), np.full(3, 6), rng())
    added, labels = (part[found.synthetic] for part in (found.rows.inputs["tabular"], found.rows.labels))
    assert (added[labels == 2][:, 1:] == [0, 1]).all() and (added[labels != 2][:, 1:] == [1, 0]).all()


def test_a_single_row_and_no_lender_are_counted() -> None:
    rows = ROWS.take(np.array([0, 1, 2, 3, 8]))
    found = DistributionCalibration().balance(real_split(rows, 3), np.full(3, 4), rng())
    assert found.counts.tolist() == [4, 0, 4], "an absent class stays absent"
    assert found.warnings == {"calibration_classes_of_one_row": 1}
    alone = rows.take(np.array([0, 1]))
    found = DistributionCalibration().balance(real_split(alone, 3), np.full(3, 4), rng())
    assert found.warnings == {"calibration_classes_without_lenders": 1} and found.counts.tolist() == [4, 0, 0]
