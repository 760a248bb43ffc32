"""The difference between two pictures after one is aligned with the part of the other that matches it best.

Pictures are uint8 `(n, EDGE, 3, EDGE)`, as `channels_between` returns them; grids are float32 `(n, CELLS, 3, CELLS)`.
"""

import numpy as np

from makeweight.stages.clean.perceptual_hashes import EDGE, resampling_weights

CELLS = 24
"""Cells per edge at which pictures are compared."""
MAX_DIFFERENCE_TO_ALIGN = 0.5
"""Difference before alignment above which moving the borders never makes two pictures equal."""
MAX_IMPROVEMENT = 25.0
"""Alignment lowers the difference by at most about this factor."""
MAX_STEPS = 3
"""Most Gauss-Newton steps; the start windows are close enough for the alignment to converge in so few."""
NEAR_TARGET = 3.0
"""Within this factor of the target difference all steps are taken."""
MAX_REMAINING_SHARE = 0.9
"""Further away, alignment stops after a step that leaves more than this share of the difference."""

CENTRES = ((np.arange(CELLS) + 0.5) / CELLS).astype(np.float32)
BORDER_WEIGHTS = np.stack([1 - CENTRES, CENTRES])
"""How far each cell moves with the first border of its axis and with the second, `(2, CELLS)`."""
BORDER_WEIGHT_PRODUCTS = (BORDER_WEIGHTS[:, None] * BORDER_WEIGHTS).reshape(4, CELLS).T
MEAN = np.full((1, CELLS), 1 / CELLS, dtype=np.float32)
WHOLE_WEIGHTS = resampling_weights(np.zeros(1), np.ones(1), CELLS)[0]


def window_grids(pictures: np.ndarray, windows: np.ndarray) -> np.ndarray:
    """Return the grid of one window of each picture; windows are `(n, 4)`: top, bottom, left, right in [0, 1]."""
    return weighted_grids(pictures, *window_weights(windows))


