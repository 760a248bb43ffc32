"""What is made from many files, kept until one of them is written, added or removed."""

import os
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, TypeVar

from makeweight.results.file_cache import version

T = TypeVar("T")


class Kept:
    """Values by name. What two requests ask for at once is made once: the second waits for it."""

    def __init__(self) -> None:
        self.made: dict[str, tuple[object, Any]] = {}
        self.locks: defaultdict[str, threading.Lock] = defaultdict(threading.Lock)

    def get(self, name: str, places: Sequence[Path], make: Callable[[], T]) -> T:
        """Return `make()`, or its last result if nothing has changed in these files and folders."""
        with self.locks[name]:
            now = (Path.cwd(), tuple(states(places)))
            known = self.made.get(name)
            if known is None or known[0] != now:
                known = now, make()
                self.made[name] = known
            content: T = known[1]
            return content


def states(places: Sequence[Path]) -> Iterator[tuple[Path, tuple[int, int]]]:
    """Yield each file, and all files in each folder, with what changes when it is written again, in a fixed order."""
    for place in places:
        files = [place] if place.is_file() else []
        files += sorted(Path(folder, name) for folder, _, names in os.walk(place) for name in names)
        for path in files:
            with suppress(FileNotFoundError):  # removed meanwhile
                yield path, version(path)
