"""Which of several new texts a row gets: the one that fits its code best among those that are no copies."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from makeweight.core.random import RandomStream
from makeweight.data.codecs.text_analysis import Analysis, join_cells
from makeweight.data.codecs.text_params import TextParams
from makeweight.data.codecs.text_tokens import join_tokens, split_tokens, token_key
from makeweight.data.codecs.text_writer import Source

Cells = tuple[str | None, ...]
COMMON_SHARE = 0.03
"""A word that more of the rows have (of few rows, more than twice their root) is grammar, or marks a series: it is not
replaced, nor does it replace another."""
FEWEST_TEXTS, MOST_TOKENS = 4, 2000
"""Of long texts fewer are used, so that writing takes no longer than for short ones."""
SAME_ROW = 0.7
"""How often the texts of a row start from the same train row, where its texts are among the nearest."""
OFTEN_ENOUGH = 4
"""Rows in which nearest texts are looked for, for each text: rows repeat texts of others; where that is too few, this
many times more."""
DECIMALS = 4
"""Distances are rounded, so that they do not depend on how many rows are computed together."""


@dataclass(frozen=True)
class Writer:
    """Writes new texts for codes from the train texts with the nearest codes."""

    analysis: Analysis
    texts: tuple[Cells, ...]
    """The texts of train rows, by column."""
    codes: np.ndarray
    """Their codes, float32 `(rows, width)`."""
    copy_shares: tuple[float, ...]
    """By column: the share of texts that may be train texts, as many as train texts repeat those of other rows."""
    config: TextParams

    @cached_property
    def tokens(self) -> list[list[list[str]]]:
        """The tokens of each text, by column and row; none where a text is missing."""
        return [[split_tokens(row[column] or "") for row in self.texts] for column in range(len(self.copy_shares))]

    @cached_property
    def rows(self) -> list[np.ndarray]:
        """By column, the numbers of the rows that have a text."""
        return [np.flatnonzero([len(tokens) > 0 for tokens in column]) for column in self.tokens]

    @cached_property
    def numbers(self) -> list[np.ndarray]:
        """By column, a number for each text that is not missing: one for all that differ in case or spacing only."""
        texts = [[normalised(self.texts[row][column] or "") for row in rows] for column, rows in enumerate(self.rows)]
        return [np.unique(own, return_inverse=True)[1] for own in texts]

    @cached_property
    def known(self) -> list[set[str]]:
        """By column, the train texts in lower case with single spaces."""
        return [{normalised(row[column] or "") for row in self.texts} for column in range(len(self.copy_shares))]

    @cached_property
    def rarity(self) -> dict[str, float]:
        """Key of a token -> the logarithm of how many times rarer it is than a common word; 0 for common ones."""
        counts: dict[str, int] = {}
        for row in zip(*self.tokens, strict=True):
            for key in {token_key(token) for tokens in row for token in tokens}:
                counts[key] = counts.get(key, 0) + 1
        common = max(2 * len(self.texts) ** 0.5, COMMON_SHARE * len(self.texts))
        return {key: max(0.0, float(np.log(common / count))) for key, count in counts.items()}

    def write(self, array: np.ndarray, present: np.ndarray, stream: RandomStream, shard: int = 512) -> list[Cells]:
        """Return new texts `(n)`, None where a text is not present.

        Args:
            array: codes `(n, width)`.
            present: bool `(n, columns)`.
            stream: one number per row, from which all its choices follow.
            shard: rows that are computed together.
        """
        seeds = stream.integers(2**62, len(array)).tolist()
        written: list[Cells] = []
        for start in range(0, len(array), shard):
            rows = slice(start, start + shard)
            written += self.write_shard(array[rows], present[rows], seeds[rows])
        return written

    def write_shard(self, codes: np.ndarray, present: np.ndarray, seeds: Sequence[int]) -> list[Cells]:
        """Return the texts of some rows, each from its own seed."""
        squares = np.square(self.codes, dtype=np.float64).sum(1)
        distances = squares - 2 * codes.astype(np.float64) @ self.codes.T.astype(np.float64)
        distances = np.round(distances + np.square(codes, dtype=np.float64).sum(1)[:, None], DECIMALS)
        if self.config.writer == "nearest":
            return [self.nearest(distance, flags) for distance, flags in zip(distances, present, strict=True)]
        tried = [
            self.candidates(distance, flags, random.Random(seed))
            for distance, flags, seed in zip(distances, present, seeds, strict=True)
        ]
        found = self.analysis.codes([join_cells(cells) for candidates in tried for cells in candidates])
        asked = np.repeat(codes, [len(candidates) for candidates in tried], axis=0)
        misfits = np.round(np.square(found - asked, dtype=np.float64).sum(1), DECIMALS)
        chosen, first = [], 0
        for candidates in tried:
            chosen.append(candidates[int(misfits[first : first + len(candidates)].argmin())])
            first += len(candidates)
        return chosen

    def nearest(self, distances: np.ndarray, present: np.ndarray) -> Cells:
        """Return the texts of the train row with the nearest code, without those that are not to be present."""
        return tuple(text if flag else None for text, flag in zip(self.texts[distances.argmin()], present, strict=True))

    def candidates(self, distances: np.ndarray, present: np.ndarray, rng: random.Random) -> list[Cells]:
        """Return candidates for one row: those with the fewest texts that are copies and may not be."""
        allowed = [rng.random() < share for share in self.copy_shares]
        sources = [
            self.source(column, distances) if flag and len(self.rows[column]) else None
            for column, flag in enumerate(present)
        ]
        count = self.config.candidates
        found: list[tuple[int, Cells]] = []
        # The second half differs more from train texts; where all are copies, as many again do.
        for number in range(2 * count):
            if number >= count and min(copies for copies, _ in found) == 0:
                break
            cells = self.candidate(sources, rng, forced=2 * number >= count, anywhere=number >= count)
            found.append((self.copied(cells, allowed), cells))
        fewest = min(copies for copies, _ in found)
        return [cells for copies, cells in found if copies == fewest]

    def source(self, column: int, distances: np.ndarray) -> tuple[Source, list[int]]:
        """Return the nearest train texts of a column, and the rows that they are from."""
        rows = self.rows[column]
        nearest = rows[nearest_distinct(distances[rows], self.numbers[column], self.config.neighbours)]
        lengths = np.cumsum([len(self.tokens[column][row]) for row in nearest])
        nearest = nearest[: max(FEWEST_TEXTS, int((lengths <= MOST_TOKENS).sum()))]
        beyond = distances[nearest] - distances[nearest[0]]
        weights = np.exp(-beyond / (self.config.neighbour_temperature * max(beyond[-1], 1e-9)))
        texts = [self.tokens[column][row] for row in nearest]
        return Source(texts, weights.tolist(), self.rarity), nearest.tolist()

    def candidate(
        self, sources: Sequence[tuple[Source, list[int]] | None], rng: random.Random, forced: bool, anywhere: bool
    ) -> Cells:
        """Return one candidate: a text per column that is present."""
        config, row = self.config, -1
        cells: list[str | None] = []
        for found in sources:
            if found is None:
                cells.append(None)
                continue
            source, rows = found
            first = source.starts.sample(rng)
            if row in rows and rng.random() < SAME_ROW:
                first = rows.index(row)
            row = rows[first]
            tokens = source.walk(rng, first, config.jump_probability, source.longest)
            tokens = source.changed(tokens, rng, config.replace_probability, forced, anywhere)
            cells.append(join_tokens(tokens) or None)
        return tuple(cells)

    def copied(self, cells: Cells, allowed: Sequence[bool]) -> int:
        """Return how many of the texts are train texts that may not be."""
        return sum(
            text is not None and not allowed[column] and normalised(text) in self.known[column]
            for column, text in enumerate(cells)
        )


def nearest_distinct(distances: np.ndarray, numbers: np.ndarray, most: int) -> np.ndarray:
    """Return the positions of the `most` nearest texts, nearest first; one that many rows have counts once.

    Args:
        distances: of each row `(n,)`; of equal ones the first row is nearer.
        numbers: the same for rows with the same text `(n,)`.
        most: how many texts, of fewer all.
    """
    looked_at = min(len(distances), OFTEN_ENOUGH * most)
    while True:
        # To sort all rows takes many times as long as to find those that are near.
        near = np.flatnonzero(distances <= np.partition(distances, looked_at - 1)[looked_at - 1])
        order = near[np.argsort(distances[near], kind="stable")]
        found = order[np.sort(np.unique(numbers[order], return_index=True)[1])[:most]]
        if len(found) == most or looked_at == len(distances):
            return found
        looked_at = min(len(distances), OFTEN_ENOUGH * looked_at)


def repeated_shares(texts: Sequence[Cells], units: Sequence[object], seed: int, parts: int = 5) -> tuple[float, ...]:
    """Return, by column, the share of texts that rows of other units (a row may be a unit of its own) have too."""
    order = {unit: number for number, unit in enumerate(dict.fromkeys(units))}
    part = np.random.default_rng(seed).integers(parts, size=len(order))[[order[unit] for unit in units]]
    shares = []
    for column in range(len(texts[0]) if texts else 0):
        plain = [normalised(row[column] or "") for row in texts]
        found = []
        for number in range(parts):
            others = {text for text, own in zip(plain, part, strict=True) if own != number}
            found += [text in others for text, own in zip(plain, part, strict=True) if text and own == number]
        shares.append(float(np.mean(found)) if found else 0.0)
    return tuple(shares)


def normalised(text: str) -> str:
    """Return the text in lower case with single spaces."""
    return " ".join(text.casefold().split())
