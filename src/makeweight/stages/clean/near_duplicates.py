"""The search for near duplicates: candidates from an index of hashes, confirmed by aligning their pictures."""

from collections.abc import Iterator
from typing import Literal

import numpy as np
import pandas as pd

from makeweight.core.params import Section
from makeweight.core.ranges import Count, CountOrNone, CropShare, PartShare, Share, Weight
from makeweight.core.shards import Backend
from makeweight.stages.clean import alignment, perceptual_hashes
from makeweight.stages.clean.hash_index import HashIndex
from makeweight.stages.clean.perceptual_hashes import WORDS
from makeweight.stages.clean.record_linkage import FieldWeights, unique_pairs

UNRELATED_BITS = WORDS * 64 / 3
"""Whole pictures whose hashes differ in so many bits are not compared: a third of the bits means an angle of 60 degrees
between the two, which is the difference `alignment.MAX_DIFFERENCE_TO_ALIGN`."""
HASHED_PAIRS_AT_ONCE = 2000
"""Pairs whose hashes are compared at once."""
ALIGNED_PAIRS_AT_ONCE = 128
"""Pairs that are aligned at once: as many as fit into the processor's cache, which is several times faster."""


class Threshold(Section):
    """How much two pictures may differ from a certain support on."""

    min_support_bits: Weight
    """Least support by the listings' fields, beyond the bits that identify one listing among all; 0 asks for none."""
    max_difference: Weight
    """Most that the pictures may differ: 0 is the same picture, 1 an unrelated one."""

    def required_bits(self, listings: int) -> float:
        """Return the support in bits that a pair among so many listings needs.

        If a listing has one copy among n others, the prior odds of a pair are 1 to n; log2(n) bits make them even.
        """
        return np.log2(max(1, listings)) + self.min_support_bits if self.min_support_bits else 0.0


NEVER = Threshold.model_construct(min_support_bits=np.inf, max_difference=np.inf)
"""The threshold that no pair reaches."""


class PictureCopies(Section):
    """How copies are searched by what pictures show alone: where no numbers are stated that tell copies from others."""

    rows: tuple[Literal["listings", "observations"], ...]
    """The kinds of data for which it is on; elsewhere two pictures are copies that hardly differ once aligned."""
    max_hash_distance_share: Share
    """Largest share of a hash's bits in which a candidate may differ."""
    max_bucket_size: Count
    """Most entries of one bucket that a query compares."""
    candidates_per_picture: Count
    """How many of its nearest candidates each picture is compared with."""
    min_probability: PartShare
    """Least probability of a copy, by the evidence of its pictures."""
    min_probability_same_vendor: PartShare
    """The same for two pictures of one vendor: similar ones are more often a series than copies."""


class NearDuplicates(Section):
    """How near duplicates are searched, and how similar they must be."""

    crop_shares: tuple[CropShare, ...]
    """Shares of a picture that a copy may have cropped off a side; the alignment covers the values between them."""
    max_hash_distance_share: Share
    """Largest share of a hash's bits in which a candidate may differ."""
    index_recall: PartShare
    """Probability with which the index finds a candidate at half that distance."""
    max_bucket_size: Count
    """Most entries of one bucket that a query compares."""
    candidates_per_picture: CountOrNone
    """How many of its nearest candidates each picture is compared with."""
    rare_value_max_listings: CountOrNone
    """Listings that share a value which at most so many have are candidates for each other."""
    thresholds: tuple[Threshold, ...]
    """Of the thresholds whose support a pair reaches the one with the largest difference counts."""
    max_difference_beside_watermark: Weight
    """Most that pictures which support each other may differ outside a stripe, such as a watermark."""
    max_difference_same_vendor: Weight
    """Most that two pictures of the same vendor may differ: similar ones are more often a series than copies."""
    by_picture: PictureCopies
    """The search where nothing but pictures and texts is known."""
    max_cluster_share: Share
    """Largest share of all observations that near copies may tie together; larger chains tie exact copies only."""
    min_class_units: CountOrNone
    """Near copies of observations tie exact copies only where a class would have fewer units than this."""

    @property
    def lowest_support(self) -> Threshold:
        """The lowest threshold that needs support: pairs that reach it are compared whatever their hashes."""
        supported = sorted(
            (each for each in self.thresholds if each.min_support_bits > 0), key=lambda each: each.min_support_bits
        )
        return supported[0] if supported else NEVER


