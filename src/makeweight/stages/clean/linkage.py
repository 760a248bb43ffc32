"""How much listings support each other by what they state: a rare value says more than a common one.

The weights are those of Fellegi and Sunter (1969): log2 of how much likelier it is that copies agree (or disagree) in a
column than that unrelated listings do. How often copies agree is learned from those that are copies for certain,
because their pictures are the same to the pixel: nobody has to say which columns a reseller takes over.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

MOST_BITS = 12.0
"""Most that agreement in one column may say: columns are rarely as independent as their counts suggest."""
PRIOR = (9.0, 1.0)
"""Copies that agreed and disagreed in a column before any was seen."""


@dataclass(frozen=True, slots=True)
class Statements:
    """What each listing states, column by column, and what it says if another states the same or not.

    `codes` is `(n, columns)` with -1 for missing, `agree` the bits for each stated value, `disagree` the (negative)
    bits for each column.
    """

    codes: np.ndarray
    agree: np.ndarray
    disagree: np.ndarray

    def at(self, rows: np.ndarray) -> "Statements":
        """The statements of some of the rows, weighed as before."""
        return Statements(self.codes[rows], self.agree[rows], self.disagree)

    def support(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """Bits for each pair: above 0 speaks for copies, below 0 against; what only one states says nothing."""
        ours, theirs = self.codes[left], self.codes[right]
        both, same = (ours >= 0) & (theirs >= 0), ours == theirs
        return (both * np.where(same, self.agree[left], self.disagree)).sum(axis=1)

    def supported_pairs(self, bits: float, most: int) -> np.ndarray:
        """Pairs `(m, 2)` with at least these bits, found through values that at most `most` listings state."""
        found = [np.empty((0, 2), dtype=np.int64)]
        for column in self.codes.T:
            order = np.argsort(column, kind="stable")
            order = order[column[order] >= 0]
            ordered = column[order]
            rare = np.bincount(ordered)[ordered] <= most
            order, ordered = order[rare], ordered[rare]
            for gap in range(1, min(most, len(ordered))):
                same = ordered[gap:] == ordered[:-gap]
                if not same.any():
                    break
                found.append(np.stack([order[:-gap][same], order[gap:][same]], axis=1))
        pairs = distinct_pairs(np.concatenate(found), len(self.codes))
        return pairs[self.support(pairs[:, 0], pairs[:, 1]) >= bits]


def distinct_pairs(pairs: np.ndarray, count: int) -> np.ndarray:
    """Each pair `(m, 2)` of numbers below `count` once, the smaller number first, in order."""
    numbers = np.minimum(*pairs.T) * count + np.maximum(*pairs.T)
    return np.stack(np.divmod(distinct(numbers), max(1, count)), axis=1)


def distinct(numbers: np.ndarray) -> np.ndarray:
    """Each number once, in order; by sorting, which is faster here than `np.unique` by its table of hashes."""
    numbers = np.sort(numbers)
    return numbers[np.append(True, numbers[1:] != numbers[:-1])[: len(numbers)]]


def weigh(
    table: pd.DataFrame, columns: tuple[str, ...], copies: tuple[pd.Series, pd.Series], reworded: tuple[str, ...] = ()
) -> Statements:
    """The values of these columns as codes with their weights, `columns` first.

    Args:
        table: listings.
        columns: what counts as a statement.
        copies: rows of `table` and for each the row that it is a copy of for certain.
        reworded: what speaks for copies where it agrees and says nothing where it differs: resellers write anew.
    """
    count, columns = len(table), columns + reworded
    codes = np.full((count, len(columns)), -1, dtype=np.int64)
    agree = np.zeros((count, len(columns)), dtype=np.float32)
    disagree = np.zeros(len(columns), dtype=np.float32)
    places = pd.Series(np.arange(count), index=table.index)
    left, right = (places[rows].to_numpy() for rows in copies)
    for place, column in enumerate(columns):
        code, _ = pd.factorize(table[column])
        codes[:, place] = code
        stated = code >= 0
        if not stated.any():
            continue
        share = np.bincount(code[stated]) / stated.sum()
        both = (code[left] >= 0) & (code[right] >= 0)
        same = both & (code[left] == code[right])
        copies_agree = (same.sum() + PRIOR[0]) / (both.sum() + sum(PRIOR))
        agree[stated, place] = np.log2(copies_agree / share[code[stated]]).clip(0, MOST_BITS)
        if column not in reworded:
            disagree[place] = min(0.0, np.log2((1 - copies_agree) / max(1 - np.square(share).sum(), 1e-9)))
    return Statements(codes, agree, disagree)
