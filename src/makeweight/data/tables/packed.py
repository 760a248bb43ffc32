"""Compressed files: gzip, bzip2, xz, Zstandard, and a ZIP archive with one file in it."""

import bz2
import gzip
import io
import lzma
import zipfile
import zlib
from pathlib import Path

import pyarrow as pa

from makeweight.core.errors import InputError

ENDINGS = {".gz": "gzip", ".bz2": "bzip2", ".xz": "xz", ".zip": "zip", ".zst": "Zstandard"}
MAGIC = {b"\x1f\x8b": ".gz", b"BZh": ".bz2", b"\xfd7zXZ\x00": ".xz", b"\x28\xb5\x2f\xfd": ".zst"}
"""First bytes of a compressed file; a ZIP archive is taken for one only by its ending, as a workbook is one too."""


def plain_name(name: str) -> str:
    """Return a file's name in lower case without the ending of its compression."""
    lower = Path(name).name.lower()
    return lower.removesuffix(next((ending for ending in ENDINGS if lower.endswith(ending)), ""))


def unpack(content: bytes, name: str) -> bytes:
    """Return a file's content without its compression, which its first bytes say, or for ZIP its name.

    Raises:
        InputError: it is damaged, or the archive has more than one file, or none.
    """
    ending = next((ending for magic, ending in MAGIC.items() if content.startswith(magic)), None)
    if ending is None and name.lower().endswith(".zip"):
        ending = ".zip"
    if ending is None:
        return content
    try:
        return UNPACKERS[ending](content)
    except (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, RuntimeError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"its {ENDINGS[ending]} compression is damaged: {' '.join(str(error).split())}") from None


def unpack_archive(content: bytes) -> bytes:
    """Return the only file in a ZIP archive; what a Macintosh adds beside it does not count."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = [member for member in archive.namelist() if is_content(member)]
        if len(members) != 1:
            found = ", ".join(members[:5]) + (", ..." if len(members) > 5 else "") or "nothing"
            raise InputError(f"a ZIP archive must hold one file; it holds {found}")
        return archive.read(members[0])


def is_content(member: str) -> bool:
    """Whether a name in an archive is that of a file a user put there."""
    return not (member.endswith("/") or member.startswith("__MACOSX/") or Path(member).name.startswith("."))


def unpack_zstandard(content: bytes) -> bytes:
    """Return the content of a Zstandard file."""
    with pa.CompressedInputStream(pa.BufferReader(content), "zstd") as stream:
        return stream.read()


UNPACKERS = {
    ".gz": gzip.decompress,
    ".bz2": bz2.decompress,
    ".xz": lzma.decompress,
    ".zip": unpack_archive,
    ".zst": unpack_zstandard,
}
