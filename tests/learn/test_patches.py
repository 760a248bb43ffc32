"""Patch features, against a plain numpy computation patch by patch."""

from pathlib import Path

import numpy as np
import pytest

from makeweight.learn.patches import PATCH_VARIANCE, PatchFeatures, PatchParams, patch_side

CONFIG = PatchParams(side=32, patch_size=6, filters=12, threshold=0.25, pictures_to_learn=2000, patches_to_learn=3000)


def some_pictures(n: int, channels: int = 3, height: int = 16, width: int = 16, seed: int = 0) -> np.ndarray:
    """Smooth random pictures, uint8."""
    rng = np.random.default_rng(seed)
    waves = rng.normal(0, 1, (n, channels, height + 4, width + 4))
    for axis in (2, 3):
        waves = np.stack([np.roll(waves, shift, axis) for shift in range(5)]).mean(0)
    values = 128 + 150 * waves[:, :, 4:, 4:]
    return np.clip(values, 0, 255).astype(np.uint8)


def features_by_hand(fitted: PatchFeatures, picture: np.ndarray) -> np.ndarray:
    """Every patch normalised by itself, then multiplied by the filters, thresholded, and averaged per quadrant."""
    size = fitted.filters.shape[2]
    rows, columns = picture.shape[1] - size + 1, picture.shape[2] - size + 1
    flat = fitted.filters.reshape(len(fitted.filters), -1).astype(np.float64)
    maps = np.empty((rows, columns, len(flat)))
    for row in range(rows):
        for column in range(columns):
            patch = picture[:, row : row + size, column : column + size].astype(np.float64).ravel()
            patch = (patch - patch.mean()) / np.sqrt(patch.var() + PATCH_VARIANCE)
            maps[row, column] = flat @ patch - fitted.offsets
    signs = np.concatenate([np.maximum(maps - fitted.threshold, 0), np.maximum(-maps - fitted.threshold, 0)], axis=2)
    r, c = rows // 2, columns // 2
    quadrants = [signs[:r, :c], signs[r:, :c], signs[:r, c:], signs[r:, c:]]
    return (np.sqrt(np.concatenate([part.mean((0, 1)) for part in quadrants])) - fitted.means) / fitted.stds


@pytest.mark.parametrize(
    ("channels", "height", "width"), [(3, 32, 32), (1, 28, 28), (3, 16, 16), (1, 8, 8), (3, 12, 20)]
)
def test_features_are_those_of_plain_numpy(channels: int, height: int, width: int) -> None:
    pictures = some_pictures(40, channels, height, width)
    fitted = PatchFeatures.fit(pictures, CONFIG, seed=1)
    found = fitted.transform(pictures[:20])
    assert found.dtype == np.float32 and found.shape == (20, 8 * len(fitted.filters))
    assert found == pytest.approx(np.stack([features_by_hand(fitted, picture) for picture in pictures[:20]]), abs=2e-3)


def test_train_features_are_standardised_and_filters_decorrelate_patches() -> None:
    pictures = some_pictures(200)
    fitted = PatchFeatures.fit(pictures, CONFIG, seed=0)
    features = fitted.transform(pictures)
    assert features.mean(0) == pytest.approx(np.zeros(96), abs=1e-3)
    assert np.all(features.std(0) <= 1.001)
    assert fitted.filters.sum((1, 2, 3)) == pytest.approx(np.zeros(12), abs=1e-4)


def test_a_picture_has_the_same_features_in_any_company() -> None:
    pictures = some_pictures(70)
    fitted = PatchFeatures.fit(pictures, CONFIG, seed=0)
    together = fitted.transform(pictures)
    assert fitted.transform(pictures[33:34]) == pytest.approx(together[33:34], abs=1e-4)
    assert fitted.transform(pictures[:0]).shape == (0, 96)


def test_a_seed_gives_the_same_filters_again_and_a_file_gives_them_back(tmp_path: Path) -> None:
    pictures = some_pictures(50)
    fitted = PatchFeatures.fit(pictures, CONFIG, seed=3)
    again = PatchFeatures.fit(pictures, CONFIG, seed=3)
    assert np.array_equal(fitted.filters, again.filters)
    fitted.save(tmp_path / "patches.npz")
    again.save(tmp_path / "again.npz")
    assert (tmp_path / "patches.npz").read_bytes() == (tmp_path / "again.npz").read_bytes()
    assert np.array_equal(PatchFeatures.load(tmp_path / "patches.npz").transform(pictures), fitted.transform(pictures))


def test_few_or_empty_pictures_have_finite_features() -> None:
    flat = np.full((3, 3, 16, 16), 200, dtype=np.uint8)
    for pictures in (flat, some_pictures(1)):
        fitted = PatchFeatures.fit(pictures, CONFIG, seed=0)
        assert np.isfinite(fitted.transform(np.concatenate([flat, some_pictures(5)]))).all()


def test_large_pictures_are_shrunk_by_means_of_areas() -> None:
    pictures = some_pictures(30)
    large = pictures.repeat(4, axis=2).repeat(4, axis=3)
    small = PatchFeatures.fit(pictures, CONFIG.model_copy(update={"side": 16}), seed=0)
    assert small.transform(large) == pytest.approx(small.transform(pictures), abs=1e-3)


@pytest.mark.parametrize(("side", "size"), [(8, 3), (12, 3), (16, 4), (24, 6), (28, 6), (32, 6), (2, 2)])
def test_small_pictures_have_smaller_patches(side: int, size: int) -> None:
    assert patch_side(side, 6) == size
