"""Independent jobs side by side, one thread each, with the same result as one after the other."""

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
"""What forked workers call: they inherit it with all its data, so that nothing large is sent to them."""


def run_all(work: Callable[[Job], Result], jobs: Sequence[Job], device: torch.device) -> list[Result]:
    """The results in the order of the jobs; forked workers where that is safe (Linux, no GPU), else one by one.

    One thread per job everywhere, so that the bytes do not depend on how many jobs run at once.
    """
    global inherited
    workers = min(len(jobs), cores.available())
    if workers < 2 or device.type != "cpu" or sys.platform != "linux":
        return [alone(work, job) for job in jobs]
    inherited = work
    try:
        with multiprocessing.get_context("fork").Pool(workers) as pool:
            return pool.map(call_inherited, jobs, chunksize=1)
    finally:
        inherited = None


def alone(work: Callable[[Job], Result], job: Job) -> Result:
    """One job on one thread; the number of threads is put back afterwards."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with threadpool_limits(1):
            return work(job)
    finally:
        torch.set_num_threads(threads)


def call_inherited(job: Any) -> Any:
    """One job in a forked worker.

    A fork inherits the parent's OpenMP as it stood, without its threads: the first parallel region waits for them for
    ever. The worker therefore stays at one thread to its end, also while its result is packed and sent.
    """
    assert inherited is not None
    torch.set_num_threads(1)
    with threadpool_limits(1):
        return inherited(job)
