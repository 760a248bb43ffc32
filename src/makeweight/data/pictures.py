"""Encoded picture bytes to RGB arrays and back, safely: bytes from a crawl or an upload are never trusted."""

import struct
import zlib
from io import BytesIO

import numpy as np
from PIL import Image, ImageOps

FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF")
"""What counts as a picture. SVG and HTML do not, whatever name or content type they come under."""

MAX_PIXELS = 40_000_000
"""Width times height above which nothing is unpacked: a file of a few kilobytes can claim gigabytes of pixels."""

TURNED_BY = {"exif", "Raw profile type exif", "XML:com.adobe.xmp", "xmp"}
"""Where Pillow finds how a picture must be turned, TIFF's own tags aside: without any, asking takes for nothing a tenth
of the time in which a small picture is read."""

BROKEN = (
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
"""What Pillow raises over broken files, depending on the format and on where it broke."""


class PictureError(ValueError):
    """The bytes are no picture that can be used; the message is a short reason."""


def decode(data: bytes, max_pixels: int = MAX_PIXELS) -> np.ndarray:
    """The picture as uint8 RGB `(height, width, 3)`: first frame, upright as its EXIF data say, on white.

    Raises:
        PictureError: not one of `FORMATS`, broken or cut off, or more than `max_pixels` pixels.
    """
    return np.array(read(data, max_pixels))


def read(data: bytes, max_pixels: int = MAX_PIXELS) -> Image.Image:
    """The picture as of `decode`, in Pillow's hands: for who wants it smaller, which is faster from there.

    Raises:
        PictureError: as of `decode`.
    """
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as image:
            if image.width * image.height > max_pixels:
                raise PictureError(f"{image.width} x {image.height} pixels is more than {max_pixels}")
            image.load()
            if image.format == "TIFF" or not TURNED_BY.isdisjoint(image.info):
                ImageOps.exif_transpose(image, in_place=True)
            return on_white(image)
    except PictureError:
        raise
    except Image.UnidentifiedImageError:
        raise PictureError("not a picture" if data else "empty") from None
    except Image.DecompressionBombError:
        raise PictureError(f"more than {max_pixels} pixels") from None
    except BROKEN as error:
        raise PictureError(f"broken: {' '.join(str(error).split())[:120] or type(error).__name__}") from None


def on_white(image: Image.Image) -> Image.Image:
    """Any mode as RGB; what is transparent becomes white, 16-bit grey is scaled to 8 bits."""
    if image.mode.startswith("I"):
        return Image.fromarray((np.asarray(image).clip(0, 65535) / 257).round().astype(np.uint8)).convert("RGB")
    if not image.has_transparency_data:
        return image.convert("RGB")
    drawing = image.convert("RGBA")
    paper = Image.new("RGBA", image.size, "white")
    return Image.alpha_composite(paper, drawing).convert("RGB")


def encode(picture: np.ndarray) -> bytes:
    """A uint8 RGB array `(height, width, 3)` as PNG; the bytes depend on the pixels only."""
    buffer = BytesIO()
    Image.fromarray(np.ascontiguousarray(picture)).save(buffer, format="PNG")
    return buffer.getvalue()


def shrunk(picture: np.ndarray, max_edge: int) -> np.ndarray:
    """The picture scaled down, shape kept, until its longer edge is `max_edge`; smaller pictures stay as they are."""
    height, width = picture.shape[:2]
    if max(height, width) <= max_edge:
        return picture
    scale = max_edge / max(height, width)
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.array(Image.fromarray(picture).resize(size, Image.Resampling.BOX, reducing_gap=2.0))
