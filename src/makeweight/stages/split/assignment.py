"""Which split each unit is in: every class near its target fractions, and two units of it in each split."""

import numpy as np
import pandas as pd

from makeweight.data import reserved
from makeweight.stages.split.repair import repair

TOLERANCE = 1e-9


def assign(
    labels: pd.Series, unit: pd.Series, fractions: dict[str, float], seed: int, at_random: bool = False
) -> pd.Series:
    """Return the split of each row, with every class as near to its target fractions as its units allow.

    A greedy assignment: units with the largest share of a class first, each to the split whose missing share of its
    classes it reduces most; equal units in a random order by the seed. A second pass gives a split without rows of a
    class one of its units, and a third one two of them, if there are enough.

    So a large unit is in the same split whatever the seed: splits of several seeds share nearly half of their test
    rows on the built-in catalogue. `at_random` puts each unit in a random split that still has room for it, so that
    they share as many as independent splits do; classes are then nearly as close to their fractions.
    """
    names, sizes = list(fractions), np.array(list(fractions.values()))
    unit_of, units = pd.factorize(unit, sort=True)
    label_of, known = pd.factorize(labels, sort=True)
    counts = np.bincount(unit_of * len(known) + label_of, minlength=len(units) * len(known)).reshape(len(units), -1)
    weight = counts / counts.sum(axis=0)
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(counts))
    order = order[np.argsort(-weight[order].max(axis=1).round(9), kind="stable")]
    missing = np.repeat(sizes[:, None], weight.shape[1], axis=1)
    split_of = np.empty(len(counts), dtype=int)
    for row in order:
        found = random_split(missing, weight[row], sizes, rng) if at_random else None
        split_of[row] = best_split(missing, weight[row], sizes) if found is None else found
        missing[split_of[row]] -= weight[row]
    fill_gaps(split_of, weight, order)
    split_of = repair(split_of, weight, len(names), seed)
    chosen = np.array(names, dtype=object)[split_of]
    return pd.Series(chosen[unit_of], index=unit.index, dtype="str", name=reserved.SPLIT)


def best_split(missing: np.ndarray, weight: np.ndarray, sizes: np.ndarray) -> int:
    """Return the index of the split whose squared missing share the unit reduces most, relative to the split's size.

    Args:
        missing: `(splits, classes)`, the share of each class that each split does not have yet.
        weight: `(classes,)`, the share of each class that is in the unit.
        sizes: `(splits,)`, the target fractions.
    """
    present = weight > 0
    gain = (missing[:, present] ** 2 - (missing[:, present] - weight[present]) ** 2).sum(axis=1) / sizes
    return int(np.argmax(gain.round(12)))


def random_split(missing: np.ndarray, weight: np.ndarray, sizes: np.ndarray, rng: np.random.Generator) -> int | None:
    """Return the index of a random split with room for the unit, by the splits' sizes; None where none has room.

    Args:
        missing: `(splits, classes)`, the share of each class that each split does not have yet.
        weight: `(classes,)`, the share of each class that is in the unit.
        sizes: `(splits,)`, the target fractions.
    """
    present = weight > 0
    room = sizes * (missing[:, present] >= weight[present] - TOLERANCE).all(axis=1)
    return int(rng.choice(len(sizes), p=room / room.sum())) if room.any() else None


def fill_gaps(split_of: np.ndarray, weight: np.ndarray, order: np.ndarray) -> None:
    """Move a small unit of a class into each split that has none, from one that has several; changes `split_of`."""
    for label in range(weight.shape[1]):
        members = [row for row in order[::-1] if weight[row, label] > 0]
        for split in range(split_of.max() + 1 if len(split_of) else 0):
            if any(split_of[row] == split for row in members):
                continue
            spare = [row for row in members if sum(split_of[other] == split_of[row] for other in members) > 1]
            if spare:
                split_of[spare[0]] = split
