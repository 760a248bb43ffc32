"""How different two pictures are once the one is laid over the part of the other that it shows best."""

import numpy as np

from makeweight.clean.hashes import EDGE, planar, resampling

CELLS = 24
"""Cells per edge at which pictures are compared."""
HOPELESS = 0.5
"""Difference before alignment above which no shift of borders makes two pictures the same."""
STEPS = 3
"""Steps of the alignment; the grid of windows is close enough for it to settle."""

CENTRES = ((np.arange(CELLS) + 0.5) / CELLS).astype(np.float32)
NEARNESS = np.stack([1 - CENTRES, CENTRES])
"""How near each cell is to the first border of its axis, and to the second."""
NEARNESS_PAIRS = (NEARNESS[:, None] * NEARNESS).reshape(4, CELLS).T
WHOLE = resampling(np.zeros(1), np.ones(1), CELLS)[0]


def cut(thumbnails: np.ndarray, windows: np.ndarray) -> np.ndarray:
    """A window of each thumbnail as float32 `(n, CELLS, 3, CELLS)`; windows are `(n, 4)`: top, bottom, left, right."""
    return cut_pixels(planar(thumbnails), windows)


def cut_pixels(pixels: np.ndarray, windows: np.ndarray) -> np.ndarray:
    """As `cut`, from pixels that are `planar` already."""
    count = len(pixels)
    bands = np.matmul(resampling(windows[:, 0], windows[:, 1], CELLS), pixels.reshape(count, EDGE, 3 * EDGE))
    columns = resampling(windows[:, 2], windows[:, 3], CELLS).transpose(0, 2, 1)
    return np.matmul(bands.reshape(count, CELLS * 3, EDGE), columns).reshape(count, CELLS, 3, CELLS)


def cut_whole(thumbnails: np.ndarray) -> np.ndarray:
    """The whole of each thumbnail, as of `cut`."""
    pixels = planar(thumbnails).reshape(-1, EDGE, 3 * EDGE)
    return (np.matmul(WHOLE, pixels).reshape(-1, EDGE) @ WHOLE.T).reshape(-1, CELLS, 3, CELLS)


def compare(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Differences `(n,)` between grids `(n, CELLS, 3, CELLS)`.

    A difference is the squared distance of the colours over the sum of both pictures' own squared contrast: 0 for the
    same picture, about 1 for unrelated ones, whatever their contrast.
    """
    return squared(left - right) / np.maximum(spread(left) + spread(right), 1.0)


def compare_beside_stripe(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Differences `(n,)` as of `compare`, without the quarter of the rows (or columns) that differ most.

    A watermark, a banner or a price tag runs across a part of the picture; beside it a copy is the same.
    """
    error = np.square(left - right).sum(axis=2)
    kept = CELLS - CELLS // 4
    beside = [np.sort(error.sum(axis=axis), axis=1)[:, :kept].sum(axis=1) for axis in (1, 2)]
    return np.minimum(*beside) / np.maximum(spread(left) + spread(right), 1.0)


def squared(grid: np.ndarray) -> np.ndarray:
    """Sum of squares of each grid, `(n,)`."""
    flat = grid.reshape(len(grid), -1)
    return np.vecdot(flat, flat)


def spread(grid: np.ndarray) -> np.ndarray:
    """Sum of squared distances from the picture's mean colour, `(n,)`."""
    rows = grid.reshape(len(grid), CELLS, 3 * CELLS)
    mean = rows.mean(axis=1).reshape(-1, 3, CELLS).mean(axis=2)
    return squared(rows - mean.repeat(CELLS, axis=1)[:, None])


def aligned(left: np.ndarray, thumbnails: np.ndarray, windows: np.ndarray) -> np.ndarray:
    """Differences `(n,)` of whole pictures `left` (grids) to the windows of `thumbnails` that fit them best.

    The window's four borders follow the gradient of the squared difference (Lucas and Kanade 1981, with the borders
    as parameters); the best step counts.
    """
    windows = windows.astype(np.float32).copy()
    pixels, own = planar(thumbnails), spread(left)
    right = cut_pixels(pixels, windows)
    best = squared(left - right) / np.maximum(own + spread(right), 1.0)
    for _ in range(STEPS):
        windows = np.clip(windows + step(left, right, windows), 0.0, 1.0)
        broken = (windows[:, 1] - windows[:, 0] < 0.5) | (windows[:, 3] - windows[:, 2] < 0.5)
        windows[broken] = (0.0, 1.0, 0.0, 1.0)
        right = cut_pixels(pixels, windows)
        best = np.minimum(best, squared(left - right) / np.maximum(own + spread(right), 1.0))
    return best


def step(left: np.ndarray, right: np.ndarray, windows: np.ndarray) -> np.ndarray:
    """The Gauss-Newton step `(n, 4)` of the borders.

    A border moves each cell as far as that is near it: the products of the four slopes over all pixels are sums over
    rows and over columns, weighted by nearness.
    """
    count = len(right)
    down, across, error = np.gradient(right, axis=1), np.gradient(right, axis=3), left - right
    by_row, by_column = (count, CELLS, 3 * CELLS), (count, CELLS * 3, CELLS)
    scale = CELLS / (windows[:, [1, 3]] - windows[:, [0, 2]]).repeat(2, axis=1)
    normal = np.empty((count, 4, 4), dtype=np.float32)
    normal[:, :2, :2] = (np.square(down).reshape(by_row).sum(axis=2) @ NEARNESS_PAIRS).reshape(-1, 2, 2)
    normal[:, 2:, 2:] = (np.square(across).reshape(by_column).sum(axis=1) @ NEARNESS_PAIRS).reshape(-1, 2, 2)
    normal[:, :2, 2:] = NEARNESS @ (down * across).sum(axis=2) @ NEARNESS.T
    normal[:, 2:, :2] = normal[:, :2, 2:].transpose(0, 2, 1)
    normal *= scale[:, :, None] * scale[:, None]
    ahead = (down * error).reshape(by_row).sum(axis=2), (across * error).reshape(by_column).sum(axis=1)
    pull = np.concatenate([along @ NEARNESS.T for along in ahead], axis=1) * scale
    damping = 1e-2 * np.trace(normal, axis1=1, axis2=2)[:, None, None] / 4 + 1.0
    move = np.linalg.solve(normal + damping * np.eye(4, dtype=np.float32), pull[:, :, None])[:, :, 0]
    return move.clip(-0.05, 0.05)
