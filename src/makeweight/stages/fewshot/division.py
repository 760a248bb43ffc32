"""Which class a sample shows under a labeling, and on which side of the experiment the class stands."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from makeweight.core.params import Section

SIDES = ("base", "validation", "novel")
"""Trained on; chooses the weights and the thresholds; tested on once."""

UNUSED = ""

FEWEST_CLASSES = 2
"""Per side: with one class there is nothing to tell apart."""


class TooFewError(ValueError):
    """The data have too few classes or rows for the experiment; the message says what is missing."""


class DivisionParams(Section):
    """How classes are dealt to the sides."""

    base_share: float
    """Share of the classes above the threshold that are trained on."""
    base_classes_at_least: int
    """The threshold on class size never leaves fewer classes than this."""
    validation_every: int
    """In order of size, one of so many of the remaining classes validates; the others are novel."""
    most_rows_per_class: int
    """Rows of a validation or novel class that are looked at; the others are left out at random."""


@dataclass(frozen=True)
class Division:
    """Side and class of every row of the sample table, and what was left out."""

    side: np.ndarray
    """`(rows,)` one of `SIDES`, or `UNUSED`."""
    name: np.ndarray
    """`(rows,)` class name under the labeling; missing where the row has none."""
    numbers: dict[str, float]

    def rows(self, side: str) -> np.ndarray:
        """Row positions of one side."""
        return np.flatnonzero(self.side == side)


def coarse(table: pd.DataFrame) -> pd.Series:
    """By type: the label that everything else works with."""
    return table["label"]


def fine(table: pd.DataFrame) -> pd.Series:
    """By shape: the fine label."""
    return table["fine_label"]


def joined(table: pd.DataFrame) -> pd.Series:
    """By type and shape: a fine label under two labels is two classes. (One that names its type already stays.)"""
    named = [str(fine).startswith(f"{label}/") for label, fine in zip(table["label"], table["fine_label"], strict=True)]
    return table["fine_label"].where(named, table["label"] + "/" + table["fine_label"])


LABELINGS: dict[str, Callable[[pd.DataFrame], pd.Series]] = {"coarse": coarse, "fine": fine, "joined": joined}


def divide(table: pd.DataFrame, labeling: str, config: DivisionParams, rng: np.random.Generator) -> Division:
    """Deal classes to the sides; a unit with rows on two sides is dropped, and of base classes the train split is used.

    Large classes (by their train rows) may become base classes. The other large ones and all small ones, the rare
    classes that nothing could be trained on, validate or are novel.
    """
    name = LABELINGS[labeling](table).to_numpy(dtype=object)
    named = pd.notna(name)
    train_sizes = pd.Series(name[named & (table["split"] == "train").to_numpy()]).value_counts()
    sizes = pd.Series(name[named]).value_counts().sort_index()
    train_sizes = train_sizes.reindex(sizes.index, fill_value=0)
    threshold = usable_threshold(train_sizes.to_numpy(), config.base_classes_at_least)
    side_of = deal(sizes, list(sizes.index[train_sizes >= threshold]), config, rng)
    side = np.array([side_of[one] if known else UNUSED for one, known in zip(name, named, strict=True)], dtype=object)
    straddling = straddles(pd.factorize(table["unit"])[0], side)
    held_out = (side == "base") & (table["split"] != "train").to_numpy() & ~straddling
    side[straddling | held_out] = UNUSED
    surplus = drop_surplus(side, name, config.most_rows_per_class, rng)
    numbers: dict[str, float] = {
        "threshold": threshold,
        **{f"classes.{one}": len(set(name[side == one])) for one in SIDES},
        **{f"rows.{one}": int((side == one).sum()) for one in SIDES},
        "dropped.no_class": int((~named).sum()),
        "dropped.unit_on_two_sides": int(straddling.sum()),
        "dropped.base_not_train": int(held_out.sum()),
        "dropped.above_rows_per_class": surplus,
    }
    return Division(side, name, numbers)


def usable_threshold(sizes: np.ndarray, classes_at_least: int) -> int:
    """The class size that makes `size * number of classes at least as large` largest: what a balanced set could use."""
    candidates = np.unique(sizes)
    counts = (sizes[None, :] >= candidates[:, None]).sum(1)
    usable = np.where(counts >= min(classes_at_least, len(sizes)), candidates * counts, -1)
    return int(candidates[usable.argmax()])


def deal(sizes: pd.Series, large: list[str], config: DivisionParams, rng: np.random.Generator) -> dict[str, str]:
    """Class -> side. Base classes are drawn among the large ones; the rest is dealt out evenly in order of size.

    Raises:
        TooFewError: there are not two classes for each side.
    """
    bases = min(round(config.base_share * len(large)), len(sizes) - 2 * FEWEST_CLASSES)
    if bases < FEWEST_CLASSES:
        raise TooFewError(f"{len(sizes)} classes are too few: each of {', '.join(SIDES)} needs {FEWEST_CLASSES}")
    base = set(rng.choice(sorted(large), size=bases, replace=False))
    rest = [one for one in sizes.sort_values(ascending=False, kind="stable").index if one not in base]
    validating = max(FEWEST_CLASSES, len(rest) // config.validation_every)
    places = (np.arange(validating) * len(rest) / validating + rng.integers(len(rest) // validating)).astype(int)
    chosen = {rest[place] for place in places}
    return {one: "base" if one in base else "validation" if one in chosen else "novel" for one in sizes.index}


def straddles(unit: np.ndarray, side: np.ndarray) -> np.ndarray:
    """Mask of the rows whose unit has rows on more than one side."""
    used = side != UNUSED
    sides = pd.Series(side[used]).groupby(unit[used]).nunique()
    return used & pd.Series(unit).isin(sides.index[sides > 1]).to_numpy()


def drop_surplus(side: np.ndarray, name: np.ndarray, most: int, rng: np.random.Generator) -> int:
    """Take rows beyond `most` per validation or novel class out of `side`, in place; how many went."""
    dropped = 0
    tested = np.isin(side.astype(str), ("validation", "novel"))
    for one in sorted(set(name[tested])):
        rows = np.flatnonzero(tested & (name == one))
        surplus = rng.permutation(rows)[most:]
        side[surplus] = UNUSED
        dropped += len(surplus)
    return dropped
