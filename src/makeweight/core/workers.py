"""Independent jobs in parallel, one thread each, with the same result as one after the other."""

import multiprocessing
import sys
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import torch
from threadpoolctl import threadpool_limits

from makeweight.core import cores

Job = TypeVar("Job")
Result = TypeVar("Result")

inherited: Callable[[Any], Any] | None = None
"""The function that forked workers call. They inherit it with all its data, so that no data are sent to them."""


def run_all(work: Callable[[Job], Result], jobs: Sequence[Job], device: torch.device) -> list[Result]:
    """Return the results in the order of the jobs, from forked workers where that is safe (Linux, no GPU).

    Every job has one thread, so that the result does not depend on how many jobs run at once.
    """
    global inherited
    workers = min(len(jobs), cores.available())
    # A worker must not start workers of its own.
    is_worker = multiprocessing.current_process().daemon
    if workers < 2 or device.type != "cpu" or sys.platform != "linux" or is_worker:
        return [run_one(work, job) for job in jobs]
    inherited = work
    try:
        with multiprocessing.get_context("fork").Pool(workers) as pool:
            return pool.map(call_inherited, jobs, chunksize=1)
    finally:
        inherited = None


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
