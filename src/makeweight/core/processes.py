"""Jobs in child processes that end with this one, however it ends, and whose end is told."""

import multiprocessing
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

from makeweight.core import stopping
from makeweight.core.errors import InputError

Job = TypeVar("Job")
Result = TypeVar("Result")

KILLED = (
    "a worker process was killed, perhaps because memory ran out; start it again, and with MAKEWEIGHT_THREADS=1 if "
    "that happens again"
)


def nothing() -> None:
    """Do nothing."""


def counted(results: Iterable[Result], tick: Callable[[], None]) -> list[Result]:
    """Return the results as a list; after each one, `tick` is called."""
    found = []
    for result in results:
        found.append(result)
        tick()
    return found


def in_order(
    work: Callable[[Job], Result],
    jobs: Sequence[Job],
    count: int,
    start: str,
    begin: Callable[[], None],
    tick: Callable[[], None] = nothing,
) -> list[Result]:
    """Return the results in the order of the jobs, from `count` processes that end with this one, however it ends.

    Args:
        work: a function of one job; it can be pickled.
        jobs: each can be pickled.
        count: how many processes.
        start: how they are started, `fork` or `spawn`.
        begin: is called in each of them first.
        tick: is called here after each result.

    Raises:
        InputError: a process was killed.
    """
    context = multiprocessing.get_context(start)
    try:
        with ProcessPoolExecutor(count, mp_context=context, initializer=begin) as pool, stopping.ending_children():
            with stopping.starting_children():
                results = pool.map(work, jobs)
            return counted(results, tick)
    except BrokenProcessPool:
        raise InputError(KILLED) from None