def find_near_duplicates(
    pictures: np.ndarray,
    fields: FieldWeights,
    vendors: np.ndarray | None,
    params: NearDuplicates,
    backend: Backend = "local",
) -> pd.DataFrame:
    """Return pairs of near duplicates: `left < right` as row numbers, and their `difference` (0: the same picture).

    Args:
        pictures: uint8 `(n, EDGE, 3, EDGE)`, distinct thumbnails, as `channels_between` returns them.
        fields: values and weights of the listings' other fields.
        vendors: `(n,)` vendor of each listing; None where vendors are not known.
        params: thresholds.
        backend: where candidates are searched.
    """
    spans = perceptual_hashes.crop_spans(params.crop_shares)
    windows = np.array([[*rows, *columns] for rows in spans for columns in spans], dtype=np.float32)
    hashes = perceptual_hashes.hash_windows(pictures, spans)
    pairs = orient_pairs(candidate_pairs(hashes, fields, params, backend), hashes)
    limit = max_differences(pairs, fields, vendors, params)
    pairs, limit = pairs[limit >= 0].reset_index(drop=True), limit[limit >= 0]
    difference = picture_differences(pictures, windows, pairs, limit, params)
    near = difference <= limit
    found = pd.DataFrame(
        {
            "left": pairs[["left", "right"]].min(axis=1)[near],
            "right": pairs[["left", "right"]].max(axis=1)[near],
            "difference": difference[near],
        }
    )
    return found.sort_values(["left", "right"], ignore_index=True)


def max_differences(
    pairs: pd.DataFrame, fields: FieldWeights, vendors: np.ndarray | None, params: NearDuplicates
) -> np.ndarray:
    """Return how much each pair may differ, `(m,)`; negative where the fields speak against copies."""
    left, right = pairs["left"].to_numpy(), pairs["right"].to_numpy()
    support = fields.support(left, right)
    limit = np.full(len(pairs), -1.0)
    for threshold in params.thresholds:
        reached = support >= threshold.required_bits(len(fields.codes))
        limit = np.maximum(limit, np.where(reached, threshold.max_difference, -1.0))
    if vendors is None:
        return limit
    return np.where(vendors[left] == vendors[right], np.minimum(limit, params.max_difference_same_vendor), limit)


def candidate_pairs(hashes: np.ndarray, fields: FieldWeights, params: NearDuplicates, backend: Backend) -> np.ndarray:
    """Return unordered pairs `(m, 2)` to compare: nearest by hash in any window, or with a rare value in common."""
    _, count, words = hashes.shape
    index = HashIndex(
        max_distance=round(params.max_hash_distance_share * WORDS * 64),
        recall=params.index_recall,
        max_bucket_size=params.max_bucket_size,
    )
    left, entry, distance = index.neighbours(hashes.reshape(-1, words), count, backend)
    similar = nearest_pairs(left, entry % max(1, count), distance, params.candidates_per_picture)
    supported = fields.supported_pairs(params.lowest_support.required_bits(count), params.rare_value_max_listings)
    return unique_pairs(np.concatenate([similar, supported]), count)


def nearest_pairs(left: np.ndarray, right: np.ndarray, distance: np.ndarray, max_pairs: int) -> np.ndarray:
    """Return for each left its `max_pairs` nearest rights as pairs `(m, 2)`, nearest first, ties by row.

    The three numbers are packed into one, which sorts many times faster and has room for 250 million pictures.
    """
    count, bits = 1 + int(right.max(initial=0)), 1 + int(distance.max(initial=0))
    pairs, distance = np.divmod(np.sort((left * count + right) * bits + distance), bits)
    first = np.append(True, pairs[1:] != pairs[:-1])[: len(pairs)]
    left, right = np.divmod(pairs[first], count)
    ranked = np.sort((left * bits + distance[first]) * count + right)
    left, right = ranked // (bits * count), ranked % count
    rank = np.arange(len(left)) - np.searchsorted(left, left)
    return np.stack([left, right], axis=1)[rank < max_pairs]


