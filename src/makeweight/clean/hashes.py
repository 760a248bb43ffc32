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

Span = tuple[float, float]
"""From where to where along one axis, as fractions of the edge."""

WHOLE: Span = (0.0, 1.0)


def spans(cuts: tuple[float, ...]) -> list[Span]:
    """Every way to cut these shares off both ends of an edge, the whole edge first."""
    return [(before, 1.0 - after) for before, after in product(sorted({0.0, *cuts}), repeat=2)]


def resampling(starts: np.ndarray, ends: np.ndarray, cells: int, edge: int = EDGE) -> np.ndarray:
    """Matrices `(n, cells, edge)` that average the pixels between start and end into cells, borders shared by area."""
    borders = (starts[:, None] + (ends - starts)[:, None] * np.linspace(0, 1, cells + 1)) * edge
    pixels = np.arange(edge)
    overlap = np.minimum(borders[:, 1:, None], pixels + 1) - np.maximum(borders[:, :-1, None], pixels)
    overlap = overlap.clip(min=0)
    return (overlap / overlap.sum(axis=2, keepdims=True)).astype(np.float32)


def span_matrix(span: Span, cells: int) -> np.ndarray:
    """The resampling matrix `(cells, EDGE)` of one span."""
    return resampling(np.array([span[0]]), np.array([span[1]]), cells)[0]


def hash_windows(thumbnails: np.ndarray, along: list[Span]) -> np.ndarray:
    """The hash of each window (span of rows x span of columns) of each picture, uint64 `(windows, n, WORDS)`.

    The window is averaged to 8 x 8 cells, its mean colour subtracted, and each bit says on which side of a random
    plane it lies: the share of bits that differ estimates the angle between two pictures (Charikar 2002, section 3).

    Args:
        thumbnails: uint8 `(n, EDGE, EDGE, 3)`.
        along: the spans of both axes; windows are numbered rows first.
    """
    count = len(thumbnails)
    pixels = thumbnails.reshape(count, EDGE, EDGE * 3).astype(np.float32)
    hashes = np.empty((len(along) ** 2, count, WORDS), dtype=np.uint64)
    for row, rows in enumerate(along):
        bands = np.matmul(span_matrix(rows, CELLS), pixels).reshape(count, CELLS, EDGE, 3)
        lines = np.ascontiguousarray(bands.transpose(0, 1, 3, 2)).reshape(-1, EDGE)
        for column, columns in enumerate(along):
            grid = (lines @ span_matrix(columns, CELLS).T).reshape(count, CELLS, 3, CELLS)
            grid -= grid.mean(axis=(1, 3), keepdims=True)
            bits = grid.reshape(count, -1) @ PLANES > 0
            packed = np.packbits(bits, axis=1).view(">u8").astype(np.uint64)
            hashes[row * len(along) + column] = packed
    return hashes


def distances(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """How many bits differ between hashes `(..., WORDS)`."""
    return sum(
        (np.bitwise_count(left[..., word] ^ right[..., word]).astype(np.int16) for word in range(left.shape[-1])),
        start=np.zeros(1, dtype=np.int16),
    )
