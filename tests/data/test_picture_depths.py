"""Pictures of more than 8 bits show what they show, whatever their range; the expected greys are worked out by hand."""

import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from PIL import Image

from makeweight.data import pictures


def tiff(values: np.ndarray, **tags: int) -> bytes:
    """An uncompressed TIFF of one channel, in the byte order and type of its values, written tag by tag."""
    order = ">" if values.dtype.byteorder == ">" else "<"
    sample_format = {"u": 1, "i": 2, "f": 3}[values.dtype.kind]
    fields = {256: values.shape[1], 257: values.shape[0], 258: 8 * values.dtype.itemsize, 259: 1, 262: 1, 277: 1}
    fields |= {278: values.shape[0], 279: values.nbytes, 339: sample_format}
    fields |= {int(tag.removeprefix("tag")): number for tag, number in tags.items()}
    fields[273] = 8 + 2 + 12 * (len(fields) + 1) + 4
    body = b"".join(struct.pack(f"{order}HHII", tag, 4, 1, fields[tag]) for tag in sorted(fields))
    head = (b"II*\x00" if order == "<" else b"MM\x00*") + struct.pack(f"{order}IH", 8, len(fields))
    return head + body + struct.pack(f"{order}I", 0) + values.tobytes()


def png16(values: np.ndarray) -> bytes:
    """A PNG of 16 bits with as many channels as the values have, written chunk by chunk."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    colour = {1: 0, 3: 2, 4: 6}[values.shape[2]]
    rows = b"".join(b"\0" + row.astype(">u2").tobytes() for row in values)
    header = struct.pack(">IIBBBBB", values.shape[1], values.shape[0], 16, colour, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def grey(data: bytes) -> list[int]:
    return pictures.decode(data)[0, :, 0].tolist()


@pytest.mark.parametrize(
    ("values", "kind", "expected", "note"),
    [
        ([0, 0.5, 1], "<f4", [0, 128, 255], "scaled from 0 to 1"),
        ([0.25, 0.5], "<f4", [64, 128], "scaled from 0 to 1"),
        ([0, 0.01, 0.02], "<f4", [0, 128, 255], "scaled from its own range"),
        ([-5, 0, 5], "<f4", [0, 128, 255], "scaled from its own range"),
        ([100, 300, 500], ">f4", [0, 128, 255], "scaled from its own range"),
        ([0, np.nan, 1], "<f4", [0, 255, 255], "scaled from 0 to 1"),
        ([0, np.inf, 1], "<f4", [0, 255, 255], "scaled from 0 to 1"),
        ([7, 7, 7], "<f4", [0, 0, 0], "scaled from its own range"),
        ([0, 2048, 4095], "<u2", [0, 128, 255], "scaled from 12 bits"),
        ([0, 2048, 4095], ">u2", [0, 128, 255], "scaled from 12 bits"),
        ([0, 512, 1023], "<u2", [0, 128, 255], "scaled from 10 bits"),
        ([0, 8192, 16383], "<u2", [0, 128, 255], "scaled from 14 bits"),
        ([0, 32896, 65535], "<u2", [0, 128, 255], "scaled from 16 bits"),
        ([0, 128, 255], "<u2", [0, 128, 255], "scaled from 8 bits"),
        ([-1000, 500, 2000], "<i2", [0, 128, 255], "scaled from its own range"),
        ([0, 2048, 4095], "<i2", [0, 128, 255], "scaled from 12 bits"),
        ([0, 50_000, 100_000], "<u4", [0, 128, 255], "scaled from its own range"),
    ],
)
def test_one_channel_of_a_tiff(values: list[float], kind: str, expected: list[int], note: str) -> None:
    data = tiff(np.array([values]).astype(kind))
    assert grey(data) == expected
    assert pictures.read(data).notes == (note,)


def test_a_range_that_the_file_states_is_taken() -> None:
    dark = np.array([[0, 100, 200]], dtype="<u2")
    assert grey(tiff(dark, tag281=4095)) == [0, 6, 12]
    assert grey(tiff(dark, tag281=65535)) == [0, 100, 200]
    assert grey(tiff(dark + 5000, tag281=4095))[2] == round(5200 / (2**14 - 1) * 255)
    assert grey(b"P5 3 1 4095\n" + np.array([0, 100, 200], ">u2").tobytes()) == [0, 6, 12]
    packed = bytes([0x00, 0x08, 0x00, 0xFF, 0xF0, 0x00])  # 0, 0x800, 0xfff and 0 in twelve bits each
    twelve = tiff(np.frombuffer(packed, "u1").reshape(1, 6), tag256=4, tag258=12)
    assert grey(twelve) == [0, 128, 255, 0]


def test_white_is_zero_in_some_tiffs() -> None:
    assert grey(tiff(np.array([[0, 2048, 4095]], "<u2"), tag262=0)) == [255, 127, 0]


@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize(("bits", "note"), [(10, "10"), (12, "12"), (16, "16")])
def test_a_png_of_sixteen_bits_that_uses_fewer(channels: int, bits: int, note: str) -> None:
    largest = 2**bits - 1
    values = np.repeat(np.array([[0, largest // 2, largest]])[..., None], channels, axis=2)
    if channels == 4:
        values[..., 3] = largest
    data = png16(values)
    assert grey(data) == [0, 127, 255]
    assert pictures.read(data).notes == (f"scaled from {note} bits",)


def test_colours_of_twelve_bits_keep_their_precision() -> None:
    values = np.arange(0, 4096, 16).reshape(16, 16, 1) + np.array([0, 5, 15])
    shifted = pictures.read(png16(values))
    expected = (values * 255 / 4095).round().astype(int)
    assert np.array_equal(np.asarray(shifted.image), expected)


def test_only_the_first_frame_or_page_is_read_and_that_is_said() -> None:
    frames = [Image.new("RGB", (9, 9), colour) for colour in ("red", "lime", "blue")]
    for kind, what in (("GIF", "frames"), ("PNG", "frames"), ("WEBP", "frames"), ("TIFF", "pages")):
        buffer = BytesIO()
        options = {"lossless": True} if kind == "WEBP" else {}
        frames[0].save(buffer, kind, save_all=True, append_images=frames[1:], **options)
        picture = pictures.read(buffer.getvalue())
        assert picture.image.getpixel((4, 4)) == (255, 0, 0)
        assert picture.notes == (f"first of several {what}",)
        one = BytesIO()
        frames[0].save(one, kind)
        assert pictures.read(one.getvalue()).notes == ()


def test_a_broken_second_frame_does_not_spoil_the_first() -> None:
    buffer = BytesIO()
    Image.new("RGB", (9, 9), "red").save(buffer, "GIF", save_all=True, append_images=[Image.new("RGB", (9, 9), "blue")])
    data = buffer.getvalue()
    assert pictures.decode(data[:-12])[4, 4].tolist() == [255, 0, 0]


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "PA", "RGB", "RGBA", "CMYK", "YCbCr", "LAB", "I", "F", "I;16"])
def test_every_mode_of_a_tiff_becomes_rgb(mode: str) -> None:
    buffer = BytesIO()
    Image.new(mode, (12, 10)).save(buffer, "TIFF")
    assert pictures.decode(buffer.getvalue()).shape == (10, 12, 3)


def test_a_deep_picture_is_turned_upright() -> None:
    assert pictures.decode(tiff(np.arange(6, dtype="<u2").reshape(2, 3), tag274=6)).shape == (3, 2, 3)
