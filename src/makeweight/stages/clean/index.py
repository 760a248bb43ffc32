"""An index of hashes by sampled bits: finds what differs in few bits without comparing all with all."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from makeweight.core import shards
from makeweight.core.shards import Backend
from makeweight.stages.clean.linkage import distinct

KEY_BITS = 16
"""Fewest bits of a key: pictures crowd, so that buckets of few bits are large however few pictures there are."""
PART = 1_000_000
"""Pairs that are looked at at once."""


@dataclass(frozen=True, slots=True)
class Index:
    """How the index is built: the same numbers find the same neighbours."""

    radius: int
    """Most bits that may differ."""
    recall: float
    """Wanted chance to find a neighbour at half that distance."""
    bucket: int
    """Most entries that one query looks at per table: what is alike by the thousand is not compared all with all."""
    seed: int = 1

    def tables(self, entries: int, bits: int) -> list[np.ndarray]:
        """The bits that each table samples.

        A key grows with log2(entries), so that a bucket keeps its size however many entries there are; two hashes
        that differ in a share d of their bits meet in a table with chance (1 - d)^key (Indyk and Motwani 1998).
        """
        key = min(32, max(KEY_BITS, math.ceil(math.log2(max(2, entries))) - 1))
        meet = (1 - self.radius / 2 / bits) ** key
        count = math.ceil(math.log(1 - self.recall) / math.log(1 - meet))
        rng = np.random.default_rng(self.seed)
        return [rng.choice(bits, size=key, replace=False) for _ in range(count)]

    def neighbours(
        self, hashes: np.ndarray, count: int, backend: Backend = "local"
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """All found pairs at most `radius` apart: rows of the first `count`, rows of all, bits that differ.

        Args:
            hashes: uint64 `(k * count, words)`, k hashes for each thing, in the order of the things, k times over.
            count: how many things there are; the first hash of each is looked up, and nothing is its own neighbour.
            backend: where the tables are sorted and read; on one machine one after the other, since each needs all
                hashes, on Ray side by side.
        """
        words = np.ascontiguousarray(hashes.T)
        table = Table(words, count, self.radius, self.bucket)
        found = shards.map_shards(table, self.tables(len(hashes), hashes.shape[1] * 64), backend, processes=1)
        pairs = distinct(np.concatenate(found))
        left, right = np.divmod(pairs, max(1, len(hashes)))
        return left, right, apart(words, left, words, right)


@dataclass(frozen=True, slots=True)
class Table:
    """One table after the other: hashes sorted by the bits that it samples, and what meets in a bucket compared."""

    words: np.ndarray
    """All hashes as `(words, n)`."""
    count: int
    """So many of them are looked up."""
    radius: int
    bucket: int

    def __call__(self, sampled: np.ndarray) -> np.ndarray:
        """The pairs that the table of these bits finds, each as one number: row looked up * n + other row."""
        key, entries = keys(self.words, sampled), self.words.shape[1]
        (ordered, order), (asked, asking) = sorted_keys(key), sorted_keys(key[: self.count])
        there, here = np.take(self.words, order, axis=1), np.take(self.words, asking, axis=1)
        found = [np.empty(0, dtype=np.int64)]
        for left, right in self.meetings(asked, ordered, asking):
            near = apart(here, left, there, right) <= self.radius
            one, two = asking[left[near]], order[right[near]]
            other = one != two % self.count
            found.append(one[other] * entries + two[other])
        return np.concatenate(found)

    def meetings(
        self, asked: np.ndarray, ordered: np.ndarray, asking: np.ndarray
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Places in `asked` and in `ordered` (both sorted) with equal keys, in parts of bounded size.

        Of a larger bucket every asker (rows `asking`) sees another part.
        """
        first = np.searchsorted(ordered, asked, side="left")
        size = np.searchsorted(ordered, asked, side="right") - first
        shift = (asking * self.bucket) % np.maximum(size, 1)
        first += np.minimum(shift, np.maximum(size - self.bucket, 0))
        size = np.minimum(size, self.bucket)
        ends = np.cumsum(size)
        start = 0
        while start < len(asked):
            before = ends[start - 1] if start else 0
            stop = max(start + 1, int(np.searchsorted(ends, before + PART, side="right")))
            lengths = size[start:stop]
            left = np.repeat(np.arange(start, stop), lengths)
            offsets = np.arange(len(left)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
            yield left, np.repeat(first[start:stop], lengths) + offsets
            start = stop


def apart(ours: np.ndarray, left: np.ndarray, theirs: np.ndarray, right: np.ndarray) -> np.ndarray:
    """How many bits differ between hashes given as `(words, n)`; word by word, since that is how memory is fast."""
    bits = np.zeros(len(left), dtype=np.int16)
    for one, two in zip(ours, theirs, strict=True):
        bits += np.bitwise_count(np.take(one, left) ^ np.take(two, right))
    return bits


def sorted_keys(numbers: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The keys in order and their rows; one sort of whole numbers is many times faster than a stable argsort."""
    both = np.sort((numbers.astype(np.uint64) << np.uint64(32)) | np.arange(len(numbers), dtype=np.uint64))
    return (both >> np.uint64(32)).astype(np.uint32), (both & np.uint64(0xFFFFFFFF)).astype(np.int64)


def keys(words: np.ndarray, sampled: np.ndarray) -> np.ndarray:
    """The sampled bits (32 at most) of each hash as one number; `words` is `(words, n)`."""
    key = np.zeros(words.shape[1], dtype=np.uint32)
    for bit in sampled:
        word, place = divmod(int(bit), 64)
        key <<= np.uint32(1)
        key |= ((words[word] >> np.uint64(place)) & np.uint64(1)).astype(np.uint32)
    return key
