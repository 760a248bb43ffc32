"""Leak checks that run inside the pipeline: nothing that a classifier learns from may come from the test split."""

import hashlib
from collections.abc import Mapping

import numpy as np
import pandas as pd
from scipy.spatial import cKDTree
from scipy.stats import binomtest

from makeweight.core.errors import InputError
from makeweight.data import reserved
from makeweight.data.labelled import Inputs, Labelled
from makeweight.data.samples import SPLITS

NEAR_COPY_RMS = 4.0
"""Root mean square difference in grey levels (of 255) below which a picture is a near copy of another."""

CONTRAST_SHARE = 0.25
"""A near copy also differs by less than this share of the other picture's own standard deviation: two pictures that are
both almost white differ by little although they show different things."""

EQUAL_WITHIN = 0.02
"""Largest difference of vectors that count as equal: codecs round numbers on their way to a file and back."""

SCREENING_SIZE = 8
"""Pictures are compared first at this many pixels a side."""

SIGNIFICANCE = 1e-3
"""P-value below which the number of rows equal to test rows is no coincidence."""


class LeakError(InputError):
    """Rows of the test split, or rows made from it, are among those that are learned from."""


def check_units(table: pd.DataFrame) -> dict[str, int]:
    """Check that the rows of each unit are in one of train, validation and test; `unused` rows do not count.

    Raises:
        LeakError: names the first unit with rows in several splits.
    """
    if reserved.UNIT not in table:
        return {"units_across_splits": 0}
    used = table[table[reserved.SPLIT].isin(SPLITS)]
    splits = used.groupby(reserved.UNIT)[reserved.SPLIT].nunique()
    across = splits[splits > 1].index
    if len(across):
        raise LeakError(
            f"data/split/samples.parquet: unit {across[0]!r} has rows in several splits ({len(across)} units do); "
            f"run `dvc repro split`"
        )
    return {"units_across_splits": 0}


def check_synthetic(
    real: Labelled, synthetic: Labelled, validation: Labelled, test: Labelled, source: str
) -> dict[str, int]:
    """Check that no synthetic row copies a test row, and that no synthetic picture is a near copy of a test picture.

    A picture that is near a train picture as well is no leak. Numbers and words may equal a test row's by chance; then
    they equal validation rows as often, and only more matches with test than that are a leak. Pictures with any
    contrast never match by chance.

    Args:
        real: the train rows that the synthetic rows were learned from.
        synthetic: the rows to check.
        validation: rows that show how often rows match by chance.
        test: the rows that must not be copied.
        source: the file or method that the synthetic rows come from, for the message.

    Returns:
        `synthetic_rows_equal_to_test` and `synthetic_pictures_near_test`, counts that chance explains.

    Raises:
        LeakError: names the source of the rows and what was found.
    """
    near = 0
    if "image" in synthetic.inputs and len(synthetic):
        near = int(near_copies(synthetic.inputs["image"], test.inputs["image"], real.inputs["image"]).sum())
        if near:
            raise LeakError(
                f"{source}: {near} synthetic pictures are near copies of test pictures and of no train picture"
            )
    new = ~equal_to_any(synthetic.inputs, real.inputs)
    matches = {
        name: int((equal_to_any(synthetic.inputs, rows.inputs) & new).sum())
        for name, rows in (("test", test), ("validation", validation))
    }
    if matches["test"] and beyond_chance(matches, len(test), len(validation)):
        raise LeakError(f"{source}: {matches['test']} synthetic rows are copies of rows of the test split")
    return {"synthetic_rows_equal_to_test": matches["test"], "synthetic_pictures_near_test": near}


