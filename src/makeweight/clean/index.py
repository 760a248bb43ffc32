"""An index of hashes by sampled bits: finds what differs in few bits without comparing all with all."""

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from makeweight.clean.hashes import distances


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

        A table keys log2(entries) bits, so that a bucket keeps its size however many entries there are; two hashes
        that differ in a share d of their bits meet in a table with chance (1 - d)^k (Indyk and Motwani 1998).
        """
        key = max(12, math.ceil(math.log2(max(2, entries))))
        meet = (1 - self.radius / 2 / bits) ** key
        count = math.ceil(math.log(1 - self.recall) / math.log(1 - meet))
        rng = np.random.default_rng(self.seed)
        return [rng.choice(bits, size=key, replace=False) for _ in range(count)]

    def neighbours(self, queries: np.ndarray, entries: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """All found pairs at most `radius` apart: rows of `queries`, rows of `entries`, bits that differ.

        Args:
            queries: uint64 `(n, words)`.
            entries: uint64 `(m, words)`.
        """
        bits = entries.shape[1] * 64
        found: list[np.ndarray] = []
        for sampled in self.tables(len(entries), bits):
            for left, right in self.meetings(keys(queries, sampled), keys(entries, sampled)):
                apart = distances(queries[left], entries[right])
                near = apart <= self.radius
                found.append(left[near].astype(np.int64) * len(entries) + right[near])
        pairs = np.unique(np.concatenate(found)) if found else np.empty(0, np.int64)
        left, right = np.divmod(pairs, len(entries)) if len(entries) else (pairs, pairs)
        return left, right, distances(queries[left], entries[right])

    def meetings(self, queries: np.ndarray, entries: np.ndarray) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Pairs with equal keys, in parts of bounded size; of a larger bucket a window that moves with the query."""
        order = np.argsort(entries, kind="stable")
        ordered = entries[order]
        first = np.searchsorted(ordered, queries, side="left")
        size = np.searchsorted(ordered, queries, side="right") - first
        crowded = size > self.bucket
        shift = (np.arange(len(queries)) * self.bucket) % np.maximum(size, 1)
        first = np.where(crowded, first + np.minimum(shift, np.maximum(size - self.bucket, 0)), first)
        size = np.minimum(size, self.bucket)
        ends = np.cumsum(size)
        part = 4_000_000
        start = 0
        while start < len(queries):
            before = ends[start - 1] if start else 0
            stop = max(start + 1, int(np.searchsorted(ends, before + part, side="right")))
            lengths = size[start:stop]
            left = np.repeat(np.arange(start, stop), lengths)
            offsets = np.arange(len(left)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
            yield left, order[np.repeat(first[start:stop], lengths) + offsets]
            start = stop


def keys(hashes: np.ndarray, sampled: np.ndarray) -> np.ndarray:
    """The sampled bits of each hash as one number."""
    key = np.zeros(len(hashes), dtype=np.uint64)
    for bit in sampled:
        word, place = divmod(int(bit), 64)
        key = (key << np.uint64(1)) | ((hashes[:, word] >> np.uint64(place)) & np.uint64(1))
    return key
