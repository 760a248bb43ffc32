"""Files on this machine: where a card says they are, and their bytes."""

import os
import re
from pathlib import Path

from makeweight.core.errors import InputError


def resolve(written: str, name: str, field: str) -> Path:
    """The file or folder that a card names; `$NAME` stands for an environment variable, `~` for the home folder.

    Raises:
        InputError: a variable is not set, or nothing is there.
    """
    unset = [variable for variable in re.findall(r"\$\{?(\w+)", written) if variable not in os.environ]
    if unset:
        raise InputError(f"{name}: `{field}` is {written!r}: set the environment variable {unset[0]} to where it is")
    path = Path(os.path.expandvars(written)).expanduser()
    try:
        path.stat()
    except OSError as error:
        raise InputError(f"{name}: `{field}` is {written!r}: {error.strerror} ({path})") from None
    return path


def picture_bytes(file_name: str, folder: Path) -> bytes:
    """The bytes of a picture named in a table, relative to the table's folder.

    Raises:
        ValueError: why it can't be had, in words for the failures.
    """
    path = folder / file_name
    if not path.resolve().is_relative_to(folder.resolve()):
        raise ValueError("the file name leads out of the folder")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise ValueError(error.strerror or type(error).__name__) from None
    if not content:
        raise ValueError("empty file")
    return content
