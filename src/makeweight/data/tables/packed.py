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

MOST_MAGIC = max(map(len, MAGIC))


def is_packed(name: str) -> bool:
    """Whether a file's name ends as that of a compressed one."""
    return name.lower().endswith(tuple(ENDINGS))


def is_packed_content(content: bytes) -> bool:
    """Whether the first bytes of a file say that it is compressed."""
    return content.startswith(tuple(MAGIC))


def unpack(content: bytes, name: str) -> tuple[bytes, str]:
    """Return a file's content without its compression, which its first bytes say, or for ZIP its name; and its name.

    Args:
        content: the file.
        name: its name; the name returned lacks the ending of the compression, or is that of the file in the archive.

    Raises:
        InputError: it is damaged, or the archive has more than one file, or none.
    """
    packed = next((ending for ending in ENDINGS if name.lower().endswith(ending)), "")
    ending = next((ending for magic, ending in MAGIC.items() if content.startswith(magic)), None)
    if ending is None and packed != ".zip":
        return content, name[: len(name) - len(packed)]
    try:
        if ending is None:
            return unpack_archive(content)
        return UNPACKERS[ending](content), name[: len(name) - len(packed)]
    except (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile, RuntimeError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        kind = ENDINGS[ending or packed]
        raise InputError(f"its {kind} compression is damaged: {' '.join(str(error).split())}") from None


def unpack_archive(content: bytes) -> tuple[bytes, str]:
    """Return the only file in a ZIP archive and its name; what a Macintosh adds beside it does not count."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        members = [member for member in archive.namelist() if is_content(member)]
        if len(members) != 1:
            found = ", ".join(members[:5]) + (", ..." if len(members) > 5 else "") or "nothing"
            raise InputError(f"a ZIP archive must hold one file; it holds {found}")
        return archive.read(members[0]), Path(members[0]).name


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
    ".zst": unpack_zstandard,
}
