"""Formats are told apart by the first bytes; those that cannot be read are named."""

from io import BytesIO

import numpy as np
import pytest
from PIL import Image, features

from makeweight.data import picture_formats, pictures
from makeweight.data.pictures import PictureError

HEIC = b"\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic" + bytes(40)


def encoded(kind: str, mode: str = "RGB", **options: object) -> bytes:
    buffer = BytesIO()
    noise = np.random.default_rng(3).integers(0, 256, (40, 30, 3), dtype=np.uint8)
    Image.fromarray(noise).convert(mode).save(buffer, format=kind, **options)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", picture_formats.FORMATS)
def test_every_format_is_recognised_and_read(kind: str) -> None:
    data = encoded(kind)
    assert picture_formats.format_of(data[: picture_formats.HEAD]) == kind
    assert pictures.decode(data).shape[2] == 3


@pytest.mark.parametrize(("mode", "options"), [("RGB", {}), ("L", {}), ("P", {}), ("RGBA", {"compression": "tga_rle"})])
@pytest.mark.parametrize("footer", [True, False])
def test_tga_has_no_signature_and_is_read_by_its_header(mode: str, options: dict[str, str], footer: bool) -> None:
    data = encoded("TGA", mode, **options)
    assert pictures.decode(data if footer else data[:-26]).shape == (40, 30, 3)


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (HEIC, "HEIC"),
        (b"\x00\x00\x00\x20ftypavif\x00\x00\x00\x00avifmif1miaf" + bytes(20), "AVIF"),
        (b"\x00\x00\x00\x0cJXL \r\n\x87\n" + bytes(20), "JPEG XL"),
        (b"\x00\x00\x00\x18ftypisom\x00\x00\x00\x00isommp42", None),
        (b"8BPS\x00\x01" + bytes(20), "PSD"),
        (b'<?xml version="1.0"?>\n<!-- made by hand -->\n<svg xmlns="http://www.w3.org/2000/svg"/>', "SVG"),
        (bytes(128) + b"DICM" + bytes(20), "DICOM"),
        (b"BM is how this text begins, and it is no bitmap", None),
        (b"P5 is a page of the report 3 4", None),
        (b"\x00\x00\x00\x01Bud1\x00\x00\x10\x00", None),
        (b"%PDF-1.7", None),
        (b"", None),
    ],
)
def test_what_a_file_is_by_its_first_bytes(data: bytes, name: str | None) -> None:
    assert picture_formats.format_of(data) == name


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (HEIC, "^HEIC is not supported by this Pillow$"),
        (b"8BPS\x00\x01" + bytes(20), "^PSD is not supported$"),
        (b"<svg/>", "not a picture of pixels but a drawing"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n", "pointer of Git LFS: `git lfs pull`"),
        (b"II*\x00\x08\x00\x00\x00", "a TIFF of a kind that Pillow does not read"),
        (b"plain text of some length, which is no picture of any kind", "^not a picture$"),
    ],
)
def test_what_cannot_be_read_is_named(data: bytes, reason: str) -> None:
    with pytest.raises(PictureError, match=reason):
        pictures.decode(data)


def test_avif_is_read_or_named(monkeypatch: pytest.MonkeyPatch) -> None:
    if features.check("avif"):
        data = encoded("AVIF")
        assert pictures.decode(data).shape == (40, 30, 3)
    data = b"\x00\x00\x00\x20ftypavif\x00\x00\x00\x00avifmif1miaf" + bytes(20)
    monkeypatch.setattr(picture_formats, "FORMATS", tuple(set(picture_formats.FORMATS) - {"AVIF"}))
    with pytest.raises(PictureError, match="^AVIF is not supported by this Pillow$"):
        pictures.decode(data)
