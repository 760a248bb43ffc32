"""Move units between splits until every class has enough of them in each split, as far as that is possible."""

import numpy as np

UNITS_PER_SPLIT = 2
"""Units of a class that each split needs: with one, validation or test would judge a class by a single thing."""
STEPS_PER_UNIT, MAX_STEPS = 40, 20_000
"""How long the search goes on, per unit that is missing somewhere and in total."""


def repair(split_of: np.ndarray, weight: np.ndarray, splits: int, seed: int) -> np.ndarray:
    """Return the split of each unit, changed so that each class has `UNITS_PER_SPLIT` units in each split.

    A class of fewer units than that takes gets as many in each split as it has for all of them. The search moves one
    unit at a time, the one that helps most; where none helps, the one that harms least among those not moved lately
    (tabu search). Units of a small share move first. Nothing changes where nothing is missing; where no assignment
    exists, or none is found, the best one is returned.

    Args:
        split_of: `(units,)`, the index of each unit's split.
        weight: `(units, classes)`, the share of each class that is in each unit.
        splits: number of splits.
        seed: of the order among equal moves.
    """
    member = weight > 0
    needed = np.minimum(UNITS_PER_SPLIT, member.sum(axis=0) // splits)
    counts = np.stack([member[split_of == split].sum(axis=0) for split in range(splits)])
    best, best_missing = split_of.copy(), missing_units(counts, needed)
    if not best_missing:
        return best
    rng = np.random.default_rng(seed)
    order = rng.random(len(split_of))
    current, blocked = split_of.copy(), np.zeros(len(split_of), dtype=int)
    for step in range(1, min(MAX_STEPS, STEPS_PER_UNIT * len(split_of) + MAX_STEPS // 10)):
        lacking = np.argwhere(counts < needed)
        target, label = lacking[rng.integers(len(lacking))]
        candidates = np.flatnonzero(member[:, label] & (current != target) & (blocked < step))
        if not len(candidates):
            continue
        harm = change_in_missing(counts, needed, member[candidates], current[candidates], int(target))
        size = weight[candidates].sum(axis=1).round(9)
        unit = candidates[np.lexsort((order[candidates], size, harm))[0]]
        counts[current[unit]] -= member[unit]
        counts[target] += member[unit]
        current[unit], blocked[unit] = target, step + int(rng.integers(2, 8))
        missing = missing_units(counts, needed)
        if missing < best_missing:
            best, best_missing = current.copy(), missing
        if not missing:
            break
    return best


def missing_units(counts: np.ndarray, needed: np.ndarray) -> int:
    """Return how many units are missing over all classes and splits.

    Args:
        counts: `(splits, classes)`, the units of each class in each split.
        needed: `(classes,)`, the units that each split needs.
    """
    return int(np.maximum(needed - counts, 0).sum())


def change_in_missing(
    counts: np.ndarray, needed: np.ndarray, member: np.ndarray, source: np.ndarray, target: int
) -> np.ndarray:
    """Return for each candidate `(n,)` how many more units are missing after it has moved to the target split.

    Args:
        counts: `(splits, classes)`.
        needed: `(classes,)`.
        member: `(n, classes)`, whether the candidate has rows of the class.
        source: `(n,)`, the candidate's split.
        target: the split that it moves to.
    """
    lost = (member & (counts[source] <= needed)).sum(axis=1)
    gained = (member & (counts[target] < needed)).sum(axis=1)
    return lost - gained
