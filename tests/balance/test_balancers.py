"""One battery over every way of balancing, then each by hand."""

import numpy as np
import pytest

from makeweight.balance.arm import ADD_ROWS
from makeweight.balance.balancers import BALANCERS
from makeweight.balance.calibration import DistributionCalibration
from makeweight.balance.feature_flow import FeatureFlow
from makeweight.balance.generated import Generated
from makeweight.balance.resampling import Chain, RandomOversampling
from makeweight.balance.smote import Smote
from makeweight.balance.train_split import Balancer, TrainSplit, full_balance, minority_mask, real_split
from makeweight.data.codecs.spec import Block, Spec
from makeweight.data.labelled import Labelled

LAYOUT = Spec("tabular", (4,), (Block("price", "value", 0, 1), Block("origin", "choice", 1, 3)))

SPLITS = {
    "binary": (40, 9),
    "one row in a class": (12, 1, 5),
    "balanced": (6, 6),
    "a hundred classes": (1, 2, 6, 9) * 25,
}
MODALITIES = {
    "image": ("image",),
    "tabular": ("tabular",),
    "text": ("text",),
    "all three": ("image", "tabular", "text"),
}


def make_rows(counts: tuple[int, ...], modalities: tuple[str, ...], seed: int = 0) -> Labelled:
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.repeat(np.arange(len(counts)), counts))
    arrays = {
        "image": rng.integers(0, 256, (len(labels), 1, 4, 4), dtype=np.uint8),
        "tabular": np.hstack([rng.normal(size=(len(labels), 1)), np.eye(3)[rng.integers(0, 3, len(labels))]]).astype(
            "f4"
        ),
        "text": rng.normal(size=(len(labels), 5)).astype(np.float32),
    }
    return Labelled({name: arrays[name] for name in modalities}, labels)


def make(name: str, modalities: tuple[str, ...], classes: int) -> Balancer:
    if name == "generated":
        return Generated(make_rows((300,) * classes if classes < 50 else (120,) * classes, modalities, seed=1), 1.0)
    if name == "smote":
        return Smote(layouts={"tabular": LAYOUT})
    if name == "distribution_calibration":
        return DistributionCalibration(layouts={"tabular": LAYOUT})
    if name == "feature_flow":
        return FeatureFlow(steps=2, layouts={"tabular": LAYOUT})
    return BALANCERS[name]()


ADDS_ROWS = {*ADD_ROWS, "generated"}


@pytest.mark.parametrize("modalities", MODALITIES.values(), ids=MODALITIES)
@pytest.mark.parametrize("counts", SPLITS.values(), ids=SPLITS)
@pytest.mark.parametrize("name", [*BALANCERS, "generated"])
def test_battery(name: str, counts: tuple[int, ...], modalities: tuple[str, ...]) -> None:
    rows = make_rows(counts, modalities)
    untouched = {key: array.copy() for key, array in rows.inputs.items()}
    split, target = real_split(rows, len(counts)), full_balance(rows.labels, len(counts))
    balancer = make(name, modalities, len(counts))
    balanced = balancer.balance(split, target, np.random.default_rng(7))
    again = balancer.balance(split, target, np.random.default_rng(7))

    assert all((array == untouched[key]).all() for key, array in rows.inputs.items()), "its input is not changed"
    for key, array in balanced.rows.inputs.items():
        assert array.dtype == rows.inputs[key].dtype and array.shape[1:] == rows.inputs[key].shape[1:]
        assert (array[: len(rows)] == untouched[key]).all(), "the real rows come first, as they were"
        assert (array == again.rows.inputs[key]).all(), "the same seed, the same rows"
        assert len(array) == len(balanced.rows.labels) == len(balanced.synthetic)
        assert np.isfinite(array).all()
    assert not balanced.synthetic[: len(rows)].any() and balanced.synthetic[len(rows) :].all()
    expected = target if name in ADDS_ROWS else np.array(counts)
    assert balanced.counts.tolist() == expected.tolist()
    if "tabular" in modalities:
        choices = balanced.rows.inputs["tabular"][:, 1:]
        assert (choices.sum(1) == 1).all() and np.isin(choices, (0, 1)).all(), "a category stays one category"


@pytest.mark.parametrize("name", [*BALANCERS, "generated"])
def test_a_class_without_a_row_is_no_error(name: str) -> None:
    rows = make_rows((9, 0, 4), ("tabular",))
    balanced = make(name, ("tabular",), 3).balance(real_split(rows, 3), np.full(3, 9), np.random.default_rng(0))
    assert balanced.counts[0] == 9
    if balanced.class_weights is not None:
        assert np.isfinite(balanced.class_weights).all()


def test_class_weights_make_every_class_count_the_same() -> None:
    rows = make_rows((30, 10), ("text",))
    balanced = BALANCERS["class_weights"]().balance(real_split(rows, 2), np.full(2, 30), np.random.default_rng(0))
    assert balanced.class_weights is not None
    assert balanced.class_weights * [30, 10] == pytest.approx([20, 20])
    assert balanced.class_weights[rows.labels].mean() == pytest.approx(1)


