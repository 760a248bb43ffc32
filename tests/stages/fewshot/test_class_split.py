"""Class sets: nothing leaks from one to another."""

import numpy as np
import pandas as pd
import pytest

from makeweight.stages.fewshot import class_split
from makeweight.stages.fewshot.class_split import ClassSplitParams, TooLittleDataError

CONFIG = ClassSplitParams(base_share=0.6, min_base_classes=4, validation_every=3, max_rows_per_class=25)


def planted_table(classes: int = 20, seed: int = 0) -> pd.DataFrame:
    """Classes of falling size under five types, in units of up to four rows, a few of which span classes."""
    rng = np.random.default_rng(seed)
    fine = np.repeat([f"kind {one:02}" for one in range(classes)], [60 - 55 * one // classes for one in range(classes)])
    units = np.array([f"{name} {rng.integers(12)}" for name in fine], dtype=object)
    units[rng.choice(len(units), 30, replace=False)] = "series over many classes"
    splits = pd.Series(units).map(lambda unit: ("train", "train", "validation", "test")[hash_of(unit) % 4])
    label = [f"type {int(name[-2:]) % 5}" for name in fine]
    return pd.DataFrame({"label": label, "fine_label": fine, "mw_unit": units, "mw_split": splits})


def hash_of(unit: str) -> int:
    return sum(map(ord, unit))


@pytest.mark.parametrize("seed", range(5))
def test_no_class_and_no_unit_is_in_two_sets(seed: int) -> None:
    table = planted_table(seed=seed)
    split = class_split.split_classes(table, "fine", CONFIG, np.random.default_rng(seed))
    used = table.assign(class_set=split.class_set)[split.class_set != class_split.UNUSED]
    assert set(used["class_set"]) == set(class_split.CLASS_SETS)
    assert (used.groupby("fine_label")["class_set"].nunique() == 1).all()
    assert (used.groupby("mw_unit")["class_set"].nunique() == 1).all()


def test_base_rows_are_train_rows_of_large_classes() -> None:
    table = planted_table()
    split = class_split.split_classes(table, "fine", CONFIG, np.random.default_rng(0))
    base = table.iloc[split.rows("base")]
    assert set(base["mw_split"]) == {"train"}
    train_sizes = table.loc[table["mw_split"] == "train", "fine_label"].value_counts()
    assert train_sizes[base["fine_label"].unique()].min() >= split.numbers["threshold"]


def test_every_row_is_accounted_for() -> None:
    table = planted_table()
    table.loc[:9, "fine_label"] = None
    numbers = class_split.split_classes(table, "fine", CONFIG, np.random.default_rng(0)).numbers
    assert numbers["dropped.no_class"] == 10
    parts = [n for name, n in numbers.items() if name.startswith(("rows.", "dropped."))]
    assert sum(parts) == len(table)
    assert numbers["dropped.unit_in_two_sets"] >= 20


def test_no_evaluated_class_has_more_rows_than_the_maximum() -> None:
    table = planted_table()
    split = class_split.split_classes(table, "fine", CONFIG, np.random.default_rng(0))
    for class_set in ("validation", "novel"):
        assert table["fine_label"].iloc[split.rows(class_set)].value_counts().max() <= 25


def test_another_seed_splits_otherwise_and_the_same_seed_the_same() -> None:
    table = planted_table()
    first, again, other = (
        class_split.split_classes(table, "fine", CONFIG, np.random.default_rng(s)).class_set for s in (1, 1, 2)
    )
    assert (first == again).all() and (first != other).any()


def test_threshold_maximises_what_a_balanced_set_could_use() -> None:
    # 2 x 50 = 100, 3 x 30 = 90, 6 x 20 = 120, 9 x 4 = 36
    sizes = np.array([60, 50, 30, 25, 20, 20, 5, 4, 4])
    assert class_split.base_size_threshold(sizes, min_classes=2) == 20
    assert class_split.base_size_threshold(np.array([1000, 50, 40, 30]), min_classes=1) == 1000
    assert class_split.base_size_threshold(np.array([1000, 50, 40, 30]), min_classes=3) in (30, 40)


def test_labelings() -> None:
    table = pd.DataFrame({"label": ["tools", "games", "tools"], "fine_label": ["toys", "toys", "tools/saws"]})
    named = {name: list(labeling(table)) for name, labeling in class_split.LABELINGS.items()}
    assert named == {
        "coarse": ["tools", "games", "tools"],
        "fine": ["toys", "toys", "tools/saws"],
        "joined": ["tools/toys", "games/toys", "tools/saws"],
    }


@pytest.mark.parametrize("classes", [2, 5])
def test_too_few_classes_are_said(classes: int) -> None:
    with pytest.raises(TooLittleDataError, match=f"{classes} classes are too few"):
        class_split.split_classes(planted_table(classes), "fine", CONFIG, np.random.default_rng(0))


def test_six_classes_make_two_per_class_set() -> None:
    split = class_split.split_classes(planted_table(6), "fine", CONFIG, np.random.default_rng(0))
    assert [split.numbers[f"classes.{class_set}"] for class_set in class_split.CLASS_SETS] == [2, 2, 2]
