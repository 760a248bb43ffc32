"""Pictures of more than 8 bits a channel, as microscopes and cameras write them, scaled to 8 bits.

The rule: the range is what the format states, where it states one below 16 bits. Else whole numbers are scaled by the
smallest of 8, 10, 12, 14 and 16 bits that holds the brightest, so that 12 bits in a file of 16 do not become black.
Floats from 0 to 1 are scaled by that range. Everything else (negative numbers, more than 16 bits, other floats, floats
that use less than a sixteenth of 0 to 1) is scaled by the picture's own range.
"""

import sys
from io import BytesIO
from typing import Any

import numpy as np
from PIL import Image, ImageOps

BITS = (8, 10, 12, 14, 16)
SMALLEST_BRIGHTEST = 1 / 16
"""Floats between 0 and 1 whose brightest is darker are scaled by their own range."""

HIGH_BYTE_OF_14_BITS = 0x3F

BITS_PER_SAMPLE, PHOTOMETRIC, MAX_SAMPLE_VALUE = 258, 262, 281
"""Tags of TIFF."""
WHITE_IS_ZERO = 0

OTHER_ORDER = {"B": "L", "L": "B", "N": "B" if sys.byteorder == "little" else "L"}
SWAPPED = {f"{mode};16{order}": f"{mode};16{other}" for mode in ("RGB", "RGBA") for order, other in OTHER_ORDER.items()}
"""Pillow keeps the high byte of 16-bit colours. Read in the other byte order, it keeps the low one."""


def is_deep(image: Image.Image) -> bool:
    """Return whether an image has one channel of more than 8 bits."""
    return image.mode.startswith("I") or image.mode == "F"


def stated_range(image: Image.Image) -> int | None:
    """Return the largest value that the format of a file states, if that is not all of 16 bits.

    Args:
        image: opened and not yet loaded: Pillow forgets this after loading.
    """
    if image.format == "TIFF":
        tags: Any = image.tag_v2  # type: ignore[attr-defined]
        largest = tags.get(MAX_SAMPLE_VALUE)
        largest = largest[0] if isinstance(largest, tuple) else largest
        bits = tags.get(BITS_PER_SAMPLE, (1,))[0]
        stated = 2**bits - 1 if bits < 16 else int(largest or 0)
        return stated if 0 < stated < 2**16 - 1 else None
    if image.format == "PPM" and getattr(image, "tile", None) and image.tile[0][0].startswith("ppm"):  # type: ignore[attr-defined]
        return 2**16 - 1  # Pillow has scaled it from the largest value in the header
    return None


def grey(image: Image.Image, stated: int | None) -> tuple[Image.Image, str]:
    """Return a deep image in 8 bits (mode `L`), and how it was scaled.

    Args:
        image: of one channel of integers or floats.
        stated: as `stated_range` returned it.
    """
    values = np.asarray(image)
    known = np.isfinite(values)
    low, high = (float(values[known].min()), float(values[known].max())) if known.any() else (0.0, 0.0)
    start, largest, note = range_of(low, high, values.dtype.kind == "f", stated)
    with np.errstate(invalid="ignore"):
        scaled = (values.astype(np.float64) - start) * 255 / (largest if largest > 0 else 1.0)
    if image.format == "TIFF" and image.tag_v2.get(PHOTOMETRIC) == WHITE_IS_ZERO:  # type: ignore[attr-defined]
        scaled = 255 - scaled
    return Image.fromarray(np.where(known, scaled, 255).clip(0, 255).round().astype(np.uint8)), note


def range_of(low: float, high: float, floats: bool, stated: int | None) -> tuple[float, float, str]:
    """Return the value that becomes black, the distance from there to white, and both in words.

    Args:
        low: the smallest value of the picture.
        high: the largest one.
        floats: whether the values are floats.
        stated: the largest value that the format states.
    """
    if low >= 0 and floats and SMALLEST_BRIGHTEST <= high <= 1:
        return 0.0, 1.0, "scaled from 0 to 1"
    if low >= 0 and not floats and high < 2**16:
        if stated and high <= stated:
            bits = (stated + 1).bit_length() - 1
            return 0.0, float(stated), f"scaled from {bits} bits" if 2**bits - 1 == stated else "scaled from its range"
        bits = next(bits for bits in BITS if high < 2**bits)
        return 0.0, 2.0**bits - 1, f"scaled from {bits} bits"
    return low, high - low, "scaled from its own range"


def colours(data: bytes, image: Image.Image, raw_mode: str, formats: tuple[str, ...]) -> tuple[Image.Image, str]:
    """Return a picture of 16-bit colours in 8 bits, and how it was scaled.

    Args:
        data: the file.
        image: as Pillow read it, which is the high byte of each value, upright.
        raw_mode: in which the file stores its colours, one of `SWAPPED`.
        formats: that may be opened.
    """
    high = np.asarray(image).astype(np.uint16)
    if high[..., :3].max(initial=0) > HIGH_BYTE_OF_14_BITS:
        return image, "scaled from 16 bits"
    with Image.open(BytesIO(data), formats=formats) as other:
        other.tile = [tile._replace(args=swapped(tile.args, raw_mode)) for tile in other.tile]  # type: ignore[attr-defined]
        other.load()
        ImageOps.exif_transpose(other, in_place=True)
        values = (high << 8) | np.asarray(other)
    bits = next(bits for bits in BITS if values[..., :3].max(initial=0) < 2**bits)
    scaled = (values.astype(np.float64) * 255 / (2**bits - 1)).clip(0, 255).round().astype(np.uint8)
    return Image.fromarray(scaled), f"scaled from {bits} bits"


def swapped(args: Any, raw_mode: str) -> Any:
    """Return a decoder's arguments with the raw mode of the other byte order."""
    return SWAPPED[raw_mode] if isinstance(args, str) else (SWAPPED[raw_mode], *args[1:])


def raw_mode_of(image: Image.Image) -> str | None:
    """Return the raw mode of a file of 16-bit colours, opened and not yet loaded; None for other pictures."""
    tiles = getattr(image, "tile", None)
    if not tiles:
        return None
    args = tiles[0][3]
    raw_mode = args if isinstance(args, str) else args[0] if isinstance(args, tuple) and args else None
    return raw_mode if raw_mode in SWAPPED else None
