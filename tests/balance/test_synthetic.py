"""What is done with synthetic rows: weights, equal shares, bands, pre-training, each by hand."""

from dataclasses import replace

import numpy as np
import pytest
from scipy.sparse import csr_array

from makeweight.balance.band import Band, embedded_together
from makeweight.balance.generated import Generated
from makeweight.balance.synthetic import Pretrain, SoftLabels, SyntheticWeight
from makeweight.balance.train_split import TrainSplit, real_split
from makeweight.balance.weights import ClassWeights
from makeweight.data.labelled import Labelled


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def split_of(labels: list[int], classes: int = 2) -> TrainSplit:
    return real_split(Labelled({"tabular": np.arange(len(labels), dtype="f4")[:, None]}, np.array(labels)), classes)


def pool_of(per_class: int, classes: int = 2) -> Labelled:
    labels = np.repeat(np.arange(classes), per_class)
    return Labelled({"tabular": 100 + np.arange(len(labels), dtype="f4")[:, None]}, labels)


def test_a_synthetic_row_counts_for_its_share() -> None:
    split = split_of([0, 0, 1]).with_rows(pool_of(1, 2))
    weighted = SyntheticWeight(0.3).balance(split, np.zeros(2), rng())
    assert weighted.weights == pytest.approx([1, 1, 1, 0.3, 0.3])
    twice = SyntheticWeight(0.5).balance(weighted, np.zeros(2), rng())
    assert twice.weights == pytest.approx([1, 1, 1, 0.15, 0.15]), "a weight is a share of what a row counted before"
    assert twice.with_rows(pool_of(1, 2)).weights[-2:].tolist() == [1, 1], "later rows count in full"
    assert split.weights.tolist() == [1] * 5 and split.row_weights is None


def test_rows_and_their_weights_are_taken_together() -> None:
    split = SyntheticWeight(0.3).balance(split_of([0, 0, 1]).with_rows(pool_of(1, 2)), np.zeros(2), rng())
    part = replace(split, bags=(np.array([0]),)).take(np.array([4, 0]))
    assert part.weights == pytest.approx([0.3, 1]) and part.synthetic.tolist() == [True, False] and not part.bags


def test_class_weights_count_a_row_by_its_weight() -> None:
    split = SyntheticWeight(0.5).balance(split_of([0, 0, 0, 0, 1]).with_rows(pool_of(2, 2).take(np.array([2, 3]))),
                                         np.zeros(2), rng())  # fmt: skip
    balanced = ClassWeights().balance(split, np.full(2, 4), rng())
    assert balanced.class_weights is not None
    # Four rows of class 0; one row and two halves of class 1.
    assert balanced.class_weights[1] / balanced.class_weights[0] == pytest.approx(2)
    assert balanced.class_weights * [4, 2] == pytest.approx([3, 3])


def test_in_equal_shares_a_synthetic_row_is_as_likely_in_every_class() -> None:
    split = split_of([0] * 8 + [1] * 2)
    balanced = Generated(pool_of(9), 0.5, all_classes=True).balance(split, np.full(2, 8), rng())
    assert balanced.counts.tolist() == [12, 6], "half of the target for every class"
    synthetic = np.bincount(balanced.rows.labels, balanced.weights * balanced.synthetic)
    assert synthetic == pytest.approx([4, 1]), "half of what the real rows of each class weigh"
    assert balanced.weights[:10].tolist() == [1] * 10 and not balanced.warnings


def test_rows_of_an_earlier_part_keep_their_weight() -> None:
    earlier = SyntheticWeight(0.5).balance(split_of([0] * 8 + [1] * 2).with_rows(pool_of(1)), np.zeros(2), rng())
    balanced = Generated(pool_of(9), 0.5, all_classes=True).balance(earlier, np.full(2, 9), rng())
    assert balanced.weights[:12] == pytest.approx(earlier.weights)
    new = balanced.rows.take(np.arange(12, len(balanced.rows))).labels
    assert np.bincount(new, balanced.weights[12:]) == pytest.approx([4.25, 1.25]), "half of 8.5 and of 2.5"


