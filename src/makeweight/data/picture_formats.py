"""Formats of picture files: which are read, and what a file is by its first bytes, whatever its name says."""

import re
import warnings

from PIL import features

HEAD = 1024
"""Bytes of a file that decide what it is."""


def is_built_in(feature: str) -> bool:
    """Return whether this Pillow was built with an optional format; an old one may not know its name."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return bool(features.check(feature))


OPTIONAL = {"AVIF": "avif", "WEBP": "webp", "JPEG2000": "jpg_2000"}
"""Formats that Pillow reads where it was built with this feature."""

FORMATS = tuple(
    name
    for name in ("PNG", "JPEG", "GIF", "WEBP", "BMP", "TIFF", "AVIF", "JPEG2000", "PPM", "ICO", "PCX", "QOI", "SGI")
    if name not in OPTIONAL or is_built_in(OPTIONAL[name])
)
"""Formats that Pillow recognises by a file's first bytes and that are read, by Pillow's names. TGA is read as well."""

ENDINGS = {
    "PNG": ".png .apng",
    "JPEG": ".jpg .jpeg .jpe .jfif .jif .pjpeg .pjp .mpo",
    "GIF": ".gif",
    "WEBP": ".webp",
    "BMP": ".bmp .dib",
    "TIFF": ".tif .tiff",
    "AVIF": ".avif .avifs",
    "JPEG2000": ".jp2 .j2k .jpf .jpx .j2c .jpc",
    "PPM": ".ppm .pgm .pbm .pnm .pfm",
    "ICO": ".ico",
    "PCX": ".pcx",
    "QOI": ".qoi",
    "SGI": ".sgi .rgb .bw",
    "TGA": ".tga .vda .icb .vst",
    "HEIC": ".heic .heif .hif",
    "JPEG XL": ".jxl",
    "SVG": ".svg .svgz",
    "PSD": ".psd .psb",
    "DICOM": ".dcm .dicom",
    "camera raw": ".dng .cr2 .cr3 .nef .nrw .arw .orf .rw2 .raf .pef .srw .raw",
}
"""Format -> endings of its files."""

FORMAT_OF_ENDING = {ending: name for name, endings in ENDINGS.items() for ending in endings.split()}

LFS_POINTER = b"version https://git-lfs.github.com/spec/"

SIGNATURES = (
    (rb"\x89PNG\r\n\x1a\n", "PNG"),
    (rb"\xff\xd8\xff", "JPEG"),
    (rb"GIF8[79]a", "GIF"),
    (rb"RIFF....WEBP", "WEBP"),
    # "BM" alone begins many texts: the length of the header that follows is one of a few numbers.
    (rb"BM.{12}[\x0c\x28\x34\x38\x40\x6c\x7c]\x00\x00\x00", "BMP"),
    (rb"(II[\x2a\x2b]\x00|MM\x00[\x2a\x2b])", "TIFF"),
    (rb"\x00\x00\x00\x0cjP  \r\n\x87\n|\xff\x4f\xff\x51", "JPEG2000"),
    (rb"P[1-6]\s+(#[^\n]*\n\s*)*\d+\s+(#[^\n]*\n\s*)*\d+\s|P[fF]\s+\d+\s+\d+\s|P7\nWIDTH", "PPM"),
    (rb"\x00\x00\x01\x00[^\x00]\x00.{3}\x00", "ICO"),
    (rb"\x0a[\x00\x02-\x05]\x01[\x01\x02\x04\x08]", "PCX"),
    (rb"qoif.{8}[\x03\x04][\x00\x01]", "QOI"),
    (rb"\x01\xda[\x00\x01][\x01\x02]\x00[\x01-\x03]", "SGI"),
    (rb"\x00\x00\x00\x0cJXL \r\n\x87\n|\xff\x0a[^\x00-\x1f]", "JPEG XL"),
    (rb"8BPS\x00[\x01\x02]", "PSD"),
    (rb".{128}DICM", "DICOM"),
    (rb"(\xef\xbb\xbf)?\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*(<!DOCTYPE svg[^>]*>\s*)?<svg[\s>/]", "SVG"),
)
"""Pattern of the first bytes -> format."""

COMPILED = tuple((re.compile(pattern, re.DOTALL), name) for pattern, name in SIGNATURES)
BRANDS = {
    "AVIF": (b"avif", b"avis"),
    "HEIC": (b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"),
}
"""Formats in the container of MP4 -> names that stand in its first box. AVIF files often name `mif1` as well."""

TGA_HEADER = re.compile(
    rb".(\x00[\x02\x03\x0a\x0b]\x00{5}|\x01[\x01\x09]..[\x01-\xff].[\x0f\x10\x18\x20])"
    rb"....(?!\x00\x00)..(?!\x00\x00)..[\x08\x0f\x10\x18\x20][\x00-\x3f]",
    re.DOTALL,
)
"""TGA has no signature; this much of its header must be right."""


def format_of(head: bytes) -> str | None:
    """Return the format of a picture by its first bytes, read or not; None if they belong to none."""
    if head[4:8] == b"ftyp":
        box = head[8 : max(12, min(int.from_bytes(head[:4], "big"), 256))]
        names = {box[start : start + 4] for start in range(0, len(box), 4)}
        return next((name for name, brands in BRANDS.items() if not names.isdisjoint(brands)), None)
    return next((name for pattern, name in COMPILED if pattern.match(head)), None)


def may_be_tga(data: bytes) -> bool:
    """Return whether the bytes can be a TGA, which is decided by its header."""
    return TGA_HEADER.match(data[:18]) is not None


def is_read(name: str) -> bool:
    """Return whether pictures of the format can be read."""
    return name in FORMATS or name == "TGA"


def fault_of(name: str | None) -> str:
    """Return why pictures of a format can't be read, in words for a table.

    Args:
        name: as `format_of` returns it.
    """
    if name is None:
        return "not a picture"
    if name == "SVG":
        return "not a picture of pixels but a drawing (SVG)"
    if name in OPTIONAL or name == "HEIC":
        return f"{name} is not supported by this Pillow"
    return f"{name} is not supported"
