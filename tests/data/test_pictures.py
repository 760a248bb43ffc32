import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from makeweight.data import pictures
from makeweight.data.pictures import PictureError


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    buffer = BytesIO()
    image.save(buffer, format=kind, **options)
    return buffer.getvalue()


def png_header(width: int, height: int) -> bytes:
    """A PNG that declares a size without having the pixels."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0")) + chunk(b"IEND", b"")


def test_encoding_and_decoding_gives_the_same_pixels() -> None:
    picture = np.random.default_rng(1).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    assert np.array_equal(pictures.decode(pictures.encode(picture)), picture)
    assert pictures.encode(picture) == pictures.encode(picture.copy())


def test_transparent_pixels_become_white() -> None:
    half = Image.new("RGBA", (2, 1), (200, 0, 0, 0))
    half.putpixel((1, 0), (200, 0, 0, 255))
    assert pictures.decode(encoded(half, "PNG")).tolist() == [[[255, 255, 255], [200, 0, 0]]]
    palette = Image.new("P", (1, 1), 0)
    palette.putpalette([10, 20, 30])
    assert pictures.decode(encoded(palette, "PNG", transparency=0)).tolist() == [[[255, 255, 255]]]
    assert pictures.decode(encoded(palette, "PNG")).tolist() == [[[10, 20, 30]]]


def test_sixteen_bits_are_scaled_not_clipped() -> None:
    grey = Image.fromarray(np.array([[0, 32896, 65535]], dtype=np.uint16))
    assert pictures.decode(encoded(grey, "PNG"))[0, :, 0].tolist() == [0, 128, 255]


def test_exif_turns_the_picture_upright() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    assert pictures.decode(encoded(Image.new("RGB", (8, 4)), "JPEG", exif=exif)).shape == (8, 4, 3)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF"])
def test_formats_of_the_web_are_read_and_incomplete_ones_are_not(kind: str) -> None:
    noise = np.random.default_rng(2).integers(0, 256, (40, 30, 3), dtype=np.uint8)
    data = encoded(Image.fromarray(noise), kind)
    assert pictures.decode(data).shape == (40, 30, 3)
    with pytest.raises(PictureError):
        pictures.decode(data[: len(data) // 2])


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"<html><body>not found</body></html>", "not a picture"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"/>', "not a picture"),
        (png_header(100_000, 100_000), "more than"),
        (png_header(30, 30), "broken"),
        (b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", "not a picture"),
    ],
)
def test_what_is_no_picture_is_named(data: bytes, reason: str) -> None:
    with pytest.raises(PictureError, match=reason):
        pictures.decode(data)


def test_shrinking_keeps_the_shape_and_never_enlarges() -> None:
    assert pictures.shrunk(np.zeros((100, 50, 3), np.uint8), 20).shape == (20, 10, 3)
    assert pictures.shrunk(np.zeros((1, 1000, 3), np.uint8), 20).shape == (1, 20, 3)
    small = np.zeros((5, 5, 3), np.uint8)
    assert pictures.shrunk(small, 20) is small