def equal_to_any(inputs: Inputs, others: Inputs) -> np.ndarray:
    """Return bool `(n,)`: rows whose vectors (pictures aside) equal those of another row within `EQUAL_WITHIN`."""
    vectors = sorted(name for name, array in inputs.items() if array.ndim == 2)
    if not vectors or not len(others[vectors[0]]):
        return np.zeros(len(next(iter(inputs.values()))), dtype=bool)
    rows, known = (np.concatenate([one[name] for name in vectors], axis=1) for one in (inputs, others))
    distances, _ = cKDTree(known).query(rows, p=np.inf, distance_upper_bound=EQUAL_WITHIN)
    return np.isfinite(distances)


def check_real(train: Labelled, test: Labelled) -> dict[str, int]:
    """Check that no train row equals a test row, and count the train pictures that are near copies of test pictures.

    Near copies among real pictures are reported only: `split` keeps together those that `clean` found.

    Raises:
        LeakError: a train row equals a test row in its picture and in everything else.
    """
    if "image" not in train.inputs:
        return {"train_pictures_near_test": 0}
    copies = count_in(row_digests(train.inputs), row_digests(test.inputs))
    if copies:
        raise LeakError(f"data/split/samples.parquet: {copies} train rows are copies of rows of the test split")
    return {"train_pictures_near_test": int(near_copies(train.inputs["image"], test.inputs["image"]).sum())}


def beyond_chance(matches: Mapping[str, int], test_rows: int, validation_rows: int) -> bool:
    """Return whether rows match test more often than chance explains (one-sided binomial test, by split sizes)."""
    expected = test_rows / (test_rows + validation_rows)
    trials = matches["test"] + matches["validation"]
    return bool(binomtest(matches["test"], trials, expected, alternative="greater").pvalue < SIGNIFICANCE)


def row_digests(inputs: Inputs) -> list[bytes]:
    """Return one hash per row over all its modalities."""
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
    """Return how many of the rows are among the others."""
    known = set(others)
    return sum(row in known for row in rows)


def near_copies(pictures: np.ndarray, test: np.ndarray, explained_by: np.ndarray | None = None) -> np.ndarray:
    """Return bool `(n,)`: pictures that are near copies of a test picture and of no picture in `explained_by`."""
    near = near_any(pictures, test)
    if explained_by is not None and near.any():
        near[near] = ~near_any(pictures[near], explained_by)
    return near


def near_any(pictures: np.ndarray, others: np.ndarray, rows_at_once: int = 1024) -> np.ndarray:
    """Return bool `(n,)`: whether any other picture is within `NEAR_COPY_RMS` and `CONTRAST_SHARE` of its contrast.

    Block means never differ more than the pictures do: they select the candidates, full pictures decide.
    """
    found = np.zeros(len(pictures), dtype=bool)
    if not len(others):
        return found
    contrast = others.reshape(len(others), -1).std(axis=1, dtype=np.float64)
    nearest = np.minimum(NEAR_COPY_RMS, CONTRAST_SHARE * contrast)
    small_others = block_means(others)
    norms = np.square(small_others).sum(1)
    limit = NEAR_COPY_RMS**2 * small_others.shape[1]
    for start in range(0, len(pictures), rows_at_once):
        part = block_means(pictures[start : start + rows_at_once])
        distance = np.square(part).sum(1)[:, None] + norms - 2 * part @ small_others.T
        for row in np.flatnonzero((distance < limit + 1).any(1)):
            candidates = distance[row] < limit + 1
            difference = others[candidates].astype(np.float32) - pictures[start + row].astype(np.float32)
            found[start + row] = bool((np.square(difference).mean(axis=(1, 2, 3)) <= nearest[candidates] ** 2).any())
    return found


def block_means(pictures: np.ndarray) -> np.ndarray:
    """Shrink pictures to `SCREENING_SIZE` a side: float32 `(n, channels * side * side)`; an uneven rest is cut off."""
    count, channels, size, _ = pictures.shape
    side = min(SCREENING_SIZE, size)
    block = size // side
    cut = pictures[:, :, : side * block, : side * block].reshape(count, channels, side, block, side, block)
    return cut.mean(axis=(3, 5), dtype=np.float32).reshape(count, -1)
