"""Files on this machine that a card or a table names."""

import os
import re
import stat
import unicodedata
from collections.abc import Iterable
from pathlib import Path

from makeweight.core.errors import InputError

MOST_BYTES = 512 * 2**20
"""Of a picture's file: a picture of as many pixels as are read has some 320 MB at most."""
NOT_A_FILE = "not a file"


def resolve_path(path_text: str, name: str, field: str) -> Path:
    """Return the file or folder that a card names; `$NAME` is an environment variable, `~` the home folder.

    Args:
        path_text: the path in the card.
        name: of the card's file, for messages.
        field: of the card, for messages.

    Raises:
        InputError: a variable is not set, or the path does not exist.
    """
    unset = [variable for variable in re.findall(r"\$\{?(\w+)", path_text) if variable not in os.environ]
    if unset:
        raise InputError(f"{name}: `{field}` is {path_text!r}: set the environment variable {unset[0]} to where it is")
    path = Path(os.path.expandvars(path_text)).expanduser()
    try:
        path.stat()
    except OSError as error:
        raise InputError(f"{name}: `{field}` is {path_text!r}: {error.strerror} ({path})") from None
    return path


def matching(path_texts: Iterable[str], name: str, field: str) -> list[str]:
    """Return paths of a card with each pattern (`*`, `?`, `[...]`) replaced by the files that fit it, in order.

    A path that is there as it is written is no pattern.

    Raises:
        InputError: nothing fits a pattern.
    """
    found: list[str] = []
    for text in path_texts:
        path = Path(os.path.expandvars(text)).expanduser()
        if not re.search(r"[*?\[]", text) or path.exists():
            found.append(text)
            continue
        files = sorted(map(str, Path(path.anchor).glob(str(path.relative_to(path.anchor)))))
        if not files:
            raise InputError(f"{name}: `{field}` is {text!r}: no file fits this pattern")
        found += files
    return list(dict.fromkeys(found))


def read_picture(file_name: str, folder: Path) -> bytes:
    """Return the bytes of a picture named in a table, relative to the table's folder.

    Raises:
        ValueError: why it can't be read, in words for the table of failures.
    """
    if "://" in file_name:
        raise ValueError("a web address; pictures of a table are files")
    path = find_file(file_name, folder)
    if not path.resolve().is_relative_to(folder.resolve()):
        raise ValueError("the file name leads out of the folder")
    return read_bytes(path)


def read_bytes(path: Path) -> bytes:
    """Return the bytes of a file that may be a picture.

    Raises:
        ValueError: why there are none, in words for the table of failures; a pipe is never waited for.
    """
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            raise ValueError(NOT_A_FILE)
        if status.st_size > MOST_BYTES:
            raise ValueError(f"too big: {status.st_size >> 20:,} MB, of which at most {MOST_BYTES >> 20} are read")
        content = path.read_bytes()
    except OSError as error:
        raise ValueError(error.strerror or type(error).__name__) from None
    if not content:
        raise ValueError("empty file")
    return content


def find_file(file_name: str, folder: Path) -> Path:
    """Return where a named file is: as written, with backslashes as in Windows, or in other Unicode characters."""
    slashes = file_name.replace("\\", "/")
    names = [file_name, slashes, *(unicodedata.normalize(form, slashes) for form in ("NFC", "NFD"))]
    return next((folder / name for name in names if (folder / name).is_file()), folder / slashes)
