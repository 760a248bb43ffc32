"""How different two pictures are once the one is laid over the part of the other that it shows best.

Pictures are uint8 `(n, EDGE, 3, EDGE)`, as of `planar`; grids are float32 `(n, CELLS, 3, CELLS)`.
"""

import numpy as np

from makeweight.stages.clean.hashes import EDGE, resampling

CELLS = 24
"""Cells per edge at which pictures are compared."""
HOPELESS = 0.5
"""Difference before alignment above which no shift of borders makes two pictures the same."""
REACH = 25.0
"""Aligning two pictures lowers their difference by no more than about this factor."""
STEPS = 3
"""Most steps of the alignment; the grid of windows is close enough for it to settle."""
CLOSE = 3.0
"""Within this factor of the difference that is wanted every step counts."""
PROGRESS = 0.9
"""Further off, a step must leave less than this share of the difference, or it was the last."""

CENTRES = ((np.arange(CELLS) + 0.5) / CELLS).astype(np.float32)
NEARNESS = np.stack([1 - CENTRES, CENTRES])
"""How near each cell is to the first border of its axis, and to the second."""
NEARNESS_PAIRS = (NEARNESS[:, None] * NEARNESS).reshape(4, CELLS).T
MEAN = np.full((1, CELLS), 1 / CELLS, dtype=np.float32)
WHOLE = resampling(np.zeros(1), np.ones(1), CELLS)[0]


def cut(pictures: np.ndarray, windows: np.ndarray) -> np.ndarray:
    """The grid of a window of each picture; windows are `(n, 4)`: top, bottom, left, right."""
    return cut_cells(pictures, *cells(windows))


