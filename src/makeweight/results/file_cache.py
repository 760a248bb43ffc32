"""Values read from files and kept until the file is written again, so that a server can hold them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")


def version(path: Path) -> tuple[int, int]:
    """Return modification time (ns) and size, which change when a file is written again."""
    status = path.stat()
    return status.st_mtime_ns, status.st_size


class FileCache:
    """Values by a name and the file that they were read from."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, Path], tuple[tuple[int, int], Any]] = {}

    def get(self, name: str, path: Path, read: Callable[[Path], T]) -> T:
        """Return `read(path)`, or its last result if the file has not changed."""
        now = version(path)
        known = self.kept.get((name, path))
        if known is None or known[0] != now:
            known = now, read(path)
            self.kept[name, path] = known
        content: T = known[1]
        return content
