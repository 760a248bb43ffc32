"""How strongly the fields of two listings support that they are copies: a rare value counts more than a common one.

The weights are those of Fellegi and Sunter (1969): log2 of how much likelier copies agree (or disagree) in a field than
unrelated listings do. How often copies agree is estimated from certain copies, whose pictures are equal to the pixel:
nobody has to say which fields a reseller takes over.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

MAX_BITS = 12.0
"""Most bits that agreement in one field counts: fields are rarely as independent as their frequencies suggest."""
PRIOR_AGREEMENTS, PRIOR_DISAGREEMENTS = 9.0, 1.0
"""Pseudo-counts of copies that agree and disagree in a field before any copy has been seen."""


@dataclass(frozen=True, slots=True)
class FieldWeights:
    """The values of each listing's fields, and the bits that agreement or disagreement in them counts."""

    codes: np.ndarray
    """Value of each field as a number, `(n, fields)`; -1 is missing."""
    agreement: np.ndarray
    """Bits for another listing with the same value, `(n, fields)`."""
    disagreement: np.ndarray
    """Bits (negative) for another listing with a different value, `(fields,)`."""

    def at(self, rows: np.ndarray) -> "FieldWeights":
        """Return the fields of some of the rows with unchanged weights."""
        return FieldWeights(self.codes[rows], self.agreement[rows], self.disagreement)

    def support(self, left: np.ndarray, right: np.ndarray) -> np.ndarray:
        """Return the bits of support for each pair of rows: positive for copies, negative against.

        A field that is missing in one of the two counts 0.
        """
        left_codes, right_codes = self.codes[left], self.codes[right]
        both, equal = (left_codes >= 0) & (right_codes >= 0), left_codes == right_codes
        return (both * np.where(equal, self.agreement[left], self.disagreement)).sum(axis=1)

    def supported_pairs(self, min_bits: float, max_listings: int) -> np.ndarray:
        """Return pairs `(m, 2)` with at least these bits that share a value of at most `max_listings` listings."""
        found = [np.empty((0, 2), dtype=np.int64)]
        for column in self.codes.T:
            order = np.argsort(column, kind="stable")
            order = order[column[order] >= 0]
            ordered = column[order]
            rare = np.bincount(ordered)[ordered] <= max_listings
            order, ordered = order[rare], ordered[rare]
            for gap in range(1, min(max_listings, len(ordered))):
                equal = ordered[gap:] == ordered[:-gap]
                if not equal.any():
                    break
                found.append(np.stack([order[:-gap][equal], order[gap:][equal]], axis=1))
        pairs = unique_pairs(np.concatenate(found), len(self.codes))
        return pairs[self.support(pairs[:, 0], pairs[:, 1]) >= min_bits]


def unique_pairs(pairs: np.ndarray, count: int) -> np.ndarray:
    """Return each unordered pair `(m, 2)` of numbers below `count` once, smaller number first, sorted."""
    numbers = np.minimum(*pairs.T) * count + np.maximum(*pairs.T)
    return np.stack(np.divmod(sorted_unique(numbers), max(1, count)), axis=1)


def sorted_unique(numbers: np.ndarray) -> np.ndarray:
    """Return each number once, sorted; sorting is faster here than the hash table of `np.unique`."""
    numbers = np.sort(numbers)
    return numbers[np.append(True, numbers[1:] != numbers[:-1])[: len(numbers)]]


def field_weights(
    table: pd.DataFrame,
    columns: tuple[str, ...],
    copies: tuple[pd.Series, pd.Series],
    agreement_only: tuple[str, ...] = (),
) -> FieldWeights:
    """Return the values and weights of these columns; `columns` come first, then `agreement_only`.

    Args:
        table: listings.
        columns: fields whose agreement and disagreement both count.
        copies: rows of `table`, and for each the row that it certainly copies.
        agreement_only: fields whose disagreement counts 0, such as texts, which resellers rewrite.
    """
    count, columns = len(table), columns + agreement_only
    codes = np.full((count, len(columns)), -1, dtype=np.int64)
    agreement = np.zeros((count, len(columns)), dtype=np.float32)
    disagreement = np.zeros(len(columns), dtype=np.float32)
    positions = pd.Series(np.arange(count), index=table.index)
    left, right = (positions[rows].to_numpy() for rows in copies)
    for index, column in enumerate(columns):
        code, _ = pd.factorize(table[column])
        codes[:, index] = code
        present = code >= 0
        if not present.any():
            continue
        frequency = np.bincount(code[present]) / present.sum()
        both = (code[left] >= 0) & (code[right] >= 0)
        equal = both & (code[left] == code[right])
        copies_agree = (equal.sum() + PRIOR_AGREEMENTS) / (both.sum() + (PRIOR_AGREEMENTS + PRIOR_DISAGREEMENTS))
        agreement[present, index] = np.log2(copies_agree / frequency[code[present]]).clip(0, MAX_BITS)
        if column not in agreement_only:
            by_chance = 1 - np.square(frequency).sum()
            disagreement[index] = min(0.0, np.log2((1 - copies_agree) / max(by_chance, 1e-9)))
    return FieldWeights(codes, agreement, disagreement)
