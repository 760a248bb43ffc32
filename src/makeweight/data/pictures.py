"""Picture files to RGB arrays and back; bytes from a crawl or an upload are untrusted, and are decoded with limits."""

import struct
import zlib
from io import BytesIO
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageOps

from makeweight.data import picture_depths, picture_formats

MAX_PIXELS = 40_000_000
"""Width times height above which a picture is refused: a file of a few kilobytes can declare gigabytes of pixels."""

ORIENTATION_KEYS = {"exif", "Raw profile type exif", "XML:com.adobe.xmp", "xmp"}
"""The metadata in which Pillow looks for a picture's orientation, apart from TIFF's own tags. If there are none,
Pillow is not asked, which saves a tenth of the time of reading a small picture."""

MOVING = {"GIF", "PNG", "WEBP", "AVIF", "TIFF"}
"""Formats with several frames or pages. A second picture in a JPEG or an icon is the same one at another size."""

DECODING_ERRORS = (
    OSError,
    SyntaxError,
    ValueError,
    EOFError,
    IndexError,
    KeyError,
    OverflowError,
    MemoryError,
    struct.error,
    zlib.error,
)
"""What Pillow raises for broken files, depending on the format and on the position of the damage."""


class PictureError(ValueError):
    """The bytes are not a usable picture; the message is a short reason."""


class Picture(NamedTuple):
    """A decoded picture."""

    image: Image.Image
    """In RGB, upright, on white."""
    notes: tuple[str, ...] = ()
    """What was left out or scaled, such as `first of several frames`."""


def decode(data: bytes, max_pixels: int = MAX_PIXELS) -> np.ndarray:
    """Return the first frame as uint8 RGB `(height, width, 3)`, turned as its EXIF data say, on a white background.

    More than 8 bits a channel are scaled as `picture_depths` says.

    Raises:
        PictureError: not of a format that is read, broken or incomplete, or more than `max_pixels` pixels.
    """
    return np.array(read(data, max_pixels).image)


def read(data: bytes, max_pixels: int = MAX_PIXELS) -> Picture:
    """Return the same picture as `decode`, as a Pillow image, which is faster to shrink, with what was changed.

    Raises:
        PictureError: as for `decode`.
    """
    formats = ("TGA",) if picture_formats.may_be_tga(data) else picture_formats.FORMATS
    try:
        with Image.open(BytesIO(data), formats=formats) as image:
            check_size(image, max_pixels)
            stated, raw_mode = picture_depths.stated_range(image), picture_depths.raw_mode_of(image)
            image.load()
            check_size(image, max_pixels)  # an icon's pixels can be more than its header says
            if image.format == "TIFF" or not ORIENTATION_KEYS.isdisjoint(image.info):
                ImageOps.exif_transpose(image, in_place=True)
            upright: Image.Image = image
            notes: list[str] = []
            if picture_depths.is_deep(image):
                upright, note = picture_depths.grey(image, stated)
                notes.append(note)
            elif raw_mode:
                upright, note = picture_depths.colours(data, image, raw_mode, formats)
                notes.append(note)
            return Picture(on_white(upright), (*notes, *frame_notes(image)))
    except PictureError:
        raise
    except Image.UnidentifiedImageError:
        raise PictureError(fault_of(data)) from None
    except Image.DecompressionBombError:
        raise PictureError(f"more than {max_pixels} pixels") from None
    except DECODING_ERRORS as error:
        raise PictureError(f"broken: {' '.join(str(error).split())[:120] or type(error).__name__}") from None


def check_size(image: Image.Image, max_pixels: int) -> None:
    """Check that a picture has at most so many pixels.

    Raises:
        PictureError: it has more.
    """
    if image.width * image.height > max_pixels:
        raise PictureError(f"{image.width} x {image.height} pixels is more than {max_pixels}")


def fault_of(data: bytes) -> str:
    """Return why Pillow does not know the format of a file, in words."""
    if not data:
        return "empty"
    if data.startswith(picture_formats.LFS_POINTER):
        return "not a picture but a pointer of Git LFS: `git lfs pull` fetches the picture"
    name = picture_formats.format_of(data[: picture_formats.HEAD])
    if name in picture_formats.FORMATS:
        return f"broken, or a {name} of a kind that Pillow does not read"
    return picture_formats.fault_of(name)


def frame_notes(image: Image.Image) -> tuple[str, ...]:
    """Return a note where a file has more frames or pages than the first; a broken second one counts as none."""
    try:
        several = image.format in MOVING and getattr(image, "is_animated", False)
    except DECODING_ERRORS:
        several = False
    return (f"first of several {'pages' if image.format == 'TIFF' else 'frames'}",) if several else ()


def on_white(image: Image.Image) -> Image.Image:
    """Return an image of any mode as RGB; transparent pixels become white."""
    if not image.has_transparency_data:
        return image.convert("RGB")
    foreground = image.convert("RGBA")
    background = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(background, foreground).convert("RGB")


def encode(picture: np.ndarray) -> bytes:
    """Return a uint8 RGB array `(height, width, 3)` as a PNG file whose bytes depend on the pixels only."""
    buffer = BytesIO()
    Image.fromarray(np.ascontiguousarray(picture)).save(buffer, format="PNG")
    return buffer.getvalue()


def shrunk(picture: np.ndarray, max_edge: int) -> np.ndarray:
    """Return the picture scaled down so that its longer edge is `max_edge`; a smaller one is returned unchanged."""
    height, width = picture.shape[:2]
    if max(height, width) <= max_edge:
        return picture
    scale = max_edge / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.array(Image.fromarray(picture).resize(size, Image.Resampling.BOX, reducing_gap=2.0))