def test_where_the_pool_is_short_the_shares_stay_equal() -> None:
    balanced = Generated(pool_of(3), 1.0, all_classes=True).balance(split_of([0] * 8 + [1] * 2), np.full(2, 8), rng())
    assert np.bincount(balanced.rows.labels, balanced.weights * balanced.synthetic) == pytest.approx([8, 2])
    assert balanced.warnings == {"synthetic_rows_short": 10}


def test_pre_training_rows_come_first_and_real_ones_alone_after() -> None:
    split = SyntheticWeight(0.5).balance(split_of([0, 0, 1]).with_rows(pool_of(2, 2)), np.zeros(2), rng())
    found = Pretrain().balance(split, np.zeros(2), rng())
    assert found.rows.labels.tolist() == [0, 0, 1] and not found.synthetic.any() and found.weights.tolist() == [1] * 3
    assert found.first is not None and found.first.inputs["tabular"][:, 0].tolist() == [100, 101, 102, 103]
    assert SoftLabels().balance(split, np.zeros(2), rng()).soft_labels


def ring(radius: list[float], label: int) -> Labelled:
    """Rows in two dimensions, pairs of opposite ones, at these distances from the middle."""
    points = np.array([(sign * size, 0) for size in radius for sign in (1, -1)]
                      + [(0, sign * size) for size in radius for sign in (1, -1)], dtype="f4")  # fmt: skip
    return Labelled({"tabular": points}, np.full(len(points), label))


def test_too_near_goes_as_well_as_too_far() -> None:
    real = ring([1.0, 2.0, 3.0], 0)
    pool = ring([0.1, 2.0, 9.0], 0)
    kept, counted = Band(0.0, 1.0).kept(pool, real_split(real, 1))
    assert np.abs(kept.inputs["tabular"]).max(1).tolist() == [2] * 4
    assert counted == {"band_rows_dropped": 8, "band_classes_without_band": 0}


def test_the_embedding_has_unit_variance_and_never_reads_the_pool() -> None:
    x = np.random.default_rng(1).normal(0, 1, (50, 6)).astype("f4") * [1, 2, 3, 4, 5, 60]
    real, pool = (
        Labelled({"text": csr_array(x[rows])}, np.zeros(25, dtype=int)) for rows in (slice(25), slice(25, 50))
    )
    own, other = embedded_together(real, pool)
    assert own.std(0) == pytest.approx(np.ones(6), rel=1e-4) and other.shape == (25, 6)
    same, _ = embedded_together(real, pool.take(np.arange(3)))
    assert same == pytest.approx(own)


def test_a_class_of_one_row_has_no_band_and_is_counted() -> None:
    real = ring([1.0, 2.0, 3.0], 0).joined(Labelled({"tabular": np.ones((1, 2), "f4")}, np.array([1])))
    pool = ring([50.0], 1).joined(ring([2.0], 2))
    kept, counted = Band().kept(pool, real_split(real, 3))
    assert len(kept) == len(pool)
    assert counted == {"band_rows_dropped": 0, "band_classes_without_band": 2}, "one row, and an absent class"


def test_an_engine_takes_rows_of_the_band_only_and_says_what_is_short() -> None:
    real = ring([1.0, 2.0, 3.0], 0).joined(ring([0.6, 1.2], 1))
    pool = ring([0.01, 1.0], 1)
    balanced = Generated(pool, 1.0, band=Band(0.0, 1.0)).balance(real_split(real, 2), np.full(2, 16), rng())
    assert np.abs(balanced.rows.inputs["tabular"][balanced.synthetic]).max(1).tolist() == [1] * 4
    # Four of class 1, and the four that class 0 lacks.
    assert balanced.warnings == {"synthetic_rows_short": 8, "band_rows_dropped": 4}
