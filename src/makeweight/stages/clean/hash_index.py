"""An index of hashes by sampled bits (locality-sensitive hashing): finds hashes that differ in few bits.

It does so without comparing every hash with every other.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from makeweight.core import shards
from makeweight.core.shards import Backend
from makeweight.stages.clean.record_linkage import sorted_unique

MIN_KEY_BITS = 16
"""Pictures form dense groups, so that buckets of shorter keys are large however few pictures there are."""
MAX_PAIRS_AT_ONCE = 1_000_000
"""Pairs that are compared at once, which bounds the memory."""


@dataclass(frozen=True, slots=True)
class HashIndex:
    """How the index is built: the same settings find the same neighbours."""

    max_distance: int
    """Most bits in which neighbours differ."""
    recall: float
    """Probability with which a neighbour at half that distance is found."""
    max_bucket_size: int
    """Most entries that one query compares per table, so that large groups of equal pictures stay affordable."""
    seed: int = 1

    def sampled_bits(self, entries: int, bits: int) -> list[np.ndarray]:
        """Return for each table the positions of the bits that form its key.

        The key grows with log2(entries), so that buckets keep their size. Two hashes that differ in a share d of their
        bits share a bucket of a table with probability (1 - d)^key (Indyk and Motwani 1998).

        Args:
            entries: number of hashes in the index.
            bits: bits per hash.
        """
        key = min(32, max(MIN_KEY_BITS, math.ceil(math.log2(max(2, entries))) - 1))
        share_a_bucket = (1 - self.max_distance / 2 / bits) ** key
        tables = math.ceil(math.log(1 - self.recall) / math.log(1 - share_a_bucket))
        rng = np.random.default_rng(self.seed)
        return [rng.choice(bits, size=key, replace=False) for _ in range(tables)]

    def neighbours(
        self, hashes: np.ndarray, count: int, backend: Backend = "local"
    ) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return all pairs found within `max_distance`: rows below `count`, rows of all hashes, differing bits.

        Args:
            hashes: uint64 `(k * count, words)`: k hashes per item, all items once, then all again, k times.
            count: number of items; the first hash of each is looked up, and an item is not its own neighbour.
            backend: where the tables are built and queried; on one machine one after another, since each needs all
                hashes, on Ray in parallel.
        """
        words = np.ascontiguousarray(hashes.T)
        table = TableQuery(words, count, self.max_distance, self.max_bucket_size)
        found = shards.map_shards(table, self.sampled_bits(len(hashes), hashes.shape[1] * 64), backend, processes=1)
        pairs = sorted_unique(np.concatenate(found))
        left, right = np.divmod(pairs, max(1, len(hashes)))
        return left, right, hamming_distances(words, left, words, right)


@dataclass(frozen=True, slots=True)
class TableQuery:
    """Build one table, sorted by the sampled bits, and compare the hashes that share a bucket."""

    words: np.ndarray
    """All hashes as `(words, n)`."""
    count: int
    """The first so many hashes are looked up."""
    max_distance: int
    max_bucket_size: int

    def __call__(self, sampled: np.ndarray) -> np.ndarray:
        """Return the pairs that the table of these bits finds, each as one number: row looked up * n + other row."""
        key, entries = bucket_keys(self.words, sampled), self.words.shape[1]
        (keys, rows), (query_keys, query_rows) = sorted_keys(key), sorted_keys(key[: self.count])
        words, query_words = np.take(self.words, rows, axis=1), np.take(self.words, query_rows, axis=1)
        found = [np.empty(0, dtype=np.int64)]
        for left, right in self.shared_buckets(query_keys, keys, query_rows):
            near = hamming_distances(query_words, left, words, right) <= self.max_distance
            query_row, row = query_rows[left[near]], rows[right[near]]
            other_item = query_row != row % self.count
            found.append(query_row[other_item] * entries + row[other_item])
        return np.concatenate(found)

    def shared_buckets(
        self, query_keys: np.ndarray, keys: np.ndarray, query_rows: np.ndarray
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Yield positions in `query_keys` and in `keys` (both sorted) with equal keys, in parts of bounded size.

        Of a bucket above the size limit each query (row in `query_rows`) compares a different part.
        """
        first = np.searchsorted(keys, query_keys, side="left")
        size = np.searchsorted(keys, query_keys, side="right") - first
        shift = (query_rows * self.max_bucket_size) % np.maximum(size, 1)
        first += np.minimum(shift, np.maximum(size - self.max_bucket_size, 0))
        size = np.minimum(size, self.max_bucket_size)
        ends = np.cumsum(size)
        start = 0
        while start < len(query_keys):
            before = ends[start - 1] if start else 0
            stop = max(start + 1, int(np.searchsorted(ends, before + MAX_PAIRS_AT_ONCE, side="right")))
            lengths = size[start:stop]
            left = np.repeat(np.arange(start, stop), lengths)
            offsets = np.arange(len(left)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
            yield left, np.repeat(first[start:stop], lengths) + offsets
            start = stop


def hamming_distances(
    left_words: np.ndarray, left: np.ndarray, right_words: np.ndarray, right: np.ndarray
) -> np.ndarray:
    """Return the number of differing bits between the hashes at these positions.

    Hashes are `(words, n)` and are compared word by word, which reads memory in order and is faster.
    """
    bits = np.zeros(len(left), dtype=np.int16)
    for left_word, right_word in zip(left_words, right_words, strict=True):
        bits += np.bitwise_count(np.take(left_word, left) ^ np.take(right_word, right))
    return bits


def sorted_keys(keys: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the keys in order and their rows; sorting one integer is many times faster than a stable argsort."""
    both = np.sort((keys.astype(np.uint64) << np.uint64(32)) | np.arange(len(keys), dtype=np.uint64))
    return (both >> np.uint64(32)).astype(np.uint32), (both & np.uint64(0xFFFFFFFF)).astype(np.int64)


def bucket_keys(words: np.ndarray, sampled: np.ndarray) -> np.ndarray:
    """Return the sampled bits (at most 32) of each hash as one integer; `words` is `(words, n)`."""
    key = np.zeros(words.shape[1], dtype=np.uint32)
    for bit in sampled:
        word, position = divmod(int(bit), 64)
        key <<= np.uint32(1)
        key |= ((words[word] >> np.uint64(position)) & np.uint64(1)).astype(np.uint32)
    return key