def cells(windows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Which pixels each row and each column of a window's grid averages, `(n, CELLS, EDGE)` both."""
    return resampling(windows[:, 0], windows[:, 1], CELLS), resampling(windows[:, 2], windows[:, 3], CELLS)


def cut_cells(pictures: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """As `cut`, with the windows as of `cells`."""
    count = len(pictures)
    bands = np.matmul(rows, pictures.reshape(count, EDGE, 3 * EDGE).astype(np.float32))
    grids = np.matmul(bands.reshape(count, CELLS * 3, EDGE), columns.transpose(0, 2, 1))
    return grids.reshape(count, CELLS, 3, CELLS)


def cut_whole(pictures: np.ndarray) -> np.ndarray:
    """The grid of the whole of each picture."""
    pixels = pictures.reshape(-1, EDGE, 3 * EDGE).astype(np.float32)
    return (np.matmul(WHOLE, pixels).reshape(-1, EDGE) @ WHOLE.T).reshape(-1, CELLS, 3, CELLS)


def compare(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Differences `(n,)` between grids.

    A difference is the squared distance of the colours over the sum of both pictures' own squared contrast: 0 for the
    same picture, about 1 for unrelated ones, whatever their contrast.
    """
    return relative(squared(left - right), spread(left), spread(right))


def compare_beside_stripe(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Differences `(n,)` as of `compare`, without the quarter of the rows (or columns) that differ most.

    A watermark, a banner or a price tag runs across a part of the picture; beside it a copy is the same.
    """
    error = np.square(left - right).sum(axis=2)
    kept = CELLS - CELLS // 4
    beside = [np.sort(error.sum(axis=axis), axis=1)[:, :kept].sum(axis=1) for axis in (1, 2)]
    return relative(np.minimum(*beside), spread(left), spread(right))


def relative(error: np.ndarray, ours: np.ndarray, theirs: np.ndarray) -> np.ndarray:
    """A squared distance over the sum of both pictures' own squared contrast, all `(n,)`."""
    return error / np.maximum(ours + theirs, 1.0)


def squared(grid: np.ndarray) -> np.ndarray:
    """Sum of squares of each grid, `(n,)`."""
    flat = grid.reshape(len(grid), -1)
    return np.vecdot(flat, flat)


def spread(grid: np.ndarray) -> np.ndarray:
    """Sum of squared distances from the picture's mean colour, `(n,)`."""
    rows = grid.reshape(len(grid), CELLS, 3 * CELLS)
    mean = np.matmul(MEAN, rows).reshape(-1, 3, CELLS).mean(axis=2)
    return squared(rows - mean.repeat(CELLS, axis=1)[:, None])


def aligned(left: np.ndarray, pictures: np.ndarray, windows: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Differences `(n,)` of whole pictures `left` (grids) to the windows of `pictures` that fit them best.

    The window's four borders follow the gradient of the squared difference (Lucas and Kanade 1981, with the borders
    as parameters); the best step counts. What hardly moves while it is far from the difference `wanted` `(n,)` is left.
    """
    windows = windows.astype(np.float32)
    right, own = cut(pictures, windows), spread(left)
    best = relative(squared(left - right), own, spread(right))
    rows = np.arange(len(best))
    for _ in range(STEPS):
        windows = np.clip(windows + step(left, right, windows), 0.0, 1.0)
        broken = (windows[:, 1] - windows[:, 0] < 0.5) | (windows[:, 3] - windows[:, 2] < 0.5)
        windows[broken] = (0.0, 1.0, 0.0, 1.0)
        right = cut(pictures[rows], windows)
        before = best[rows]
        best[rows] = after = np.minimum(before, relative(squared(left - right), own, spread(right)))
        on = (after < PROGRESS * before) | (after < CLOSE * wanted[rows])
        if not on.any():
            break
        rows, left, right, windows, own = rows[on], left[on], right[on], windows[on], own[on]
    return best


def step(left: np.ndarray, right: np.ndarray, windows: np.ndarray) -> np.ndarray:
    """The Gauss-Newton step `(n, 4)` of the borders.

    A border moves each cell as far as that is near it: the products of the four slopes over all pixels are sums over
    rows and over columns, weighted by nearness.
    """
    count = len(right)
    by_row, by_column = (count, CELLS, 3 * CELLS), (count, CELLS * 3, CELLS)
    down, across, error = slopes_down(right), slopes_across(right), left - right
    rows = [each.reshape(by_row) for each in (down, error)]
    columns = [each.reshape(by_column) for each in (across, error)]
    scale = CELLS / (windows[:, [1, 3]] - windows[:, [0, 2]]).repeat(2, axis=1)
    normal = np.empty((count, 4, 4), dtype=np.float32)
    normal[:, :2, :2] = (np.vecdot(rows[0], rows[0]) @ NEARNESS_PAIRS).reshape(-1, 2, 2)
    normal[:, 2:, 2:] = (summed(columns[0], columns[0]) @ NEARNESS_PAIRS).reshape(-1, 2, 2)
    normal[:, :2, 2:] = NEARNESS @ (np.einsum("nrkc,nrkc->nrc", down, across) @ NEARNESS.T)
    normal[:, 2:, :2] = normal[:, :2, 2:].transpose(0, 2, 1)
    normal *= scale[:, :, None] * scale[:, None]
    pull = np.concatenate([np.vecdot(*rows) @ NEARNESS.T, summed(*columns) @ NEARNESS.T], axis=1) * scale
    damping = 1e-2 * np.trace(normal, axis1=1, axis2=2)[:, None, None] / 4 + 1.0
    move = np.linalg.solve(normal + damping * np.eye(4, dtype=np.float32), pull[:, :, None])[:, :, 0]
    return move.clip(-0.05, 0.05)


def slopes_down(grids: np.ndarray) -> np.ndarray:
    """What `np.gradient` says along the rows, at half its price."""
    slopes = np.empty_like(grids)
    np.subtract(grids[:, 2:], grids[:, :-2], out=slopes[:, 1:-1])
    slopes[:, 1:-1] *= 0.5
    np.subtract(grids[:, 1], grids[:, 0], out=slopes[:, 0])
    np.subtract(grids[:, -1], grids[:, -2], out=slopes[:, -1])
    return slopes


def slopes_across(grids: np.ndarray) -> np.ndarray:
    """What `np.gradient` says along the columns: one long row of all cells, then the ends of each row put right."""
    slopes, cells = np.empty_like(grids), grids.reshape(-1)
    np.subtract(cells[2:], cells[:-2], out=slopes.reshape(-1)[1:-1])
    slopes *= 0.5
    np.subtract(grids[..., 1], grids[..., 0], out=slopes[..., 0])
    np.subtract(grids[..., -1], grids[..., -2], out=slopes[..., -1])
    return slopes


def summed(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Products of `(n, rows, columns)` summed over the rows, without an array for the products."""
    return np.einsum("nrc,nrc->nc", left, right)
