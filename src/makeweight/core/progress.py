"""Progress of long work: a bar on a terminal, plain lines in a log, and curves for the loggers that listen."""

import sys
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Sized
from typing import TypeVar

from tqdm import tqdm

T = TypeVar("T")

SECONDS_BETWEEN_LINES = 10.0

listeners: list[Callable[[str, Mapping[str, float]], None]] = []
"""Called with the curve's name and each point that `log_curve` gets. Only `tools.loggers` adds to the list."""


def say(message: str) -> None:
    """Write one line about what the stage is doing to standard error."""
    sys.stderr.write(f"{message}\n")
    sys.stderr.flush()


def log_curve(curve: str, points: Sequence[Mapping[str, float]]) -> None:
    """Pass points of a curve to the listeners; without a logger there are none.

    Args:
        curve: such as `losses`.
        points: each a `step` and named values; NaN for a value that this step does not have.
    """
    for listener in listeners:
        for point in points:
            listener(curve, point)


def track(items: Iterable[T], title: str, total: int | None = None) -> Iterator[T]:
    """Yield the items one by one and show how many are done: a bar on a terminal, a line every 10 s elsewhere."""
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
