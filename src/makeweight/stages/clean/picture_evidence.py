"""What two pictures show of being copies: how they differ once aligned, recoloured, or beside a watermark.

Grids are float32 `(n, CELLS, 3, CELLS)`, as in `alignment`; windows are `(n, 4)`: top, bottom, left, right in [0, 1].
"""

from typing import NamedTuple

import numpy as np
from scipy.ndimage import uniform_filter

from makeweight.stages.clean import alignment
from makeweight.stages.clean.alignment import CELLS

STEPS = 4
"""Gauss-Newton steps of the borders."""
COLOUR_PRIOR = 0.05
"""How strongly a change of the colours is held to none, as a share of the picture's contrast."""
PATCH = 5
"""Cells per edge of the patch that differs most."""
WHOLE = np.array([0.0, 1.0, 0.0, 1.0], dtype=np.float32)


class Evidence(NamedTuple):
    """Numbers about pairs, `(n,)` each; a difference is 0 for equal pictures and about 1 for unrelated ones."""

    aligned: np.ndarray
    """Difference from the part of the other picture that matches best."""
    recoloured: np.ndarray
    """The same, once the other's colours are mapped to this one's."""
    whole_beside_stripe: np.ndarray
    """Difference between the whole pictures without the quarter of rows or columns that differ most."""
    recoloured_beside_stripe: np.ndarray
    """Difference of the aligned and recoloured pictures without that quarter."""
    patch: np.ndarray
    """Share of the difference in the patch that differs most, as a difference."""
    colour_mix: np.ndarray
    """Squared distance of the map of colours from none."""
    colour_shift: np.ndarray
    """Squared distance of the mean colours."""
    contrast: np.ndarray
    """Mean squared contrast of the two."""
    largest_crop: np.ndarray
    """How far the border that moved most moved, as a share of the edge."""
    mean_crop: np.ndarray
    """How far the borders moved on average."""


def evidence(left: np.ndarray, pictures: np.ndarray, windows: np.ndarray) -> Evidence:
    """Return the evidence for pairs of whole pictures and parts of others.

    Args:
        left: grids of the whole pictures.
        pictures: the other pictures, uint8 `(n, EDGE, 3, EDGE)`.
        windows: where the search for the part starts.
    """
    whole = alignment.whole_grids(pictures)
    windows, right, aligned = best_windows(left, pictures, windows)
    contrast, none = alignment.contrast(left) + alignment.contrast(right), np.zeros(len(left), dtype=np.float32)
    mapped, mix, shift = colour_mapped(left, right)
    error = np.square(left - mapped).sum(axis=2)
    moved = np.abs(windows - WHOLE)
    patches = uniform_filter(error, (0, PATCH, PATCH)).max(axis=(1, 2)) * PATCH**2
    return Evidence(
        aligned=aligned,
        recoloured=alignment.relative_error(error.sum(axis=(1, 2)), contrast, none),
        whole_beside_stripe=alignment.difference_beside_stripe(left, whole),
        recoloured_beside_stripe=alignment.difference_beside_stripe(left, mapped),
        patch=alignment.relative_error(patches, contrast, none),
        colour_mix=mix,
        colour_shift=shift,
        contrast=contrast / CELLS**2 / 2,
        largest_crop=moved.max(axis=1),
        mean_crop=moved.mean(axis=1),
    )


def best_windows(
    left: np.ndarray, pictures: np.ndarray, windows: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the windows of the pictures that match the grids best, their grids and the differences.

    A pair that a step hardly improves is left where it is: most of two pictures of a series need no second step.
    """
    best_window = windows.astype(np.float32)
    best_grid = alignment.window_grids(pictures, best_window)
    best = alignment.difference(left, best_grid)
    rows, window, grid = np.arange(len(best)), best_window.copy(), best_grid.copy()
    for _ in range(STEPS):
        window = np.clip(window + alignment.border_step(left[rows], grid, window), 0.0, 1.0)
        window[(window[:, [1, 3]] - window[:, [0, 2]]).min(axis=1) < 0.5] = WHOLE
        grid = alignment.window_grids(pictures[rows], window)
        after = alignment.difference(left[rows], grid)
        going_on = after < alignment.MAX_REMAINING_SHARE * best[rows]
        better = after < best[rows]
        improved = rows[better]
        best_window[improved], best_grid[improved], best[improved] = window[better], grid[better], after[better]
        rows, window, grid = rows[going_on], window[going_on], grid[going_on]
        if not len(rows):
            break
    return best_window, best_grid, best


def colour_mapped(left: np.ndarray, right: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return `right` with its colours mapped to those of `left`, and how far the map is from none (mix, shift).

    The map is linear in the three channels and as near to none as the pictures allow (ridge regression): a copy whose
    saturation, brightness or contrast were changed fits it, while another drawing in other colours does not.
    """
    rows = [grid.transpose(0, 1, 3, 2).reshape(len(grid), -1, 3) for grid in (left, right)]
    mean = [each.mean(axis=1, keepdims=True) for each in rows]
    target, source = rows[0] - mean[0], rows[1] - mean[1]
    products = np.matmul(source.transpose(0, 2, 1), source)
    prior = COLOUR_PRIOR * (np.trace(products, axis1=1, axis2=2)[:, None, None] / 3 + 1.0) * np.eye(3, dtype=np.float32)
    change = np.linalg.solve(products + prior, np.matmul(source.transpose(0, 2, 1), target - source))
    mapped = mean[0] + source + np.matmul(source, change)
    grid = mapped.reshape(len(left), CELLS, CELLS, 3).transpose(0, 1, 3, 2)
    return grid, np.square(change).sum(axis=(1, 2)), np.square(mean[0] - mean[1]).sum(axis=(1, 2))
