"""Sharpness of pictures whose waves, edges and grids are known."""

import numpy as np
import pytest
import torch

from makeweight.learn.training import TrainingParams
from makeweight.stages.fidelity.detection import PictureDetectorParams, picture_detection_accuracy
from makeweight.stages.fidelity.sharpness import gradient_magnitudes, numbers_of, sharpness_scores, spectrum

EDGE = 16
DETECTOR = PictureDetectorParams(
    width=8,
    training=TrainingParams(
        epochs=5, patience=5, batch_size=16, learning_rate=0.003, weight_decay=0.01, steps_per_epoch=10
    ),
)


def wave(cycles: int, amplitude: float) -> np.ndarray:
    """A wave from left to right with so many cycles, `(1, EDGE, EDGE)`."""
    row = amplitude * np.cos(2 * np.pi * cycles * np.arange(EDGE) / EDGE)
    return np.tile(row, (1, EDGE, 1)).astype(np.float32)


def as_bytes(grey: np.ndarray) -> np.ndarray:
    """Grey pictures `(n, size, size)` around 0 as encoded ones `(n, 1, size, size)`."""
    return (128 + grey).round().clip(0, 255).astype(np.uint8)[:, None]


def noise(count: int, std: float, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(0, std, (count, EDGE, EDGE))


def test_high_frequencies_are_the_share_of_the_energy_of_waves_shorter_than_four_pixels():
    # 2 cycles are long, 6 of 16 are short; energies are squares of amplitudes, 3 to 1.
    numbers = numbers_of(as_bytes(wave(2, 60) * np.sqrt(3) / 2 + wave(6, 60) / 2))
    assert numbers["high_frequency"] == pytest.approx(1 / 4, abs=0.01)


def test_gradient_is_the_step_to_the_pixels_below_and_at_the_right():
    down, right = np.mgrid[:4, :4].astype(np.float32)
    assert np.allclose(gradient_magnitudes((3 * down + 4 * right)[None]), 5)


def test_a_checkerboard_shows_at_its_own_period_as_the_geometric_mean_over_its_frequencies():
    rows, columns = np.indices((EDGE, EDGE))
    board = 10.0 * np.where((rows + columns) % 2, 1, -1)
    contrast = numbers_of(as_bytes(noise(400, 20, 0) + board))
    # Of three frequencies one has the board: its energy over the noise's is (10 / 20)^2 times the pixels.
    assert contrast["checkerboard_2px"] == pytest.approx((1 + 0.25 * EDGE**2) ** (1 / 3), rel=0.1)
    assert contrast["checkerboard_4px"] == pytest.approx(1, abs=0.1)


def test_a_pattern_of_four_pixels_does_not_count_as_one_of_two():
    contrast = numbers_of(as_bytes(noise(400, 20, 1) + wave(EDGE // 4, 20)))
    assert contrast["checkerboard_2px"] == pytest.approx(1, abs=0.1)
    assert contrast["checkerboard_4px"] > 1.3


def test_all_ratios_of_pictures_and_themselves_are_one_and_blur_is_below():
    pictures = as_bytes(noise(50, 30, 2))
    assert sharpness_scores(pictures, pictures) == dict.fromkeys(sharpness_scores(pictures, pictures), 1)
    grey = pictures[:, 0].astype(float) - 128
    blurred = as_bytes((grey + np.roll(grey, 1, 1) + np.roll(grey, 1, 2) + np.roll(grey, (1, 1), (1, 2))) / 4)
    scores = sharpness_scores(pictures, blurred)
    assert scores["high_frequency_ratio"] < 0.7 and scores["edge_mean_ratio"] < 0.6 and scores["edge_p90_ratio"] < 0.6


def test_what_real_pictures_lack_has_no_ratio():
    blank = np.full((4, 3, EDGE, EDGE), 255, np.uint8)
    assert set(sharpness_scores(blank, blank)) == {"checkerboard_2px_ratio", "checkerboard_4px_ratio"}


def test_the_spectrum_of_an_edge_that_no_grid_divides_is_that_of_its_largest_part():
    grey = noise(3, 1, 3)
    padded = np.pad(grey, ((0, 0), (0, 3), (0, 2)))
    assert np.allclose(spectrum(padded), spectrum(grey))


def test_a_detector_knows_blurred_pictures_and_guesses_between_equal_ones():
    cpu = torch.device("cpu")
    real, other = as_bytes(noise(120, 30, 4)), as_bytes(noise(120, 30, 5))
    smooth = as_bytes(np.repeat(np.repeat(noise(120, 30, 6)[:, ::2, ::2], 2, 1), 2, 2))
    assert picture_detection_accuracy(real, smooth, DETECTOR, 0, cpu) > 0.95
    assert abs(picture_detection_accuracy(real, other, DETECTOR, 0, cpu) - 0.5) < 0.15
    assert picture_detection_accuracy(real[:3], other, DETECTOR, 0, cpu) is None
