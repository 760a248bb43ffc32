"""Picture files to RGB arrays and back; bytes from a crawl or an upload are untrusted, and are decoded with limits."""

import struct
import zlib
from io import BytesIO

import numpy as np
from PIL import Image, ImageOps

FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF")
"""The accepted formats, decided by the bytes, whatever the name or content type says."""

MAX_PIXELS = 40_000_000
"""Width times height above which a picture is refused: a file of a few kilobytes can declare gigabytes of pixels."""

ORIENTATION_KEYS = {"exif", "Raw profile type exif", "XML:com.adobe.xmp", "xmp"}
"""The metadata in which Pillow looks for a picture's orientation, apart from TIFF's own tags. If there are none,
Pillow is not asked, which saves a tenth of the time of reading a small picture."""

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


def decode(data: bytes, max_pixels: int = MAX_PIXELS) -> np.ndarray:
    """Return the first frame as uint8 RGB `(height, width, 3)`, turned as its EXIF data say, on a white background.

    Raises:
        PictureError: not one of `FORMATS`, broken or incomplete, or more than `max_pixels` pixels.
    """
    return np.array(read(data, max_pixels))


def read(data: bytes, max_pixels: int = MAX_PIXELS) -> Image.Image:
    """Return the same picture as `decode`, as a Pillow image, which is faster to shrink.

    Raises:
        PictureError: as for `decode`.
    """
    try:
        with Image.open(BytesIO(data), formats=FORMATS) as image:
            if image.width * image.height > max_pixels:
                raise PictureError(f"{image.width} x {image.height} pixels is more than {max_pixels}")
            image.load()
            if image.format == "TIFF" or not ORIENTATION_KEYS.isdisjoint(image.info):
                ImageOps.exif_transpose(image, in_place=True)
            return on_white(image)
    except PictureError:
        raise
    except Image.UnidentifiedImageError:
        raise PictureError("not a picture" if data else "empty") from None
    except Image.DecompressionBombError:
        raise PictureError(f"more than {max_pixels} pixels") from None
    except DECODING_ERRORS as error:
        raise PictureError(f"broken: {' '.join(str(error).split())[:120] or type(error).__name__}") from None


def on_white(image: Image.Image) -> Image.Image:
    """Return an image of any mode as RGB; transparent pixels become white, 16-bit grey is scaled to 8 bits."""
    if image.mode.startswith("I"):
        return Image.fromarray((np.asarray(image).clip(0, 65535) / 257).round().astype(np.uint8)).convert("RGB")
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
