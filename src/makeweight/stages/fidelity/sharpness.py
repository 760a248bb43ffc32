"""Sharpness: fine detail, edges and grids of synthetic pictures, each over the same of real ones."""

import numpy as np

GRIDS = (2, 4)
"""Periods in pixels of the grids that a generator's doublings can leave."""
NEIGHBOURHOOD = 2
"""A frequency is compared with those at most so many bins away."""


def sharpness_scores(real: np.ndarray, synthetic: np.ndarray) -> dict[str, float]:
    """Five ratios of synthetic to real pictures, uint8 `(n, channels, size, size)`; 1: as in real ones.

    `high_frequency_ratio`: share of spectral energy above half the Nyquist frequency. `edge_mean_ratio` and
    `edge_p90_ratio`: mean and 90th percentile of the gradient's magnitude. `checkerboard_2px_ratio` and
    `checkerboard_4px_ratio`: how far the frequencies of a grid of this period stand out of their neighbours. A ratio is
    absent where real pictures have none of it.
    """
    ours, theirs = numbers_of(synthetic), numbers_of(real)
    return {f"{name}_ratio": value / theirs[name] for name, value in ours.items() if theirs[name] > 0}


def numbers_of(pictures: np.ndarray) -> dict[str, float]:
    """The five numbers of one set of pictures."""
    grey = pictures.astype(np.float32).mean(1) / 255
    energy, edges = spectrum(grey), gradient_magnitudes(grey)
    return {
        "high_frequency": high_frequency_share(energy),
        "edge_mean": float(edges.mean()),
        "edge_p90": float(np.quantile(edges, 0.9)),
        **{f"checkerboard_{period}px": grid_contrast(energy, period) for period in GRIDS},
    }


def spectrum(grey: np.ndarray) -> np.ndarray:
    """Mean energy by frequency of grey pictures `(n, height, width)`, without each picture's mean.

    Pictures are cut to a multiple of the longest grid: the grid's frequencies are then those of single bins.
    """
    edge = min(grey.shape[1:]) // max(GRIDS) * max(GRIDS)
    cut = grey[:, :edge, :edge]
    centred = cut - cut.mean((1, 2), keepdims=True)
    return np.asarray((np.abs(np.fft.fft2(centred)) ** 2).mean(0))


def high_frequency_share(energy: np.ndarray) -> float:
    """Share of the energy at more than a quarter cycle per pixel in any direction; 0 for blank pictures."""
    frequencies = np.fft.fftfreq(len(energy))
    is_high = np.hypot(frequencies[:, None], frequencies[None]) > 0.25
    return float(energy[is_high].sum() / max(energy.sum(), 1e-12))


def gradient_magnitudes(grey: np.ndarray) -> np.ndarray:
    """Length of the step to the next pixel below and at the right, `(n, height - 1, width - 1)`."""
    down, right = np.diff(grey, axis=1)[:, :, :-1], np.diff(grey, axis=2)[:, :-1]
    return np.hypot(down, right)


def grid_contrast(energy: np.ndarray, period: int) -> float:
    """Energy at the frequencies of a grid of this period over the mean energy around each, as their geometric mean.

    Frequencies that a grid of half the period has too are left to it.
    """
    step = len(energy) // period
    own = [
        (row * step, column * step)
        for row in range(period)
        for column in range(period)
        if (row or column) and (period == min(GRIDS) or row % 2 or column % 2)
    ]
    contrasts = [(energy[point] + 1e-9) / (around(energy, point) + 1e-9) for point in own]
    return float(np.exp(np.mean(np.log(contrasts))))


def around(energy: np.ndarray, point: tuple[int, int]) -> float:
    """Mean energy of the bins around one, without itself and without frequency 0."""
    steps = range(-NEIGHBOURHOOD, NEIGHBOURHOOD + 1)
    near = {((point[0] + down) % len(energy), (point[1] + right) % len(energy)) for down in steps for right in steps}
    return float(np.mean([energy[bin_] for bin_ in near - {point, (0, 0)}]))
