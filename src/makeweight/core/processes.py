"""Jobs in child processes that end with this one, however it ends, and whose end is told."""

import multiprocessing
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from multiprocessing import connection
from multiprocessing.connection import Connection
from multiprocessing.pool import ExceptionWithTraceback  # type: ignore[attr-defined]
from typing import Any, TypeVar

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

    Every process has a pipe of its own, so that one that is killed while it sends its result leaves a closed pipe. With
    ProcessPoolExecutor, whose processes share one, the rest of that result would be waited for for ever.

    Args:
        work: a function of one job; it can be pickled.
        jobs: each can be pickled.
        count: how many processes.
        start: how they are started, `fork` or `spawn`.
        begin: is called in each of them first.
        tick: is called here after each result.

    Raises:
        InputError: a process was killed.
        Exception: that of the first job that failed; jobs that were not begun by then are not begun.
    """
    with started(count, start, work, begin) as idle:
        left, busy = list(enumerate(jobs))[::-1], dict[Connection, int]()
        results, failures = dict[int, Result](), dict[int, Exception]()
        while busy or left:
            while left and idle:
                number, job = left.pop()
                worker = idle.pop()
                busy[worker] = number
                send(worker, (job,))
            for ready in connection.wait(list(busy)):
                assert isinstance(ready, Connection)
                number = busy.pop(ready)
                succeeded, answer = receive(ready)
                idle.append(ready)
                if succeeded:
                    results[number] = answer
                    tick()
                else:
                    failures[number] = answer
                    left.clear()
        for worker in idle:
            send(worker, ())
    if failures:
        raise failures[min(failures)]
    return [results[number] for number in range(len(jobs))]


@contextmanager
def started(
    count: int, start: str, work: Callable[[Job], Result], begin: Callable[[], None]
) -> Iterator[list[Connection]]:
    """Start processes that answer jobs, and yield the pipe of each; wait for their end, or kill them after an error."""
    context: Any = multiprocessing.get_context(start)
    pipes, children = [], []
    with stopping.ending_children():
        with stopping.starting_children():
            for _ in range(count):
                own, other = context.Pipe()
                child = context.Process(target=answer_jobs, args=(other, work, begin))
                child.start()
                # Before the next one is forked, which would keep it open: the end of a process must close its pipe.
                other.close()
                pipes.append(own)
                children.append(child)
        yield pipes[:]
        for child in children:
            child.join()
    for pipe in pipes:
        pipe.close()


def answer_jobs(pipe: Connection, work: Callable[[Job], Result], begin: Callable[[], None]) -> None:
    """Send the result of each job that comes, or the exception that it raised, until an empty message comes."""
    begin()
    while message := pipe.recv():
        try:
            pipe.send((True, work(message[0])))
        except Exception as error:  # noqa: BLE001  # of the job, or of pickling its result: nothing is sent by then
            pipe.send((False, ExceptionWithTraceback(error, error.__traceback__)))


def send(pipe: Connection, message: tuple[Any, ...]) -> None:
    """Send a process a job, or an empty message, its last one."""
    try:
        pipe.send(message)
    except OSError:
        raise InputError(KILLED) from None


def receive(pipe: Connection) -> tuple[bool, Any]:
    """Return whether a job succeeded, and its result or its exception."""
    try:
        return pipe.recv()  # type: ignore[no-any-return]
    except (EOFError, OSError):
        raise InputError(KILLED) from None
