"""Progress on long work: a bar on a terminal, plain lines in a log, and curves for whoever watches."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from typing import TypeVar

from tqdm import tqdm

T = TypeVar("T")

SECONDS_BETWEEN_LINES = 10.0

watchers: list[Callable[[str, Mapping[str, float]], None]] = []
"""Called with every point that a stage tells; the front door puts loggers here, no stage does."""


def say(message: str) -> None:
    """One line about what the stage is doing."""
    sys.stderr.write(f"{message}\n")
    sys.stderr.flush()


def tell(curve: str, points: Sequence[Mapping[str, float]]) -> None:
    """Pass points of a curve, each a `step` and values (NaN: not there), to whoever watches; mostly nobody does."""
    for watcher in watchers:
        for point in points:
            watcher(curve, point)


def track(items: Iterable[T], title: str, total: int | None = None) -> Iterator[T]:
    """Pass the items through while showing how far the work is."""
    if total is None and isinstance(items, Sized):
        total = len(items)
    if sys.stderr.isatty():
        yield from tqdm(items, desc=title, total=total)
        return
    start = last = time.monotonic()
    done = 0
    for done, item in enumerate(items, start=1):
        yield item
        now = time.monotonic()
        if now - last >= SECONDS_BETWEEN_LINES:
            last = now
            say(f"{title}: {done}{f' of {total}' if total else ''}, {now - start:.0f} s")
    say(f"{title}: {done} done in {time.monotonic() - start:.1f} s")
