"""Agreement of two listings in what they state: a rare value that both state says more than a common one."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

BITS_PER_COLUMN = 12.0
"""Most that one column may say: the values of a column are rarely as independent as their counts suggest."""


@dataclass(frozen=True, slots=True)
class Statements:
    """What each listing states, column by column.

    `codes` is `(n, columns)` with -1 for missing, `bits` the weight of each stated value: log2 of one over its share
    of the listings, the agreement weight of Fellegi and Sunter (1969) where errors are rare.
    """

    codes: np.ndarray
    bits: np.ndarray

    def agreement(self, left: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Bits on which the pairs agree, and bits on which they disagree although both state something."""
        ours, theirs = self.codes[left], self.codes[right]
        both = (ours >= 0) & (theirs >= 0)
        same = both & (ours == theirs)
        weight = np.minimum(self.bits[left], self.bits[right])
        return (weight * same).sum(axis=1), (weight * (both & ~same)).sum(axis=1)

    def agreeing_pairs(self, bits: float, most: int) -> tuple[np.ndarray, np.ndarray]:
        """Pairs that agree on at least `bits`, found through values that at most `most` listings state."""
        found = [np.empty((0, 2), dtype=np.int64)]
        for column in self.codes.T:
            order = np.argsort(column, kind="stable")
            ordered = column[order]
            for gap in range(1, most):
                same = (ordered[gap:] == ordered[:-gap]) & (ordered[gap:] >= 0)
                if most < len(ordered):
                    same[: len(ordered) - most] &= ordered[most:] != ordered[: len(ordered) - most]
                found.append(np.stack([order[:-gap][same], order[gap:][same]], axis=1))
        pairs = np.unique(np.sort(np.concatenate(found), axis=1), axis=0)
        left, right = pairs[:, 0], pairs[:, 1]
        enough = self.agreement(left, right)[0] >= bits
        return left[enough], right[enough]


def statements(table: pd.DataFrame, columns: tuple[str, ...]) -> Statements:
    """The values of these columns as codes with their weights."""
    codes = np.full((len(table), len(columns)), -1, dtype=np.int64)
    bits = np.zeros((len(table), len(columns)), dtype=np.float32)
    for place, column in enumerate(columns):
        code, _ = pd.factorize(table[column])
        counts = np.bincount(code[code >= 0], minlength=1)
        codes[:, place] = code
        weight = np.log2(len(table) / np.maximum(counts, 1)).clip(max=BITS_PER_COLUMN)
        bits[:, place] = np.where(code >= 0, weight[code.clip(min=0)], 0.0)
    return Statements(codes, bits)
