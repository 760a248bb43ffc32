"""Perceptual hashes of pictures and of windows of pictures: pictures that look alike differ in few bits."""

from functools import cache
from itertools import product

import numpy as np

EDGE = 32
"""Edge in pixels of the thumbnails in which near duplicates are searched."""
CELLS = 8
"""Cells per edge of the colour grid that is hashed."""
WORDS = 2
"""64-bit words per hash."""
PLANES = np.random.default_rng(1).normal(size=(CELLS * CELLS * 3, WORDS * 64)).astype(np.float32)
"""The random planes define what a hash means, so they do not depend on any parameter."""
PLANES_BY_CHANNEL = PLANES.reshape(CELLS, 3, CELLS, WORDS * 64)
CENTRED_PLANES = (PLANES_BY_CHANNEL - PLANES_BY_CHANNEL.mean(axis=(0, 2), keepdims=True)).reshape(PLANES.shape)
"""A grid lies on the same side of these planes as the grid without its mean colour lies of `PLANES`."""
FINE_CELLS, FINE_WORDS = 12, 4
"""Cells per edge and 64-bit words of the hashes that stripes hardly change."""
BATCH = 64
"""Pictures that are hashed at once: as many as fit into the processor's cache, which is several times faster."""

Span = tuple[float, float]
"""Start and end along one axis, as shares of the edge."""

WHOLE: Span = (0.0, 1.0)


def crop_spans(crop_shares: tuple[float, ...]) -> list[Span]:
    """Return every way to crop these shares off both ends of an edge; the whole edge is the first."""
    return [(before, 1.0 - after) for before, after in product(sorted({0.0, *crop_shares}), repeat=2)]


def resampling_weights(starts: np.ndarray, ends: np.ndarray, cells: int, edge: int = EDGE) -> np.ndarray:
    """Return matrices `(n, cells, edge)` that average pixels into cells; a pixel on a border is shared by its area.

    Args:
        starts: where each window starts, `(n,)`, as a share of the edge.
        ends: where it ends.
        cells: cells per window.
        edge: pixels per edge.
    """
    length = (ends - starts)[:, None] * edge
    borders = starts[:, None] * edge + length * np.linspace(0, 1, cells + 1, dtype=starts.dtype)
    before = borders[:, :, None] - np.arange(edge, dtype=starts.dtype)
    np.clip(before, 0, 1, out=before)
    weights = before[:, 1:] - before[:, :-1]
    weights *= (cells / length)[:, :, None]
    return weights.astype(np.float32, copy=False)


def channels_between(thumbnails: np.ndarray) -> np.ndarray:
    """Return pictures `(n, EDGE, EDGE, 3)` as `(n, EDGE, 3, EDGE)`, so that one matrix product resamples an axis."""
    return np.ascontiguousarray(thumbnails.transpose(0, 1, 3, 2))


@cache
def stripe_free_planes() -> np.ndarray:
    """Return planes on whose sides a picture lies as it does without the mean colour of each row and each column.

    A bar across a picture, a frame or a gradient of the background changes little but those means.
    """
    planes = np.random.default_rng(1).normal(size=(FINE_CELLS, 3, FINE_CELLS, FINE_WORDS * 64)).astype(np.float32)
    planes -= planes.mean(axis=0, keepdims=True)
    planes -= planes.mean(axis=2, keepdims=True)
    return planes.reshape(FINE_CELLS * 3 * FINE_CELLS, -1)


def hash_windows(
    pictures: np.ndarray, spans: list[Span], planes: np.ndarray = CENTRED_PLANES, cells: int = CELLS
) -> np.ndarray:
    """Return the hash of each window (span of rows x span of columns) of each picture, uint64 `(windows, n, words)`.

    The window is averaged to cells, its mean colour is subtracted, and each bit says on which side of a random plane it
    lies: the share of differing bits estimates the angle between two pictures (Charikar 2002, section 3).

    Args:
        pictures: uint8 `(n, EDGE, 3, EDGE)`, as `channels_between` returns them.
        spans: the spans of both axes; windows are numbered rows first.
        planes: `(cells * 3 * cells, 64 * words)`.
        cells: per edge of a window.
    """
    starts, ends = np.array(spans).T
    matrices = resampling_weights(starts, ends, cells).reshape(len(spans) * cells, EDGE)
    words = planes.shape[1] // 64
    hashes = np.empty((len(spans) ** 2, len(pictures), words), dtype=np.uint64)
    for start in range(0, len(pictures), BATCH):
        pixels = pictures[start : start + BATCH].astype(np.float32)
        bands = np.matmul(matrices, pixels.reshape(-1, EDGE, 3 * EDGE))
        grids = (bands.reshape(-1, EDGE) @ matrices.T).reshape(-1, len(spans), cells * 3, len(spans), cells)
        bits = grids.transpose(1, 3, 0, 2, 4).reshape(-1, cells * 3 * cells) @ planes > 0
        packed = np.packbits(bits, axis=1).view(">u8").astype(np.uint64)
        hashes[:, start : start + BATCH] = packed.reshape(len(spans) ** 2, -1, words)
    return hashes


def hamming_distances(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return the number of differing bits between hashes `(..., WORDS)`."""
    return sum(
        (np.bitwise_count(left[..., word] ^ right[..., word]).astype(np.int16) for word in range(left.shape[-1])),
        start=np.zeros(1, dtype=np.int16),
    )