def orient_pairs(pairs: np.ndarray, hashes: np.ndarray) -> pd.DataFrame:
    """Return which of the two shows the whole (`left`), which `window` of `right` it matches, and their `distance`.

    Args:
        pairs: row numbers `(m, 2)`.
        hashes: of every window of every picture, `(windows, n, WORDS)`.
    """
    oriented = [pd.DataFrame({"left": [], "right": [], "window": [], "distance": []}, dtype=np.int64)]
    for start in range(0, len(pairs), HASHED_PAIRS_AT_ONCE):
        one, two = pairs[start : start + HASHED_PAIRS_AT_ONCE].T
        forward = perceptual_hashes.hamming_distances(hashes[0][one], hashes[:, two])
        backward = perceptual_hashes.hamming_distances(hashes[0][two], hashes[:, one])
        distance = np.minimum(forward.min(axis=0), backward.min(axis=0))
        swapped = distance < forward.min(axis=0)
        oriented.append(
            pd.DataFrame(
                {
                    "left": np.where(swapped, two, one),
                    "right": np.where(swapped, one, two),
                    "window": np.where(swapped, backward.argmin(axis=0), forward.argmin(axis=0)),
                    "distance": distance,
                }
            )
        )
    return pd.concat(oriented, ignore_index=True)


def picture_differences(
    pictures: np.ndarray, windows: np.ndarray, pairs: pd.DataFrame, limit: np.ndarray, params: NearDuplicates
) -> np.ndarray:
    """Return how much each pair differs once aligned, `(m,)`; 1 where the hashes are unrelated.

    Pairs are not aligned that are near enough without, or too different for any alignment to help.

    Args:
        pictures: uint8 `(n, EDGE, 3, EDGE)`.
        windows: `(windows, 4)`: top, bottom, left, right.
        pairs: `left, right, window, distance`.
        limit: how much each pair may differ, `(m,)`.
        params: thresholds.
    """
    left, right, window = pairs["left"].to_numpy(), pairs["right"].to_numpy(), pairs["window"].to_numpy()
    difference = np.ones(len(pairs), dtype=np.float32)
    rows, columns = alignment.window_weights(windows)
    related = np.flatnonzero(pairs["distance"] < UNRELATED_BITS)
    for part in batches(related[np.argsort(left[related], kind="stable")]):
        wholes, position = np.unique(left[part], return_inverse=True)
        grids = alignment.whole_grids(pictures[wholes])
        others = alignment.weighted_grids(pictures[right[part]], rows[window[part]], columns[window[part]])
        error = alignment.sum_of_squares(grids[position] - others)
        difference[part] = alignment.relative_error(
            error, alignment.contrast(grids)[position], alignment.contrast(others)
        )
    alignable = np.minimum(alignment.MAX_DIFFERENCE_TO_ALIGN, alignment.MAX_IMPROVEMENT * limit)
    undecided = (difference > limit) & (difference < alignable)
    for part in batches(np.flatnonzero(undecided)):
        grids = alignment.whole_grids(pictures[left[part]])
        difference[part] = alignment.aligned_difference(
            grids, pictures[right[part]], windows[window[part]], limit[part]
        )
    watermarked = (difference > limit) & (limit >= params.lowest_support.max_difference)
    for part in batches(np.flatnonzero(watermarked)):
        whole = [alignment.whole_grids(pictures[side[part]]) for side in (left, right)]
        beside = alignment.difference_beside_stripe(*whole)
        difference[part] = np.where(beside <= params.max_difference_beside_watermark, beside, difference[part])
    return difference


def batches(rows: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the rows in batches of `ALIGNED_PAIRS_AT_ONCE`."""
    return (rows[start : start + ALIGNED_PAIRS_AT_ONCE] for start in range(0, len(rows), ALIGNED_PAIRS_AT_ONCE))
