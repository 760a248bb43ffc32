"""Every class has two units in each split wherever it has six, over random tables."""

from itertools import product

import numpy as np
import pandas as pd
import pytest

from makeweight.stages.split.assignment import assign
from makeweight.stages.split.repair import missing_units, repair

FRACTIONS = {"train": 0.65, "validation": 0.15, "test": 0.2}


def units_per_split(labels: pd.Series, unit: pd.Series, seed: int) -> pd.DataFrame:
    """Units of each class in each split, as `(class, split)`."""
    split = assign(labels, unit, FRACTIONS, seed)
    assert (pd.DataFrame({"unit": unit, "split": split}).groupby("unit")["split"].nunique() == 1).all()
    pairs = pd.DataFrame({"label": labels, "split": split, "unit": unit}).drop_duplicates()
    return pairs.groupby(["label", "split"]).size().unstack(fill_value=0).reindex(columns=list(FRACTIONS), fill_value=0)


@pytest.mark.parametrize("seed", range(40))
def test_rows_that_are_units_of_their_own(seed: int) -> None:
    rng = np.random.default_rng(seed)
    sizes = [int(size) for size in rng.integers(6, 60, rng.integers(2, 15))] + [6, 7]
    labels = pd.Series(np.repeat([f"c{number}" for number in range(len(sizes))], sizes))
    counts = units_per_split(labels, pd.Series([f"u{row}" for row in range(len(labels))]), seed)
    assert counts.to_numpy().min() >= 2


@pytest.mark.parametrize("seed", range(60))
def test_units_that_hold_several_classes(seed: int) -> None:
    rng = np.random.default_rng(seed)
    count, classes = int(rng.integers(8, 60)), int(rng.integers(2, 9))
    rows = int(rng.integers(60, 600))
    unit = pd.Series([f"u{number}" for number in rng.integers(0, count, rows)])
    skewed = rng.dirichlet(np.full(classes, 0.6))
    labels = pd.Series([f"c{number}" for number in rng.choice(classes, rows, p=skewed)])
    of_class = pd.DataFrame({"label": labels, "unit": unit}).groupby("label")["unit"].nunique()
    counts = units_per_split(labels, unit, seed).reindex(of_class.index)
    enough = of_class >= 6
    assert not enough.any() or counts[enough].to_numpy().min() >= 2, counts
    some = of_class >= 3
    assert not some.any() or counts[some].to_numpy().min() >= 1, counts


def test_eight_machines_that_all_have_both_classes() -> None:
    table = pd.DataFrame(product("abcdefgh", ["fine", "faulty"], range(20)), columns=["unit", "label", "row"])
    assert units_per_split(table["label"], table["unit"], 0).to_numpy().min() >= 2


def test_what_has_enough_stays_as_it_is() -> None:
    rng = np.random.default_rng(0)
    weight = rng.random((60, 3))
    split_of = np.arange(60) % 3
    assert (repair(split_of, weight, 3, 0) == split_of).all()


def test_classes_of_four_units_have_one_in_each_split() -> None:
    found = repair(np.zeros(4, dtype=int), np.ones((4, 2)), 3, 0)
    counts = np.stack([(found == split).sum() * np.ones(2, dtype=int) for split in range(3)])
    assert missing_units(counts, np.ones(2, dtype=int)) == 0


def test_where_no_assignment_exists_the_best_one_is_returned() -> None:
    """Every six of seven units hold a class of their own: three splits of seven units cannot miss at most one each."""
    weight = np.array([[float(unit != left_out) for left_out in range(7)] for unit in range(7)])
    found = repair(np.zeros(7, dtype=int), weight, 3, 0)
    assert sorted(np.bincount(found)) == [2, 2, 3]