def window_weights(windows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the weights of the pixels in the rows and the columns of each window's grid, both `(n, CELLS, EDGE)`."""
    return resampling_weights(windows[:, 0], windows[:, 1], CELLS), resampling_weights(
        windows[:, 2], windows[:, 3], CELLS
    )


def weighted_grids(pictures: np.ndarray, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Return the grids of windows whose weights `window_weights` has computed."""
    count = len(pictures)
    bands = np.matmul(rows, pictures.reshape(count, EDGE, 3 * EDGE).astype(np.float32))
    grids = np.matmul(bands.reshape(count, CELLS * 3, EDGE), columns.transpose(0, 2, 1))
    return grids.reshape(count, CELLS, 3, CELLS)


def whole_grids(pictures: np.ndarray) -> np.ndarray:
    """Return the grid of each whole picture."""
    pixels = pictures.reshape(-1, EDGE, 3 * EDGE).astype(np.float32)
    return (np.matmul(WHOLE_WEIGHTS, pixels).reshape(-1, EDGE) @ WHOLE_WEIGHTS.T).reshape(-1, CELLS, 3, CELLS)


def difference(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return the differences `(n,)` between grids.

    A difference is the squared distance of the colours divided by the sum of both pictures' squared contrasts: 0 for
    equal pictures, about 1 for unrelated ones, whatever their contrast.
    """
    return relative_error(sum_of_squares(left - right), contrast(left), contrast(right))


def difference_beside_stripe(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return the differences `(n,)` without the quarter of the rows (or columns) that differ most.

    A watermark, a banner or a price tag covers a stripe of the picture; a copy is equal beside it.
    """
    error = np.square(left - right).sum(axis=2)
    kept = CELLS - CELLS // 4
    beside = [np.sort(error.sum(axis=axis), axis=1)[:, :kept].sum(axis=1) for axis in (1, 2)]
    return relative_error(np.minimum(*beside), contrast(left), contrast(right))


def relative_error(error: np.ndarray, left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return squared distances divided by the sum of both pictures' squared contrasts, all `(n,)`."""
    return error / np.maximum(left + right, 1.0)


def sum_of_squares(grid: np.ndarray) -> np.ndarray:
    """Return the sum of squares of each grid, `(n,)`."""
    flat = grid.reshape(len(grid), -1)
    return np.vecdot(flat, flat)


def contrast(grid: np.ndarray) -> np.ndarray:
    """Return the sum of squared distances from each picture's mean colour, `(n,)`."""
    rows = grid.reshape(len(grid), CELLS, 3 * CELLS)
    mean = np.matmul(MEAN, rows).reshape(-1, 3, CELLS).mean(axis=2)
    return sum_of_squares(rows - mean.repeat(CELLS, axis=1)[:, None])


def aligned_difference(left: np.ndarray, pictures: np.ndarray, windows: np.ndarray, target: np.ndarray) -> np.ndarray:
    """Return the differences `(n,)` between whole pictures and the best matching windows of others.

    The four borders of each window follow the gradient of the squared difference (Lucas and Kanade 1981, with the
    borders as parameters); the best step counts. A pair that hardly improves while far from its target is given up.

    Args:
        left: grids of the whole pictures.
        pictures: the other pictures.
        windows: where the search starts, `(n, 4)`.
        target: difference `(n,)` that each pair must reach to count as copies.
    """
    windows = windows.astype(np.float32)
    right, left_contrast = window_grids(pictures, windows), contrast(left)
    best = relative_error(sum_of_squares(left - right), left_contrast, contrast(right))
    rows = np.arange(len(best))
    for _ in range(MAX_STEPS):
        windows = np.clip(windows + border_step(left, right, windows), 0.0, 1.0)
        collapsed = (windows[:, 1] - windows[:, 0] < 0.5) | (windows[:, 3] - windows[:, 2] < 0.5)
        windows[collapsed] = (0.0, 1.0, 0.0, 1.0)
        right = window_grids(pictures[rows], windows)
        before = best[rows]
        best[rows] = after = np.minimum(
            before, relative_error(sum_of_squares(left - right), left_contrast, contrast(right))
        )
        unfinished = (after < MAX_REMAINING_SHARE * before) | (after < NEAR_TARGET * target[rows])
        if not unfinished.any():
            break
        rows, left, right, windows, left_contrast = (
            each[unfinished] for each in (rows, left, right, windows, left_contrast)
        )
    return best


def border_step(left: np.ndarray, right: np.ndarray, windows: np.ndarray) -> np.ndarray:
    """Return the Gauss-Newton step `(n, 4)` of the borders.

    A border moves each cell in proportion to the cell's distance from the opposite border. So the products of the four
    derivatives, summed over all pixels, are weighted sums over rows and columns.
    """
    count = len(right)
    by_row, by_column = (count, CELLS, 3 * CELLS), (count, CELLS * 3, CELLS)
    down, across, error = slopes_down(right), slopes_across(right), left - right
    rows = [each.reshape(by_row) for each in (down, error)]
    columns = [each.reshape(by_column) for each in (across, error)]
    scale = CELLS / (windows[:, [1, 3]] - windows[:, [0, 2]]).repeat(2, axis=1)
    normal = np.empty((count, 4, 4), dtype=np.float32)
    normal[:, :2, :2] = (np.vecdot(rows[0], rows[0]) @ BORDER_WEIGHT_PRODUCTS).reshape(-1, 2, 2)
    normal[:, 2:, 2:] = (column_products(columns[0], columns[0]) @ BORDER_WEIGHT_PRODUCTS).reshape(-1, 2, 2)
    normal[:, :2, 2:] = BORDER_WEIGHTS @ (np.einsum("nrkc,nrkc->nrc", down, across) @ BORDER_WEIGHTS.T)
    normal[:, 2:, :2] = normal[:, :2, 2:].transpose(0, 2, 1)
    normal *= scale[:, :, None] * scale[:, None]
    pull = (
        np.concatenate([np.vecdot(*rows) @ BORDER_WEIGHTS.T, column_products(*columns) @ BORDER_WEIGHTS.T], axis=1)
        * scale
    )
    damping = 1e-2 * np.trace(normal, axis1=1, axis2=2)[:, None, None] / 4 + 1.0
    move = np.linalg.solve(normal + damping * np.eye(4, dtype=np.float32), pull[:, :, None])[:, :, 0]
    return move.clip(-0.05, 0.05)


def slopes_down(grids: np.ndarray) -> np.ndarray:
    """Return `np.gradient` along the rows, in half the time."""
    slopes = np.empty_like(grids)
    np.subtract(grids[:, 2:], grids[:, :-2], out=slopes[:, 1:-1])
    slopes[:, 1:-1] *= 0.5
    np.subtract(grids[:, 1], grids[:, 0], out=slopes[:, 0])
    np.subtract(grids[:, -1], grids[:, -2], out=slopes[:, -1])
    return slopes


def slopes_across(grids: np.ndarray) -> np.ndarray:
    """Return `np.gradient` along the columns: over all cells as one long row, then with the row ends corrected."""
    slopes, cells = np.empty_like(grids), grids.reshape(-1)
    inner = slopes.reshape(-1)[1:-1]
    np.subtract(cells[2:], cells[:-2], out=inner)
    inner *= 0.5
    np.subtract(grids[..., 1], grids[..., 0], out=slopes[..., 0])
    np.subtract(grids[..., -1], grids[..., -2], out=slopes[..., -1])
    return slopes


def column_products(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Return the products of `(n, rows, columns)` summed over the rows, without an array for the products."""
    return np.einsum("nrc,nrc->nc", left, right)
