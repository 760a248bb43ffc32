"""Leak checks that run inside the pipeline: nothing that a classifier learns from may come from the test split."""

import hashlib
from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree
from scipy.stats import binomtest

from makeweight.core.errors import InputError
from makeweight.data.labelled import Inputs, Labelled

NEAR = 4.0
"""Root mean square difference in grey levels (of 255) under which a picture is a near copy of another."""

OWN_SHARE = 0.25
"""A near copy also differs by less than this share of the other picture's own spread: two pictures that are both almost
white differ by little and yet show different things."""

SAME = 0.02
"""Largest difference of vectors that count as the same: codecs round numbers on their way to a file and back."""

SCREEN = 8
"""Pictures are compared first at this many pixels a side."""

UNLIKELY = 1e-3
"""Chance under which hits on the test split are no coincidence."""


class LeakError(InputError):
    """Rows of the test split, or made from it, stand among what is learned from."""


def check_units(table: pd.DataFrame) -> dict[str, int]:
    """No unit, no group of relistings stands in the train split and in the test or validation split.

    Raises:
        LeakError: names the first unit that does.
    """
    if "unit" not in table:
        return {"units_straddling": 0}
    used = table[table["split"].isin(["train", "validation", "test"])]
    splits = used.groupby("unit")["split"].nunique()
    straddling = splits[splits > 1].index
    if len(straddling):
        raise LeakError(
            f"data/split/samples.parquet: unit {straddling[0]!r} stands in several splits ({len(straddling)} do)"
        )
    return {"units_straddling": 0}


def check_synthetic(real: Labelled, made: Labelled, validation: Labelled, test: Labelled, source: str) -> dict[str, int]:
    """No made row copies a test row, no made picture is near a test picture unless a train picture explains it.

    Numbers and words may meet a test row's by chance; then they meet validation rows as often. Only more meetings with
    the test split than that are a leak. A picture that shows something never does so by chance.

    Raises:
        LeakError: names the source of the rows and what was found.
    """
    near = 0
    if "image" in made.inputs and len(made):
        near = int(near_copies(made.inputs["image"], test.inputs["image"], real.inputs["image"]).sum())
        if near:
            raise LeakError(f"{source}: {near} made pictures are near copies of test pictures and of no train picture")
    own = ~meets(made.inputs, real.inputs)
    hits = {"test": int((meets(made.inputs, test.inputs) & own).sum())}
    hits["validation"] = int((meets(made.inputs, validation.inputs) & own).sum())
    if hits["test"] and beyond_chance(hits, len(test), len(validation)):
        raise LeakError(f"{source}: {hits['test']} made rows are copies of rows of the test split")
    return {"synthetic_rows_equal_to_test": hits["test"], "synthetic_pictures_near_test": near}


def meets(inputs: Inputs, others: Inputs) -> np.ndarray:
    """bool `(n,)`: rows whose vectors, all modalities together, are those of some other row within `SAME`."""
    vectors = sorted(name for name, array in inputs.items() if array.ndim == 2)
    if not vectors or not len(others[vectors[0]]):
        return np.zeros(len(next(iter(inputs.values()))), dtype=bool)
    rows, known = (np.concatenate([one[name] for name in vectors], axis=1) for one in (inputs, others))
    distances, _ = cKDTree(known).query(rows, p=np.inf, distance_upper_bound=SAME)
    return np.isfinite(distances)


def check_real(train: Labelled, test: Labelled) -> dict[str, int]:
    """Train pictures that are near copies of test pictures, counted: the split kept those that it found together.

    Raises:
        LeakError: a train row equals a test row in its picture and in everything else.
    """
    if "image" not in train.inputs:
        return {"train_pictures_near_test": 0}
    copies = count_in(hashes(train.inputs), hashes(test.inputs))
    if copies:
        raise LeakError(f"data/split/samples.parquet: {copies} train rows are copies of rows of the test split")
    return {"train_pictures_near_test": int(near_copies(train.inputs["image"], test.inputs["image"]).sum())}


def beyond_chance(hits: Mapping[str, int], test_rows: int, validation_rows: int) -> bool:
    """Whether made rows hit the test split more often than its size beside the validation split explains."""
    expected = test_rows / (test_rows + validation_rows)
    return bool(
        binomtest(hits["test"], hits["test"] + hits["validation"], expected, alternative="greater").pvalue < UNLIKELY
    )


def hashes(inputs: Inputs) -> list[bytes]:
    """One digest per row over all its modalities."""
    arrays = [np.ascontiguousarray(inputs[name]) for name in sorted(inputs)]
    rows = len(arrays[0])
    digests = []
    for row in range(rows):
        digest = hashlib.blake2b(digest_size=16)
        for array in arrays:
            digest.update(array[row].tobytes())
        digests.append(digest.digest())
    return digests


def count_in(rows: list[bytes], others: list[bytes]) -> int:
    """How many of the rows stand among the others."""
    known = set(others)
    return sum(row in known for row in rows)


def near_copies(pictures: np.ndarray, test: np.ndarray, explained_by: np.ndarray | None = None) -> np.ndarray:
    """bool `(n,)`: near copies of a test picture (`within`) that are none of any picture of `explained_by`.

    Small versions never differ more than the pictures do, so the small ones screen and the full ones decide.
    """
    near = within(pictures, test)
    if explained_by is not None and near.any():
        near[near] = ~within(pictures[near], explained_by)
    return near


def within(pictures: np.ndarray, others: np.ndarray, rows_at_once: int = 1024) -> np.ndarray:
    """bool `(n,)`: whether any other picture differs by less than `NEAR` and by less than `OWN_SHARE` of its spread."""
    found = np.zeros(len(pictures), dtype=bool)
    if not len(others):
        return found
    nearest = np.minimum(NEAR, OWN_SHARE * others.reshape(len(others), -1).std(axis=1, dtype=np.float64))
    small_others = small(others)
    norms = np.square(small_others).sum(1)
    limit = NEAR**2 * small_others.shape[1]
    for start in range(0, len(pictures), rows_at_once):
        part = small(pictures[start : start + rows_at_once])
        distance = np.square(part).sum(1)[:, None] + norms - 2 * part @ small_others.T
        for row in np.flatnonzero((distance < limit + 1).any(1)):
            candidates = distance[row] < limit + 1
            difference = others[candidates].astype(np.float32) - pictures[start + row].astype(np.float32)
            found[start + row] = bool((np.square(difference).mean(axis=(1, 2, 3)) <= nearest[candidates] ** 2).any())
    return found


def small(pictures: np.ndarray) -> np.ndarray:
    """Block means, float32 `(n, channels * side * side)`; pictures that do not divide lose their last pixels."""
    count, channels, size, _ = pictures.shape
    side = min(SCREEN, size)
    block = size // side
    cut = pictures[:, :, : side * block, : side * block].reshape(count, channels, side, block, side, block)
    return cut.mean(axis=(3, 5), dtype=np.float32).reshape(count, -1)
