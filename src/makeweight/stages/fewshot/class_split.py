"""The class split: each sample's class under a labeling, and each class's set: base, validation or novel."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from makeweight.core.params import Section
from makeweight.core.ranges import Count, Share
from makeweight.data import reserved

CLASS_SETS = ("base", "validation", "novel")
"""Base classes are trained on, validation classes choose weights and thresholds, novel classes are tested on once."""

UNUSED = ""

MIN_CLASSES = 2
"""Per class set: with one class there is nothing to tell apart."""


class TooLittleDataError(ValueError):
    """The data have too few classes or rows for the experiment; the message says what is missing."""


class ClassSplitParams(Section):
    """How classes are assigned to the class sets."""

    base_share: Share
    """Share of the classes above the size threshold that become base classes."""
    min_base_classes: Count
    """The size threshold is never so high that fewer classes than this reach it."""
    validation_every: Count
    """In order of size, every n-th of the remaining classes is a validation class; the others are novel."""
    max_rows_per_class: Count
    """Rows of a validation or novel class that are used; the others are left out at random."""


@dataclass(frozen=True)
class ClassSplit:
    """Class and class set of every row of the sample table, and what was left out."""

    class_set: np.ndarray
    """`(rows,)` one of `CLASS_SETS`, or `UNUSED`."""
    name: np.ndarray
    """`(rows,)` class name under the labeling; missing where the row has none."""
    numbers: dict[str, float]
    """Metrics: the size threshold, classes and rows per class set, dropped rows by reason."""

    def rows(self, class_set: str) -> np.ndarray:
        """Row indices of one class set."""
        return np.flatnonzero(self.class_set == class_set)


def coarse(table: pd.DataFrame) -> pd.Series:
    """By type: the label that every other stage uses."""
    return table["label"]


def fine(table: pd.DataFrame) -> pd.Series:
    """By shape: the fine label."""
    return table["fine_label"]


def joined(table: pd.DataFrame) -> pd.Series:
    """By type and shape: a fine label under two labels is two classes. (One that names its type already stays.)"""
    named = [str(fine).startswith(f"{label}/") for label, fine in zip(table["label"], table["fine_label"], strict=True)]
    return table["fine_label"].where(named, table["label"] + "/" + table["fine_label"])


LABELINGS: dict[str, Callable[[pd.DataFrame], pd.Series]] = {"coarse": coarse, "fine": fine, "joined": joined}


def split_classes(table: pd.DataFrame, labeling: str, config: ClassSplitParams, rng: np.random.Generator) -> ClassSplit:
    """Assign classes to class sets.

    Classes with many train rows may become base classes. The other large ones and all small ones, the rare classes
    that nothing could be trained on, become validation or novel classes. Dropped are: units with rows in two class
    sets, rows of base classes outside the train split, and rows above `max_rows_per_class`.

    Raises:
        TooLittleDataError: there are not enough classes for every class set.
    """
    name = LABELINGS[labeling](table).to_numpy(dtype=object)
    named = pd.notna(name)
    train_sizes = pd.Series(name[named & (table[reserved.SPLIT] == "train").to_numpy()]).value_counts()
    sizes = pd.Series(name[named]).value_counts().sort_index()
    train_sizes = train_sizes.reindex(sizes.index, fill_value=0)
    threshold = base_size_threshold(train_sizes.to_numpy(), config.min_base_classes)
    set_of_class = assign_classes(sizes, list(sizes.index[train_sizes >= threshold]), config, rng)
    class_set = np.array(
        [set_of_class[one] if has_name else UNUSED for one, has_name in zip(name, named, strict=True)], dtype=object
    )
    in_two_sets = has_unit_in_two_sets(pd.factorize(table[reserved.UNIT])[0], class_set)
    held_out = (class_set == "base") & (table[reserved.SPLIT] != "train").to_numpy() & ~in_two_sets
    class_set[in_two_sets | held_out] = UNUSED
    excess = drop_excess_rows(class_set, name, config.max_rows_per_class, rng)
    numbers: dict[str, float] = {
        "threshold": threshold,
        **{f"classes.{one}": len(set(name[class_set == one])) for one in CLASS_SETS},
        **{f"rows.{one}": int((class_set == one).sum()) for one in CLASS_SETS},
        "dropped.no_class": int((~named).sum()),
        "dropped.unit_in_two_sets": int(in_two_sets.sum()),
        "dropped.base_not_train": int(held_out.sum()),
        "dropped.above_max_rows_per_class": excess,
    }
    return ClassSplit(class_set, name, numbers)


def base_size_threshold(sizes: np.ndarray, min_classes: int) -> int:
    """The class size that maximises `size * number of classes of at least that size`: the rows of a balanced set."""
    candidates = np.unique(sizes)
    counts = (sizes[None, :] >= candidates[:, None]).sum(1)
    balanced_rows = np.where(counts >= min(min_classes, len(sizes)), candidates * counts, -1)
    return int(candidates[balanced_rows.argmax()])


def assign_classes(
    sizes: pd.Series, large: list[str], config: ClassSplitParams, rng: np.random.Generator
) -> dict[str, str]:
    """Class -> class set. Base classes are sampled from the large ones; the rest is assigned evenly in order of size.

    Raises:
        TooLittleDataError: there are not two classes for each class set.
    """
    bases = min(round(config.base_share * len(large)), len(sizes) - 2 * MIN_CLASSES)
    if bases < MIN_CLASSES:
        raise TooLittleDataError(
            f"{len(sizes)} classes are too few: each of {', '.join(CLASS_SETS)} needs {MIN_CLASSES}"
        )
    base = set(rng.choice(sorted(large), size=bases, replace=False))
    rest = [one for one in sizes.sort_values(ascending=False, kind="stable").index if one not in base]
    count = max(MIN_CLASSES, len(rest) // config.validation_every)
    indices = (np.arange(count) * len(rest) / count + rng.integers(len(rest) // count)).astype(int)
    validation = {rest[index] for index in indices}
    return {one: "base" if one in base else "validation" if one in validation else "novel" for one in sizes.index}


def has_unit_in_two_sets(unit: np.ndarray, class_set: np.ndarray) -> np.ndarray:
    """Mask `(rows,)` of the rows whose unit has rows in more than one class set."""
    used = class_set != UNUSED
    sets = pd.Series(class_set[used]).groupby(unit[used]).nunique()
    return used & pd.Series(unit).isin(sets.index[sets > 1]).to_numpy()


def drop_excess_rows(class_set: np.ndarray, name: np.ndarray, max_rows: int, rng: np.random.Generator) -> int:
    """Mark rows beyond `max_rows` per validation or novel class as unused, in place; return how many."""
    dropped = 0
    evaluated = np.isin(class_set.astype(str), ("validation", "novel"))
    for one in sorted(set(name[evaluated])):
        rows = np.flatnonzero(evaluated & (name == one))
        excess = rng.permutation(rows)[max_rows:]
        class_set[excess] = UNUSED
        dropped += len(excess)
    return dropped
