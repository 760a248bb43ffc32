"""Files on this machine that a card or a table names."""

import os
import re
import unicodedata
from pathlib import Path

from makeweight.core.errors import InputError


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
    try:
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
