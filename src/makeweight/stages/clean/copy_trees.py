"""The probability that two pictures are copies, by what they show: small boosted trees over the evidence of a pair.

`benchmarks/near_copies.py --fit` grows the trees on planted copies and writes them to copy_trees.json. Beside the
evidence of a pair they see how much worse the picture's other candidates fit: a copy fits far better than any other, a
picture of a series (stars, flags, frames of one camera) hardly better than its neighbours.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from makeweight.stages.clean.picture_evidence import Evidence

FILE = Path(__file__).with_suffix(".json")
FLOOR = 1e-4
"""Differences below this are those of rounding."""
COMPARED = ("aligned", "recoloured", "whole_beside_stripe", "recoloured_beside_stripe")
"""The differences that are compared with those of the picture's other candidates."""
RIVALS = (0, 2, 5)
"""Ranks of the other candidates, 0 the nearest; behind the first few there are hardly more copies of one picture."""
UNRELATED = 1.0
"""The difference that stands for a candidate that there is not."""
NAMES = ("distance", *Evidence._fields, *(f"{name}.rival_{rival}" for name in COMPARED for rival in RIVALS))


def features(pairs: Evidence, left: np.ndarray, distance: np.ndarray) -> np.ndarray:
    """Return what the trees see of each pair, `(m, len(NAMES))`.

    Args:
        pairs: the evidence.
        left: the picture whose candidates each pair is one of, `(m,)`.
        distance: share of the bits in which the hashes differ, `(m,)`.
    """
    logs = {name: np.log(getattr(pairs, name) + FLOOR) for name in Evidence._fields}
    rivals = [
        logs[name] - np.log(other_candidates(left, getattr(pairs, name), rival) + FLOOR)
        for name in COMPARED
        for rival in RIVALS
    ]
    return np.stack([distance, *logs.values(), *rivals], axis=1).astype(np.float32)


def other_candidates(left: np.ndarray, values: np.ndarray, rival: int) -> np.ndarray:
    """Return for each pair the value of rank `rival` among the other pairs of the same left; at most `UNRELATED`."""
    order = np.lexsort((values, left))
    ordered = left[order]
    first = np.searchsorted(ordered, ordered)
    rank = np.arange(len(left)) - first
    position = first + rival + (rank <= rival)
    exists = position < np.searchsorted(ordered, ordered, side="right")
    found = np.where(exists, values[order][np.minimum(position, len(left) - 1)], UNRELATED)
    result = np.empty(len(left))
    result[order] = np.minimum(found, UNRELATED)
    return result


@dataclass(frozen=True, slots=True)
class CopyTrees:
    """Trees of equal size `(trees, nodes)`; a leaf is its own child."""

    feature: np.ndarray
    threshold: np.ndarray
    lower: np.ndarray
    """The node that follows where the feature is at most the threshold."""
    upper: np.ndarray
    value: np.ndarray
    """Log odds that a leaf adds."""
    depth: int
    start: float
    """Log odds before any tree."""

    def probabilities(self, seen: np.ndarray) -> np.ndarray:
        """Return the probability `(m,)` that each pair is one of copies."""
        rows, odds = np.arange(len(seen)), np.full(len(seen), self.start)
        for tree in range(len(self.feature)):
            node = np.zeros(len(seen), dtype=np.int64)
            for _ in range(self.depth):
                below = seen[rows, self.feature[tree, node]] <= self.threshold[tree, node]
                node = np.where(below, self.lower[tree, node], self.upper[tree, node])
            odds += self.value[tree, node]
        return 1 / (1 + np.exp(-odds))


@cache
def shipped() -> CopyTrees:
    """Return the trees that come with the package."""
    held = json.loads(FILE.read_text(encoding="utf-8"))
    trees = {name: np.array(held[name]) for name in ("feature", "threshold", "lower", "upper", "value")}
    return CopyTrees(**trees, depth=held["depth"], start=held["start"])
