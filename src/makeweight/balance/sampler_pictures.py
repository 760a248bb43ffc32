"""Pictures given to GANSampler, as squares of bytes for engines, and back in their own shape and number type."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np

from makeweight.core.errors import InputError
from makeweight.data.codecs.spec import Spec
from makeweight.data.values.reading import counted

DARK = 128
"""Pictures of bytes below this are a mask or digits of few levels: their own greatest number is white."""
SMALLEST_EDGE = 8
"""Of what engines see: their networks halve the edge at least once. Smaller pictures are padded."""


@dataclass(frozen=True)
class PictureContent:
    """Pictures of any shape and number type; engines see squares of bytes."""

    encoded: np.ndarray
    shape: tuple[int, int, int]
    """Height, width and channels of one picture."""
    low: float
    high: float
    """The numbers that are black and white."""
    form: np.ndarray
    """No rows, but the dtype and shape of the given ones."""
    told: tuple[str, ...] = ()

    @classmethod
    def fit(cls, rows: np.ndarray, shape: Sequence[int] | None) -> Self:
        """Learn range and shape.

        Raises:
            InputError: the shape is not one of pictures, or pixels are no finite numbers, or all pictures are alike.
        """
        height, width, channels = picture_shape(rows, shape)
        check_pixels(rows)
        pixels = rows.reshape(len(rows), height, width, channels)
        low, high = float(rows.min()), float(rows.max())
        if rows.dtype == np.uint8 and high >= DARK:
            low, high = 0.0, 255.0
        # Halves, since the difference of the largest floats is none.
        scaled = np.rint((pixels / 2 - low / 2) / (high / 2 - low / 2) * 255).astype(np.uint8)
        edge = max(height, width, SMALLEST_EDGE)
        square = np.pad(scaled, ((0, 0), (0, edge - height), (0, edge - width), (0, 0)), mode="edge")
        return cls(square.transpose(0, 3, 1, 2), (height, width, channels), low, high, rows[:0])

    @property
    def spec(self) -> Spec:
        """Channels first, square."""
        return Spec("image", self.encoded.shape[1:])

    def restore(self, encoded: np.ndarray) -> np.ndarray:
        """Encoded pictures in the shape and type of the given ones."""
        height, width, _ = self.shape
        share = encoded.transpose(0, 2, 3, 1)[:, :height, :width] / 255
        pixels = np.clip(share * self.high + (1 - share) * self.low, self.low, self.high)
        if np.issubdtype(self.form.dtype, np.integer):
            limits = np.iinfo(self.form.dtype)
            # The float nearest to the largest whole number of 8 bytes lies beyond it.
            top = np.nextafter(float(limits.max), 0) if float(limits.max) > limits.max else float(limits.max)
            pixels = np.clip(np.rint(pixels), float(limits.min), top)
        return pixels.astype(self.form.dtype).reshape(len(encoded), *self.form.shape[1:])

    def joined(self, given: np.ndarray, synthetic: np.ndarray) -> np.ndarray:
        """The given pictures, then the synthetic pictures."""
        return np.concatenate([given, synthetic]).astype(given.dtype, copy=False)


def check_pixels(rows: np.ndarray) -> None:
    """Refuse pictures that are no numbers, have a gap, or are all the same."""
    if not np.issubdtype(rows.dtype, np.number):
        remedy = "X.astype(numpy.uint8)" if rows.dtype == bool else "X.astype(float)"
        raise InputError(f"X: pictures of the type {rows.dtype} are not learned; numbers would be right: {remedy}")
    faulty = np.flatnonzero(~np.isfinite(rows).reshape(len(rows), -1).all(axis=1))
    if len(faulty):
        raise InputError(
            f"X: missing or infinite pixels in {counted(len(faulty), 'picture')} (the first is row {faulty[0]}); leave "
            "such pictures out, or fill their pixels: numpy.nan_to_num(X)"
        )
    if (rows == rows[:1]).all():
        raise InputError(f"X: all {len(rows)} pictures are the same, so that nothing can be learned from them")


def picture_shape(rows: np.ndarray, shape: Sequence[int] | None) -> tuple[int, int, int]:
    """Height, width and channels of each picture.

    Raises:
        InputError: it is not the shape of a picture, or not that of the rows.
    """
    try:
        found = tuple(int(length) for length in (rows.shape[1:] if shape is None else shape))
    except (TypeError, ValueError):
        raise InputError(f"picture_shape: {shape!r}; whole numbers would be right: (height, width)") from None
    given_shape = found
    if len(found) == 2:
        found = (*found, 1)
    if len(found) != 3 or found[2] not in (1, 3) or min(found) < 1:
        raise InputError(
            "pictures are (height, width), (height, width, 1) or (height, width, 3), not "
            f"{given_shape}{remedy_for(given_shape)}"
        )
    needed, given = int(np.prod(found)), int(np.prod(rows.shape[1:]))
    if needed != given:
        raise InputError(f"picture_shape: {found} takes {needed} numbers, but a row of X has {given}")
    return found[0], found[1], found[2]


def remedy_for(shape: tuple[int, ...]) -> str:
    """Return how pictures of another order or number of channels become right."""
    if len(shape) == 3 and shape[0] in (1, 3):
        return "; channels come last: numpy.moveaxis(X, 1, -1)"
    return "; without transparency: X[..., :3]" if len(shape) == 3 and shape[2] == 4 else ""
