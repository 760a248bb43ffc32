"""The search for near duplicates: candidates from an index of hashes, confirmed by laying one over the other."""

import numpy as np
import pandas as pd

from makeweight.clean import align, hashes
from makeweight.clean.hashes import WORDS
from makeweight.clean.index import Index
from makeweight.clean.linkage import Statements
from makeweight.params import Section

REACH = 25.0
"""Aligning two pictures lowers their difference by no more than about this factor."""
PART = 2000
"""Pairs that are laid over each other at once."""


class Search(Section):
    """How near duplicates are found and how alike they must be."""

    cuts: tuple[float, ...]
    """Shares of a picture that a relisting may have cut off a side; the alignment settles what lies between them."""
    radius: float
    """Share of the hash's bits in which a candidate may differ."""
    recall: float
    bucket: int
    nearest: int
    """How many of its nearest candidates each picture is compared with."""
    rare: int
    """A value stated by at most so many listings makes them candidates for each other."""
    agreement_bits: float
    """Bits of agreement in what two listings state from which they support each other."""
    difference: float
    """Most that the pictures may differ where the listings' other statements say nothing."""
    supported_difference: float
    """The same where what they state agrees."""
    contradicted_difference: float
    """The same where what they state disagrees: a series of similar drawings, not a relisting."""


def find_near_pairs(
    thumbnails: np.ndarray, stated: Statements, vendors: np.ndarray | None, search: Search
) -> pd.DataFrame:
    """Pairs of near duplicates, `left < right` in row order, with their `difference` (0 is the same picture).

    Args:
        thumbnails: uint8 `(n, EDGE, EDGE, 3)`, distinct pictures.
        stated: what the listings say about themselves beside the picture.
        vendors: `(n,)` who lists them; None where that is not known.
        search: thresholds.
    """
    spans = hashes.spans(search.cuts)
    windows = np.array([[*rows, *columns] for rows in spans for columns in spans], dtype=np.float32)
    hashed = hashes.hash_windows(thumbnails, spans)
    pairs = candidates(hashed, stated, search)
    pairs = oriented(pairs, hashed)
    limit = limits(pairs, stated, vendors, search)
    difference = compare_pairs(thumbnails, windows, pairs, limit)
    near = difference <= limit
    found = pd.DataFrame(
        {
            "left": pairs[["left", "right"]].min(axis=1)[near],
            "right": pairs[["left", "right"]].max(axis=1)[near],
            "difference": difference[near],
        }
    )
    return found.sort_values(["left", "right"], ignore_index=True)


def limits(pairs: pd.DataFrame, stated: Statements, vendors: np.ndarray | None, search: Search) -> np.ndarray:
    """How much each pair may differ, by what the two listings state and who lists them.

    A vendor's own listings that look alike are a series more often than copies, so they are held to more.
    """
    left, right = pairs["left"].to_numpy(), pairs["right"].to_numpy()
    agree, disagree = stated.agreement(left, right)
    supported = agree - disagree >= search.agreement_bits
    contradicted = disagree > agree
    limit = np.where(
        supported,
        search.supported_difference,
        np.where(contradicted, search.contradicted_difference, search.difference),
    )
    if vendors is None:
        return limit
    own = np.where(supported, search.difference, search.contradicted_difference)
    return np.where(vendors[left] == vendors[right], np.minimum(limit, own), limit)


def candidates(hashed: np.ndarray, stated: Statements, search: Search) -> np.ndarray:
    """Unordered pairs `(m, 2)` worth a look: nearest by hash in any window, or agreeing in rare statements."""
    _, count, words = hashed.shape
    index = Index(radius=round(search.radius * WORDS * 64), recall=search.recall, bucket=search.bucket)
    left, entry, apart = index.neighbours(hashed[0], hashed.reshape(-1, words))
    found = pd.DataFrame({"left": left, "right": entry % count, "apart": apart})
    found = found[found["left"] != found["right"]].sort_values(["left", "apart", "right"], kind="stable")
    found = found.drop_duplicates(["left", "right"]).groupby("left").head(search.nearest)
    looks = np.sort(found[["left", "right"]].to_numpy(), axis=1)
    states = np.stack(stated.agreeing_pairs(search.agreement_bits, search.rare), axis=1)
    return np.unique(np.concatenate([looks, states]), axis=0)


def oriented(pairs: np.ndarray, hashed: np.ndarray) -> pd.DataFrame:
    """Which of the two shows the whole, and through which `window` of the other: the nearest hash says it."""
    parts = []
    for start in range(0, len(pairs), PART):
        one, two = pairs[start : start + PART].T
        there = hashes.distances(hashed[0][one], hashed[:, two])
        back = hashes.distances(hashed[0][two], hashed[:, one])
        turned = back.min(axis=0) < there.min(axis=0)
        parts.append(
            pd.DataFrame(
                {
                    "left": np.where(turned, two, one),
                    "right": np.where(turned, one, two),
                    "window": np.where(turned, back.argmin(axis=0), there.argmin(axis=0)),
                }
            )
        )
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({"left": [], "right": [], "window": []}, int)


def compare_pairs(thumbnails: np.ndarray, windows: np.ndarray, pairs: pd.DataFrame, limit: np.ndarray) -> np.ndarray:
    """How much each pair differs once aligned; what is hopeless or already near enough is not aligned."""
    differences = np.empty(len(pairs), dtype=np.float32)
    whole = np.array([0.0, 1.0, 0.0, 1.0], dtype=np.float32)
    for start in range(0, len(pairs), PART):
        part = pairs.iloc[start : start + PART]
        left = align.cut(thumbnails[part["left"]], np.tile(whole, (len(part), 1)))
        right, window = thumbnails[part["right"]], windows[part["window"]]
        difference = align.compare(left, align.cut(right, window))
        bound = limit[start : start + PART]
        unsure = (difference > bound) & (difference < np.minimum(align.HOPELESS, REACH * bound))
        difference[unsure] = align.aligned(left[unsure], right[unsure], window[unsure])
        differences[start : start + PART] = difference
    return differences
