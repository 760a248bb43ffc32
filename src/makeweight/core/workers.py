"""Independent jobs in parallel, one thread each, with the same result as one after the other."""

import sys
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import torch
from threadpoolctl import threadpool_limits

from makeweight.core import cores, processes, stopping

Job = TypeVar("Job")
Result = TypeVar("Result")

inherited: Callable[[Any], Any] | None = None
"""The function that forked workers call. They inherit it with all its data, so that no data are sent to them."""
is_worker = False
"""Whether this process is a worker; a worker must not start workers of its own."""


def run_all(
    work: Callable[[Job], Result],
    jobs: Sequence[Job],
    device: torch.device,
    tick: Callable[[], None] = processes.nothing,
) -> list[Result]:
    """Return the results in the order of the jobs, from forked workers where that is safe (Linux, no GPU).

    Every job has one thread, so that the result does not depend on how many jobs run at once.

    Args:
        work: does one job.
        jobs: the longest should come first.
        device: where they run.
        tick: called after each job, for a progress bar.
    """
    global inherited
    workers = min(len(jobs), cores.available())
    if workers < 2 or device.type != "cpu" or sys.platform != "linux" or is_worker:
        return processes.counted((run_one(work, job) for job in jobs), tick)
    inherited = work
    try:
        return processes.in_order(call_inherited, jobs, workers, "fork", become_worker, tick)
    finally:
        inherited = None


def become_worker() -> None:
    """Begin a worker."""
    global is_worker
    is_worker = True
    stopping.end_with_parent()


def run_one(work: Callable[[Job], Result], job: Job) -> Result:
    """Return the result of one job on one thread; the number of threads is restored afterwards."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with threadpool_limits(1):
            return work(job)
    finally:
        torch.set_num_threads(threads)


def call_inherited(job: Any) -> Any:
    """Return the result of one job, in a forked worker.

    A fork inherits the state of the parent's OpenMP without its threads: the first parallel region would wait for them
    for ever. The worker therefore keeps to one thread until it ends, also while its result is pickled and sent.
    """
    assert inherited is not None
    torch.set_num_threads(1)
    with threadpool_limits(1):
        return inherited(job)
