"""Perceptual hashes of pictures and of windows of pictures: what looks alike differs in few bits."""

from itertools import product

import numpy as np

EDGE = 32
"""Edge of the thumbnails that the search for near duplicates works on."""
CELLS = 8
"""Cells per edge of the colour grid that is hashed."""
WORDS = 2
"""64-bit words per hash."""
PLANES = np.random.default_rng(1).normal(size=(CELLS * CELLS * 3, WORDS * 64)).astype(np.float32)
"""The planes are part of what a hash means, so they do not depend on any parameter."""
BY_CHANNEL = PLANES.reshape(CELLS, 3, CELLS, WORDS * 64)
CENTRED_PLANES = (BY_CHANNEL - BY_CHANNEL.mean(axis=(0, 2), keepdims=True)).reshape(PLANES.shape)
"""The side of these planes on which a grid lies is the side of `PLANES` without its mean colour."""
PART = 64
"""Pictures that are hashed at once: what fits the processor's cache is several times faster."""

Span = tuple[float, float]
"""From where to where along one axis, as fractions of the edge."""

WHOLE: Span = (0.0, 1.0)


def spans(crop_shares: tuple[float, ...]) -> list[Span]:
    """Every way to cut these shares off both ends of an edge, the whole edge first."""
    return [(before, 1.0 - after) for before, after in product(sorted({0.0, *crop_shares}), repeat=2)]


def resampling(starts: np.ndarray, ends: np.ndarray, cells: int, edge: int = EDGE) -> np.ndarray:
    """Matrices `(n, cells, edge)` that average the pixels between start and end into cells, borders shared by area."""
    length = (ends - starts)[:, None] * edge
    borders = starts[:, None] * edge + length * np.linspace(0, 1, cells + 1, dtype=starts.dtype)
    before = borders[:, :, None] - np.arange(edge, dtype=starts.dtype)
    np.clip(before, 0, 1, out=before)
    weights = before[:, 1:] - before[:, :-1]
    weights *= (cells / length)[:, :, None]
    return weights.astype(np.float32, copy=False)


def planar(thumbnails: np.ndarray) -> np.ndarray:
    """Pictures `(n, EDGE, EDGE, 3)` as `(n, EDGE, 3, EDGE)`, so that both axes are one matrix product away."""
    return np.ascontiguousarray(thumbnails.transpose(0, 1, 3, 2))


def hash_windows(pictures: np.ndarray, along: list[Span]) -> np.ndarray:
    """The hash of each window (span of rows x span of columns) of each picture, uint64 `(windows, n, WORDS)`.

    The window is averaged to 8 x 8 cells, its mean colour subtracted, and each bit says on which side of a random
    plane it lies: the share of bits that differ estimates the angle between two pictures (Charikar 2002, section 3).

    Args:
        pictures: uint8 `(n, EDGE, 3, EDGE)`, as of `planar`.
        along: the spans of both axes; windows are numbered rows first.
    """
    count, spans = len(pictures), len(along)
    starts, ends = np.array(along).T
    matrices = resampling(starts, ends, CELLS).reshape(spans * CELLS, EDGE)
    hashes = np.empty((spans**2, count, WORDS), dtype=np.uint64)
    for start in range(0, count, PART):
        pixels = pictures[start : start + PART].astype(np.float32)
        bands = np.matmul(matrices, pixels.reshape(-1, EDGE, 3 * EDGE))
        grids = (bands.reshape(-1, EDGE) @ matrices.T).reshape(-1, spans, CELLS * 3, spans, CELLS)
        bits = grids.transpose(1, 3, 0, 2, 4).reshape(-1, CELLS * 3 * CELLS) @ CENTRED_PLANES > 0
        packed = np.packbits(bits, axis=1).view(">u8").astype(np.uint64)
        hashes[:, start : start + PART] = packed.reshape(spans**2, -1, WORDS)
    return hashes


def distances(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """How many bits differ between hashes `(..., WORDS)`."""
    return sum(
        (np.bitwise_count(left[..., word] ^ right[..., word]).astype(np.int16) for word in range(left.shape[-1])),
        start=np.zeros(1, dtype=np.int16),
    )
