"""How different two pictures are once the one is laid over the part of the other that it shows best."""

import numpy as np

from makeweight.clean.hashes import EDGE, resampling

CELLS = 24
"""Cells per edge at which pictures are compared."""
HOPELESS = 0.5
"""Difference before alignment above which no shift of borders makes two pictures the same."""
STEPS = 3
"""Steps of the alignment; the grid of windows is close enough for it to settle."""

CENTRES = ((np.arange(CELLS) + 0.5) / CELLS).astype(np.float32)


def cut(thumbnails: np.ndarray, windows: np.ndarray) -> np.ndarray:
    """A window of each thumbnail as float32 `(n, CELLS, CELLS, 3)`; windows are `(n, 4)`: top, bottom, left, right."""
    count = len(thumbnails)
    pixels = thumbnails.reshape(count, EDGE, EDGE * 3).astype(np.float32)
    bands = np.matmul(resampling(windows[:, 0], windows[:, 1], CELLS), pixels).reshape(count, CELLS, EDGE, 3)
    return np.matmul(resampling(windows[:, 2], windows[:, 3], CELLS)[:, None], bands)


def compare(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Differences `(n,)` between grids `(n, CELLS, CELLS, 3)`.

    A difference is the squared distance of the colours over the sum of both pictures' own squared contrast: 0 for the
    same picture, about 1 for unrelated ones, whatever their contrast.
    """
    error = np.square(left - right).sum(axis=(1, 2, 3))
    return error / np.maximum(spread(left) + spread(right), 1.0)


def compare_beside_stripe(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Differences `(n,)` as of `compare`, without the quarter of the rows (or columns) that differ most.

    A watermark, a banner or a price tag runs across a part of the picture; beside it a copy is the same.
    """
    error = np.square(left - right).sum(axis=3)
    kept = CELLS - CELLS // 4
    beside = [np.sort(error.sum(axis=axis), axis=1)[:, :kept].sum(axis=1) for axis in (1, 2)]
    return np.minimum(*beside) / np.maximum(spread(left) + spread(right), 1.0)


def spread(grid: np.ndarray) -> np.ndarray:
    """Sum of squared distances from the picture's mean colour, `(n,)`."""
    return np.square(grid - grid.mean(axis=(1, 2), keepdims=True)).sum(axis=(1, 2, 3))


def aligned(left: np.ndarray, thumbnails: np.ndarray, windows: np.ndarray) -> np.ndarray:
    """Differences `(n,)` of whole pictures `left` (grids) to the windows of `thumbnails` that fit them best.

    The window's four borders follow the gradient of the squared difference (Lucas and Kanade 1981, with the borders
    as parameters); the best step counts.
    """
    windows = windows.astype(np.float32).copy()
    right = cut(thumbnails, windows)
    best = compare(left, right)
    for _ in range(STEPS):
        windows = np.clip(windows + step(left, right, windows), 0.0, 1.0)
        broken = (windows[:, 1] - windows[:, 0] < 0.5) | (windows[:, 3] - windows[:, 2] < 0.5)
        windows[broken] = (0.0, 1.0, 0.0, 1.0)
        right = cut(thumbnails, windows)
        now = compare(left, right)
        better = now < best
        best[better] = now[better]
    return best


def step(left: np.ndarray, right: np.ndarray, windows: np.ndarray) -> np.ndarray:
    """The Gauss-Newton step `(n, 4)` of the borders."""
    height = (windows[:, 1] - windows[:, 0])[:, None, None, None]
    width = (windows[:, 3] - windows[:, 2])[:, None, None, None]
    down = np.gradient(right, axis=1) * CELLS / height
    across = np.gradient(right, axis=2) * CELLS / width
    rows, columns = CENTRES[None, :, None, None], CENTRES[None, None, :, None]
    slopes = np.stack([down * (1 - rows), down * rows, across * (1 - columns), across * columns], axis=1)
    slopes = slopes.reshape(len(right), 4, -1)
    error = (left - right).reshape(len(right), -1, 1)
    normal = slopes @ slopes.transpose(0, 2, 1)
    damping = 1e-2 * np.trace(normal, axis1=1, axis2=2)[:, None, None] / 4 + 1.0
    move = np.linalg.solve(normal + damping * np.eye(4, dtype=np.float32), slopes @ error)[:, :, 0]
    return move.clip(-0.05, 0.05)