def test_logit_adjustment_knows_the_class_shares() -> None:
    rows = make_rows((30, 10), ("text",))
    assert BALANCERS["logit_adjustment"]().balance(
        real_split(rows, 2), np.full(2, 30), np.random.default_rng(0)
    ).prior == pytest.approx([0.75, 0.25])


def test_repeated_rows_are_rows_of_their_class() -> None:
    rows = make_rows((20, 3), ("text",))
    balanced = RandomOversampling().balance(real_split(rows, 2), np.full(2, 20), np.random.default_rng(0))
    originals = {array.tobytes() for array in rows.inputs["text"][rows.labels == 1]}
    added = balanced.rows.inputs["text"][balanced.synthetic]
    assert (balanced.rows.labels[balanced.synthetic] == 1).all()
    assert {array.tobytes() for array in added} <= originals


def test_smote_lies_between_two_rows_of_its_class() -> None:
    corners = np.array([[0, 0], [4, 0], [8, 8], [9, 8], [9, 9], [8, 9], [7, 7]], dtype=np.float32)
    rows = Labelled({"tabular": corners}, np.array([0, 0, 1, 1, 1, 1, 1]))
    balanced = Smote().balance(real_split(rows, 2), np.full(2, 5), np.random.default_rng(0))
    added = balanced.rows.inputs["tabular"][balanced.synthetic]
    assert len(added) == 3
    assert (added[:, 1] == 0).all() and ((added[:, 0] > 0) & (added[:, 0] < 4)).all()
    assert balanced.warnings == {"smote_classes_with_fewer_neighbours": 1}


def test_smote_repeats_a_single_row_and_says_so() -> None:
    rows = make_rows((8, 1), ("tabular", "image"))
    balanced = Smote(layouts={"tabular": LAYOUT}).balance(real_split(rows, 2), np.full(2, 8), np.random.default_rng(0))
    single = rows.inputs["image"][rows.labels == 1][0]
    assert (balanced.rows.inputs["image"][balanced.synthetic] == single).all()
    assert balanced.warnings == {"smote_classes_repeated": 1}


def test_smote_takes_the_category_of_most_neighbours() -> None:
    vectors = np.zeros((12, 4), dtype=np.float32)
    vectors[:, 0] = np.linspace(0, 1, 12)
    vectors[:, 2] = 1
    rows = Labelled({"tabular": vectors}, np.array([0] * 6 + [1] * 6))
    rows = Labelled({"tabular": np.concatenate([vectors, vectors[:4]])}, np.concatenate([rows.labels, [1] * 4]))
    balanced = Smote(layouts={"tabular": LAYOUT}).balance(real_split(rows, 2), np.full(2, 10), np.random.default_rng(0))
    assert (balanced.rows.inputs["tabular"][balanced.synthetic][:, 1:] == [0, 1, 0]).all()


def test_generated_rows_fill_a_share_and_smaller_shares_are_part_of_larger_ones() -> None:
    rows, pool = make_rows((20, 4), ("text",)), make_rows((5, 40), ("text",), seed=1)
    added = {}
    for share in (0.25, 1.0, 2.0):
        balanced = Generated(pool, share).balance(real_split(rows, 2), np.full(2, 20), np.random.default_rng(3))
        assert balanced.counts.tolist() == [20, 4 + round(16 * share)]
        added[share] = [row.tobytes() for row in balanced.rows.inputs["text"][balanced.synthetic]]
        assert len(set(added[share])) == len(added[share]), "no generated row twice"
    assert added[0.25] == added[1.0][:4] and added[1.0] == added[2.0][:16]


def test_a_pool_that_is_too_small_is_counted() -> None:
    rows, pool = make_rows((20, 4), ("text",)), make_rows((0, 10), ("text",), seed=1)
    balanced = Generated(pool, 1.0).balance(real_split(rows, 2), np.full(2, 20), np.random.default_rng(3))
    assert balanced.counts.tolist() == [20, 14]
    assert balanced.warnings == {"synthetic_rows_short": 6}


def test_a_chain_leaves_the_rest_to_its_next_link() -> None:
    rows, pool = make_rows((20, 4), ("image",)), make_rows((0, 40), ("image",), seed=1)
    chain = Chain((Generated(pool, 0.5), BALANCERS["classic"]()))
    balanced = chain.balance(real_split(rows, 2), np.full(2, 20), np.random.default_rng(3))
    pooled = {array.tobytes() for array in pool.inputs["image"]}
    generated = sum(array.tobytes() in pooled for array in balanced.rows.inputs["image"][24:32])
    assert balanced.counts.tolist() == [20, 20] and generated == 8
    assert balanced.augmentations == ("classic",)


def test_the_minority_is_what_has_less_than_an_equal_share() -> None:
    assert minority_mask(np.repeat([0, 1, 2], [50, 30, 10]), 3).tolist() == [False, False, True]
    assert minority_mask(np.repeat([0, 1], [5, 5]), 2).tolist() == [True, True]


def test_a_split_of_one_modality_keeps_its_rows() -> None:
    split: TrainSplit = real_split(make_rows((5, 3), ("image", "text")), 2)
    assert list(split.of("text").rows.inputs) == ["text"] and len(split.of("text").rows) == 8
