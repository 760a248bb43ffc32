"""Copies by what pictures show alone, where nothing is stated about them that could support or contradict it.

Candidates are near by a hash that stripes hardly change. Each is aligned, its colours are mapped, and it is looked at
beside a stripe; `copy_trees` says from that how probable a copy is.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from makeweight.core.shards import Backend
from makeweight.stages.clean import alignment, copy_trees, perceptual_hashes
from makeweight.stages.clean.hash_index import HashIndex
from makeweight.stages.clean.near_duplicates import HASHED_PAIRS_AT_ONCE, NearDuplicates, batches, nearest_pairs
from makeweight.stages.clean.perceptual_hashes import FINE_CELLS, FINE_WORDS, Span
from makeweight.stages.clean.picture_evidence import Evidence, evidence


def find_picture_copies(
    pictures: np.ndarray, vendors: np.ndarray | None, params: NearDuplicates, backend: Backend = "local"
) -> pd.DataFrame:
    """Return pairs of copies: `left < right` as row numbers, and `difference`, the probability that they are none.

    Args:
        pictures: uint8 `(n, EDGE, 3, EDGE)`, distinct thumbnails, as `channels_between` returns them.
        vendors: `(n,)` vendor of each; None where vendors are not known.
        params: the candidates, and how probable a copy must be.
        backend: where candidates are searched.
    """
    candidates, seen = candidates_with_features(pictures, params, backend)
    probability = copy_trees.shipped().probabilities(seen)
    sides = candidates[["left", "right"]].to_numpy()
    found = pd.DataFrame({"left": sides.min(axis=1), "right": sides.max(axis=1), "difference": 1 - probability})
    needed = np.full(len(found), params.by_picture.min_probability)
    if vendors is not None:
        same = vendors[sides[:, 0]] == vendors[sides[:, 1]]
        needed[same] = max(params.by_picture.min_probability, params.by_picture.min_probability_same_vendor)
    found = found[probability >= needed]
    return found.groupby(["left", "right"], as_index=False)["difference"].min()


def candidates_with_features(
    pictures: np.ndarray, params: NearDuplicates, backend: Backend
) -> tuple[pd.DataFrame, np.ndarray]:
    """Return the candidates of every picture (`left, right`), and what the trees see of each pair."""
    spans = perceptual_hashes.crop_spans(params.crop_shares)
    hashes = perceptual_hashes.hash_windows(pictures, spans, perceptual_hashes.stripe_free_planes(), FINE_CELLS)
    candidates = find_candidates(hashes, params, backend)
    numbers = pair_evidence(pictures, spans, candidates)
    distance = candidates["distance"].to_numpy() / (FINE_WORDS * 64)
    return candidates, copy_trees.features(numbers, candidates["left"].to_numpy(), distance)


def find_candidates(hashes: np.ndarray, params: NearDuplicates, backend: Backend) -> pd.DataFrame:
    """Return for each picture (`left`) its nearest others (`right`) by any window, that `window` and the `distance`."""
    _, count, words = hashes.shape
    index = HashIndex(
        max_distance=round(params.by_picture.max_hash_distance_share * words * 64),
        recall=params.index_recall,
        max_bucket_size=params.by_picture.max_bucket_size,
    )
    left, entry, distance = index.neighbours(hashes.reshape(-1, words), count, backend)
    pairs = nearest_pairs(left, entry % max(1, count), distance, params.by_picture.candidates_per_picture)
    window, bits = np.empty(len(pairs), np.int64), np.empty(len(pairs), np.int64)
    for start in range(0, len(pairs), HASHED_PAIRS_AT_ONCE):
        part = slice(start, start + HASHED_PAIRS_AT_ONCE)
        by_window = perceptual_hashes.hamming_distances(hashes[0][pairs[part, 0]], hashes[:, pairs[part, 1]])
        window[part], bits[part] = by_window.argmin(axis=0), by_window.min(axis=0)
    return pd.DataFrame({"left": pairs[:, 0], "right": pairs[:, 1], "window": window, "distance": bits})


def pair_evidence(pictures: np.ndarray, spans: list[Span], candidates: pd.DataFrame) -> Evidence:
    """Return the evidence for all candidates."""
    windows = np.array([[*rows, *columns] for rows in spans for columns in spans], dtype=np.float32)
    left, right, window = (candidates[name].to_numpy() for name in ("left", "right", "window"))
    parts: Iterator[Evidence] = (
        evidence(alignment.whole_grids(pictures[left[part]]), pictures[right[part]], windows[window[part]])
        for part in batches(np.arange(len(candidates)))
    )
    columns = list(zip(*parts, strict=True)) or [[np.empty(0)]] * len(Evidence._fields)
    return Evidence(*(np.concatenate(column) for column in columns))
