"""The door through which stages read each other's files: one that is damaged or missing is one line that names it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from makeweight.core.errors import InputError
from makeweight.core.params import mistake_of, one_line, shown

if TYPE_CHECKING:  # slow to import
    import numpy as np

AGAIN = "`dvc repro` writes it again"
LONGEST_REASON = 200
"""Characters of what a library says about a file."""

T = TypeVar("T")


@contextmanager
def reading(path: Path) -> Iterator[None]:
    """Turn whatever is raised while a file is read into one line that names it; nothing else belongs into the block.

    Libraries raise errors of twenty types about damaged files, so that all count as one.

    Raises:
        InputError: the file is missing, cannot be read, is damaged or is of another kind.
    """
    try:
        yield
    except InputError:
        raise
    except FileNotFoundError:
        raise InputError(f"{path}: no such file; `dvc repro` runs the stage that writes it") from None
    except PermissionError as error:
        raise InputError(f"{path}: cannot be read: {error.strerror}") from None
    except Exception as error:
        raise InputError(f"{path}: damaged, or of another kind ({reason(error)}); {AGAIN}") from error


def reason(error: Exception) -> str:
    """Return what an error says, in one line; a missing name is all that a `KeyError` says."""
    text = one_line(str(error))[:LONGEST_REASON]
    if isinstance(error, KeyError):
        return f"{text} is missing"
    return text or type(error).__name__


def read_json(path: Path) -> dict[str, Any]:
    """Return the JSON object in a file.

    Raises:
        InputError: the file is missing, is no JSON, or is no object.
    """
    with reading(path):
        content = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(content, dict):
        raise InputError(f"{path}: is {shown(content)}; right would be names with values; {AGAIN}")
    return content


def read_record(path: Path, kind: type[T]) -> T:
    """Return the JSON object in a file as an object of this type.

    Raises:
        InputError: it is no such object; the message names the first wrong field.
    """
    return as_record(path, kind, read_json(path))


def as_record(path: Path, kind: Any, content: Any) -> Any:
    """Return content read from a file as an object of this type.

    Raises:
        InputError: it is no such object; the message names the first wrong field.
    """
    try:
        return TypeAdapter(kind).validate_python(content)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(map(str, first["loc"]))
        raise InputError(f"{path}: `{field}` {mistake_of(first)}; {AGAIN}") from None


def read_array(path: Path, row: tuple[int, ...], dtype: str, rows: int | None = None) -> "np.ndarray":
    """Return an array `(n, *row)` from a .npy file, whose rows are read when they are asked for.

    Args:
        path: of the file.
        row: the shape of one row.
        dtype: such as `float32`.
        rows: how many there are; None: however many.

    Raises:
        InputError: the file is missing or damaged, or the array is another.
    """
    import numpy as np

    with reading(path):
        array: np.ndarray = np.load(path, mmap_mode="r", allow_pickle=False)
    if array.ndim == 0 or array.shape[1:] != row or array.dtype != np.dtype(dtype):
        found = told(array.shape[1:], array.dtype.str)
        raise InputError(f"{path}: rows are {found}; right would be {told(row, np.dtype(dtype).str)}; {AGAIN}")
    if rows is not None and len(array) != rows:
        raise InputError(f"{path}: has {len(array)} rows; right would be {rows}, as data/split has; {AGAIN}")
    return array


def told(shape: tuple[int, ...], dtype: str) -> str:
    """Return a shape and a type in words, such as `3 x 32 x 32 numbers of type |u1`."""
    return f"{' x '.join(map(str, shape)) or 'single'} numbers of type {dtype}"
