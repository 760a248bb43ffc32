"""The search for near duplicates: candidates from an index of hashes, confirmed by laying one over the other."""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from makeweight.core.params import Section
from makeweight.core.shards import Backend
from makeweight.stages.clean import align, hashes
from makeweight.stages.clean.hashes import WORDS
from makeweight.stages.clean.index import Index
from makeweight.stages.clean.linkage import Statements, distinct_pairs

UNLIKE = WORDS * 64 / 3
"""Bits of their hashes in which the wholes of two pictures differ too much to be compared: a third of them stands for
an angle of 60 degrees between the two, and so for the difference that is `align.HOPELESS`."""
PART = 2000
"""Pairs whose hashes are compared at once."""
LAID = 128
"""Pairs that are laid over each other at once: what fits the processor's cache is several times faster."""


class Threshold(Section):
    """A step of what is allowed."""

    min_support_bits: float
    """Least support by what the listings state, beyond the bits that tell one from all others; 0 asks for none."""
    max_difference: float
    """Most that the pictures may differ: 0 is the same picture, 1 an unrelated one."""

    def least_support(self, listings: int) -> float:
        """Bits of support that a pair among so many listings needs.

        Whoever has one copy among n listings is as likely as not the copy of one that log2(n) bits speak for.
        """
        return np.log2(max(1, listings)) + self.min_support_bits if self.min_support_bits else 0.0


class NearDuplicates(Section):
    """How near duplicates are found and how alike they must be."""

    crop_shares: tuple[float, ...]
    """Shares of a picture that a relisting may have cut off a side; the alignment settles what lies between them."""
    max_hash_distance_share: float
    """Share of the hash's bits in which a candidate may differ."""
    index_recall: float
    max_bucket_size: int
    candidates_per_picture: int
    """How many of its nearest candidates each picture is compared with."""
    rare_value_max_listings: int
    """A value stated by at most so many listings makes them candidates for each other."""
    thresholds: tuple[Threshold, ...]
    """How much two pictures may differ, by how much the listings support each other; the widest that fits counts."""
    max_difference_beside_watermark: float
    """Most that pictures which support each other may differ beside a stripe, such as a watermark."""
    max_difference_same_vendor: float
    """Most that two pictures of the same vendor may differ: his look-alikes are a series more often than copies."""

    @property
    def support(self) -> Threshold:
        """The first step that needs support: from there on listings are compared even where hashes see no likeness."""
        steps = sorted(
            (step for step in self.thresholds if step.min_support_bits > 0), key=lambda step: step.min_support_bits
        )
        return steps[0] if steps else Threshold(min_support_bits=np.inf, max_difference=np.inf)


def find_near_pairs(
    pictures: np.ndarray,
    stated: Statements,
    vendors: np.ndarray | None,
    search: NearDuplicates,
    backend: Backend = "local",
) -> pd.DataFrame:
    """Pairs of near duplicates, `left < right` in row order, with their `difference` (0 is the same picture).

    Args:
        pictures: uint8 `(n, EDGE, 3, EDGE)`, distinct thumbnails, as of `planar`.
        stated: what the listings say about themselves beside the picture.
        vendors: `(n,)` who lists them; None where that is not known.
        search: thresholds.
        backend: where candidates are sought.
    """
    spans = hashes.spans(search.crop_shares)
    windows = np.array([[*rows, *columns] for rows in spans for columns in spans], dtype=np.float32)
    hashed = hashes.hash_windows(pictures, spans)
    pairs = candidates(hashed, stated, search, backend)
    pairs = oriented(pairs, hashed)
    limit = limits(pairs, stated, vendors, search)
    pairs, limit = pairs[limit >= 0].reset_index(drop=True), limit[limit >= 0]
    difference = compare_pairs(pictures, windows, pairs, limit, search)
    near = difference <= limit
    found = pd.DataFrame(
        {
            "left": pairs[["left", "right"]].min(axis=1)[near],
            "right": pairs[["left", "right"]].max(axis=1)[near],
            "difference": difference[near],
        }
    )
    return found.sort_values(["left", "right"], ignore_index=True)


def limits(pairs: pd.DataFrame, stated: Statements, vendors: np.ndarray | None, search: NearDuplicates) -> np.ndarray:
    """How much each pair may differ; below 0 where what they state speaks against copies."""
    left, right = pairs["left"].to_numpy(), pairs["right"].to_numpy()
    support = stated.support(left, right)
    limit = np.full(len(pairs), -1.0)
    for step in search.thresholds:
        limit = np.maximum(limit, np.where(support >= step.least_support(len(stated.codes)), step.max_difference, -1.0))
    if vendors is None:
        return limit
    return np.where(vendors[left] == vendors[right], np.minimum(limit, search.max_difference_same_vendor), limit)


