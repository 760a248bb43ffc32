"""Atomic writes: a reader sees the old content or the new, never a part of it."""

import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from makeweight.core import paths

if TYPE_CHECKING:  # slow to import
    import numpy as np

PARTIAL = re.compile(r"\.(?P<name>[^/]+)\.(?P<owner>\d+)\.tmp")
"""What `replacing` and `replacing_folder` write into: the final name and the number of the process."""
UNSEARCHED = ("http_cache", "torchvision")
"""Folders in the scratch folder with many files that nothing here wrote."""


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a temporary name for the caller to write; the file replaces `path` unless an exception is raised."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    try:
        yield partial
        flush(partial)
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


@contextmanager
def replacing_folder(path: Path) -> Iterator[Path]:
    """Yield an empty temporary folder for the caller to fill; it replaces `path` unless an exception is raised."""
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    shutil.rmtree(partial, ignore_errors=True)
    partial.mkdir()
    try:
        yield partial
        for file in partial.rglob("*"):
            if file.is_file():
                flush(file)
        shutil.rmtree(path, ignore_errors=True)
        partial.replace(path)
    finally:
        shutil.rmtree(partial, ignore_errors=True)


def remove_partial() -> None:
    """Remove what a process that is no more has left half-written in this project; `kill -9` gives no time to do so."""
    for top in (Path(), paths.DATASETS, paths.DATA, paths.METRICS, paths.PLOTS, paths.SCRATCH):
        for folder, folders, names in os.walk(top):
            for name in [*folders, *names]:
                matched = PARTIAL.fullmatch(name)
                if matched and not is_alive(int(matched["owner"])):
                    path = Path(folder) / name
                    shutil.rmtree(path, ignore_errors=True) if path.is_dir() else path.unlink(missing_ok=True)
            deeper = top not in (Path(), paths.DATASETS)
            folders[:] = [name for name in folders if deeper and name not in UNSEARCHED and not name.endswith(".tmp")]


def is_alive(process: int) -> bool:
    """Whether another process has this number; this one, which may have the number of a dead one, does not count."""
    if process == os.getpid():
        return False
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except PermissionError:
        return True
    return True


def final_name(text: str) -> str:
    """Return the text with the final names of files in the place of those that they have while they are written."""
    return PARTIAL.sub(r"\g<name>", text)


def write_array(path: Path, array: "np.ndarray") -> None:
    """Write a .npy file; a full disk is an `OSError` that says so, which `np.save` on a file's path forgets.

    Raises:
        ValueError: the array holds Python objects.
    """
    import numpy as np

    with path.open("wb") as file:
        np.save(WriteOnly(file), array, allow_pickle=False)


def write_array_parts(path: Path, parts: "Iterable[np.ndarray]", rows: int) -> None:
    """Write a .npy file part by part: the bytes are those of `write_array` for all of them together.

    Args:
        path: of the file.
        parts: arrays `(n, ...)` of one type and the same further dimensions, one at least.
        rows: how many rows they have together.
    """
    import numpy as np

    with path.open("wb") as file:
        written = 0
        for number, part in enumerate(parts):
            if number == 0:
                header = np.lib.format.header_data_from_array_1_0(part[:0])
                np.lib.format.write_array_header_1_0(file, {**header, "shape": (rows, *part.shape[1:])})
            file.write(np.ascontiguousarray(part).data)
            written += len(part)
    assert written == rows, f"{path}: {written} rows were written, {rows} announced"


class WriteOnly:
    """A file of which NumPy knows no more than how to write into it."""

    def __init__(self, file: BinaryIO) -> None:
        self.write = file.write


def flush(path: Path) -> None:
    """Write the file's bytes to the disk, so that after a crash the new name never holds an incomplete file."""
    with path.open("rb") as file:
        os.fsync(file.fileno())


def write_text(path: Path, text: str) -> None:
    """Write a text file atomically."""
    with replacing(path) as partial:
        partial.write_text(text, encoding="utf-8")


def write_json(path: Path, content: Any) -> None:
    """Write JSON atomically, keys in the order given, with a final newline; NaN and infinity raise `ValueError`."""
    write_text(path, json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n")
