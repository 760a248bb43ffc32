"""The leak checks, with leaks planted; and over all ways of balancing, none of which may leak."""

import numpy as np
import pandas as pd
import pytest

from makeweight.balance.balancers import BALANCERS
from makeweight.balance.feature_flow import FeatureFlow
from makeweight.balance.train_split import full_balance, real_split
from makeweight.data import leaks
from makeweight.data.labelled import Labelled
from makeweight.data.leaks import LeakError


def pictures(count: int, seed: int) -> Labelled:
    rng = np.random.default_rng(seed)
    arrays = {"image": rng.integers(0, 256, (count, 3, 16, 16), dtype=np.uint8), "tabular": rng.normal(size=(count, 4))}
    return Labelled(arrays, rng.permutation(np.arange(count) % 7 // 5))


def numbers(count: int, seed: int, values: int) -> Labelled:
    rng = np.random.default_rng(seed)
    return Labelled({"tabular": rng.integers(0, values, (count, 2)).astype(np.float32)}, np.zeros(count, dtype=int))


TRAIN, VALIDATION, TEST = pictures(80, 1), pictures(30, 2), pictures(40, 3)


@pytest.mark.parametrize("name", sorted(BALANCERS))
def test_no_way_of_balancing_leaks(name: str) -> None:
    way = FeatureFlow(steps=2) if name == "feature_flow" else BALANCERS[name]()
    balanced = way.balance(real_split(TRAIN, 2), full_balance(TRAIN.labels, 2), np.random.default_rng(0))
    found = leaks.check_synthetic(TRAIN, balanced.rows.take(balanced.synthetic), VALIDATION, TEST, name)
    assert found == {"synthetic_rows_equal_to_test": 0, "synthetic_pictures_near_test": 0}


def test_a_generator_that_copies_test_rows_is_stopped() -> None:
    with pytest.raises(LeakError, match=r"copier: 40 synthetic pictures are near copies of test pictures"):
        leaks.check_synthetic(TRAIN, TEST, VALIDATION, TEST, "copier")
    splits = [rows.only("tabular") for rows in (TRAIN, TEST, VALIDATION, TEST)]
    with pytest.raises(LeakError, match=r"copier: 40 synthetic rows are copies of rows of the test split"):
        leaks.check_synthetic(*splits, "copier")


def test_a_copy_of_one_test_picture_with_other_noise_is_stopped() -> None:
    synthetic = pictures(50, 4)
    noisy = TEST.inputs["image"][7].astype(int) + np.random.default_rng(0).integers(-3, 4, (3, 16, 16))
    synthetic.inputs["image"][11] = np.clip(noisy, 0, 255)
    with pytest.raises(LeakError, match="1 synthetic pictures are near copies of test pictures"):
        leaks.check_synthetic(TRAIN, synthetic, VALIDATION, TEST, "copier")


def test_pale_pictures_are_copies_only_where_they_show_the_same() -> None:
    pale = np.full((2, 3, 16, 16), 250, dtype=np.uint8)
    pale[0, :, 4:7, 4:7] = 235
    pale[1, :, 9:12, 9:12] = 235
    assert np.square(pale[0].astype(float) - pale[1]).mean() < leaks.NEAR_COPY_RMS**2, "both almost white"
    assert leaks.near_copies(pale[:1], pale[1:]).tolist() == [False]
    assert leaks.near_copies(np.full((1, 3, 16, 16), 250, dtype=np.uint8), pale).tolist() == [False]
    assert leaks.near_copies(pale[:1], pale).tolist() == [True]


def test_a_copy_of_a_train_row_is_no_leak_even_if_test_has_the_same_picture() -> None:
    test = pictures(40, 3)
    test.inputs["image"][0] = TRAIN.inputs["image"][0]
    leaks.check_synthetic(TRAIN, TRAIN.take(np.array([0, 5])), VALIDATION, test, "repeats")


def test_numbers_may_match_by_chance_but_not_more_often_than_that() -> None:
    train, validation, test = (numbers(200, seed, 30) for seed in (1, 2, 3))
    by_chance = leaks.check_synthetic(train, numbers(300, 4, 30), validation, test, "honest")
    assert by_chance["synthetic_rows_equal_to_test"] > 10, "matches by chance must be allowed"
    copies = Labelled({"tabular": np.repeat(test.inputs["tabular"], 2, axis=0)}, np.zeros(400, dtype=int))
    with pytest.raises(LeakError, match="copies of rows of the test split"):
        leaks.check_synthetic(train, copies, validation, test, "copier")


def test_units_with_rows_in_several_splits_are_stopped() -> None:
    table = pd.DataFrame(
        {"mw_unit": ["a", "a", "b", "c", "c"], "mw_split": ["train", "train", "test", "validation", "unused"]}
    )
    assert leaks.check_units(table) == {"units_across_splits": 0}
    with pytest.raises(LeakError, match="unit 'a' has rows in several splits"):
        leaks.check_units(table.assign(mw_split=["train", "test", "test", "validation", "train"]))


def test_a_train_row_in_the_test_split_is_stopped() -> None:
    assert leaks.check_real(TRAIN, TEST) == {"train_pictures_near_test": 0}
    with pytest.raises(LeakError, match="3 train rows are copies"):
        leaks.check_real(TRAIN.joined(TEST.take(np.arange(3))), TEST)


def test_near_copies_agree_with_comparing_every_pair() -> None:
    rng = np.random.default_rng(5)
    synthetic = np.concatenate(
        [
            np.clip(TEST.inputs["image"].astype(int) + rng.normal(0, width, TEST.inputs["image"].shape), 0, 255)
            for width in (3, 4, 5)
        ]
    ).astype(np.uint8)
    pairs = np.square(synthetic[:, None].astype(float) - TEST.inputs["image"][None]).mean(axis=(2, 3, 4))
    expected = (pairs < leaks.NEAR_COPY_RMS**2).any(1)
    assert 0 < expected.sum() < len(expected)
    assert (leaks.near_copies(synthetic, TEST.inputs["image"]) == expected).all()