def candidates(hashed: np.ndarray, stated: Statements, search: NearDuplicates, backend: Backend) -> np.ndarray:
    """Unordered pairs `(m, 2)` worth a look: nearest by hash in any window, or agreeing in rare statements."""
    _, count, words = hashed.shape
    index = Index(
        radius=round(search.max_hash_distance_share * WORDS * 64),
        recall=search.index_recall,
        bucket=search.max_bucket_size,
    )
    left, entry, apart = index.neighbours(hashed.reshape(-1, words), count, backend)
    looks = nearest(left, entry % max(1, count), apart, search.candidates_per_picture)
    supported = stated.supported_pairs(search.support.least_support(count), search.rare_value_max_listings)
    return distinct_pairs(np.concatenate([looks, supported]), count)


def nearest(left: np.ndarray, right: np.ndarray, apart: np.ndarray, most: int) -> np.ndarray:
    """The pairs `(m, 2)` of each left with at most so many rights, the nearest first, of equally near the first.

    The three numbers are sorted as one: many times faster than a sort by three, and room for 250 million pictures.
    """
    count, bits = 1 + int(right.max(initial=0)), 1 + int(apart.max(initial=0))
    pairs, apart = np.divmod(np.sort((left * count + right) * bits + apart), bits)
    first = np.append(True, pairs[1:] != pairs[:-1])[: len(pairs)]
    left, right = np.divmod(pairs[first], count)
    ranked = np.sort((left * bits + apart[first]) * count + right)
    left, right = ranked // (bits * count), ranked % count
    place = np.arange(len(left)) - np.searchsorted(left, left)
    return np.stack([left, right], axis=1)[place < most]


def oriented(pairs: np.ndarray, hashed: np.ndarray) -> pd.DataFrame:
    """Which of the two shows the whole, through which `window` of the other, and how many bits are `apart` then."""
    parts = [pd.DataFrame({"left": [], "right": [], "window": [], "apart": []}, dtype=np.int64)]
    for start in range(0, len(pairs), PART):
        one, two = pairs[start : start + PART].T
        there = hashes.distances(hashed[0][one], hashed[:, two])
        back = hashes.distances(hashed[0][two], hashed[:, one])
        apart = np.minimum(there.min(axis=0), back.min(axis=0))
        turned = apart < there.min(axis=0)
        parts.append(
            pd.DataFrame(
                {
                    "left": np.where(turned, two, one),
                    "right": np.where(turned, one, two),
                    "window": np.where(turned, back.argmin(axis=0), there.argmin(axis=0)),
                    "apart": apart,
                }
            )
        )
    return pd.concat(parts, ignore_index=True)


def compare_pairs(
    pictures: np.ndarray, windows: np.ndarray, pairs: pd.DataFrame, limit: np.ndarray, search: NearDuplicates
) -> np.ndarray:
    """How much each pair differs once aligned, 1 where hashes see no likeness.

    What is hopeless or already near enough is not aligned.
    """
    left, right, window = pairs["left"].to_numpy(), pairs["right"].to_numpy(), pairs["window"].to_numpy()
    difference = np.ones(len(pairs), dtype=np.float32)
    rows, columns = align.cells(windows)
    alike = np.flatnonzero(pairs["apart"] < UNLIKE)
    for part in parts(alike[np.argsort(left[alike], kind="stable")]):
        wholes, place = np.unique(left[part], return_inverse=True)
        grids = align.cut_whole(pictures[wholes])
        others = align.cut_cells(pictures[right[part]], rows[window[part]], columns[window[part]])
        error = align.squared(grids[place] - others)
        difference[part] = align.relative(error, align.spread(grids)[place], align.spread(others))
    unsure = (difference > limit) & (difference < np.minimum(align.HOPELESS, align.REACH * limit))
    for part in parts(np.flatnonzero(unsure)):
        grids = align.cut_whole(pictures[left[part]])
        difference[part] = align.aligned(grids, pictures[right[part]], windows[window[part]], limit[part])
    striped = (difference > limit) & (limit >= search.support.max_difference)
    for part in parts(np.flatnonzero(striped)):
        whole = [align.cut_whole(pictures[side[part]]) for side in (left, right)]
        beside = align.compare_beside_stripe(*whole)
        difference[part] = np.where(beside <= search.max_difference_beside_watermark, beside, difference[part])
    return difference


def parts(rows: np.ndarray) -> Iterator[np.ndarray]:
    """The rows in parts of `LAID`."""
    return (rows[start : start + LAID] for start in range(0, len(rows), LAID))
