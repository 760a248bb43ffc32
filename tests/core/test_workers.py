import os
import subprocess
import sys

import numpy as np
import pytest
import torch

from makeweight.core import workers


def random_sum(seed: int) -> float:
    torch.manual_seed(seed)
    return float(torch.randn(100, 100).matmul(torch.randn(100, 100)).sum())


def test_same_results_with_one_worker_and_with_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAKEWEIGHT_THREADS", "1")
    one_by_one = workers.run_all(random_sum, [1, 2, 3], torch.device("cpu"))
    monkeypatch.setenv("MAKEWEIGHT_THREADS", "2")
    assert workers.run_all(random_sum, [1, 2, 3], torch.device("cpu")) == one_by_one


def test_workers_are_other_processes_and_inherit_what_the_job_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAKEWEIGHT_THREADS", "2")
    large = np.arange(1000)
    results = workers.run_all(lambda row: (os.getpid(), int(large[row])), [5, 7], torch.device("cpu"))
    assert [value for _, value in results] == [5, 7]
    assert os.getpid() not in [process for process, _ in results]


def test_an_error_in_a_worker_reaches_the_caller(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAKEWEIGHT_THREADS", "2")
    with pytest.raises(ZeroDivisionError):
        workers.run_all(lambda row: 1 // row, [1, 0], torch.device("cpu"))


def test_a_parent_that_used_many_threads_does_not_leave_its_workers_waiting() -> None:
    """In another process: a parallel region before the fork, and a large tensor returned by the job."""
    script = (
        "import torch\n"
        "from makeweight.core import workers\n"
        "torch.set_num_threads(2)\n"
        "large = torch.ones(3000, 3000)\n"
        "large.exp_()\n"
        "results = workers.run_all(lambda row: large * row, [1, 2], torch.device('cpu'))\n"
        "assert [float(x[0, 0]) > 2 for x in results] == [True, True]\n"
    )
    environment = {**os.environ, "OMP_NUM_THREADS": "2", "MAKEWEIGHT_THREADS": "2", "PYTHONPATH": "src"}
    subprocess.run([sys.executable, "-c", script], env=environment, check=True, timeout=300)


def test_a_worker_does_the_jobs_of_a_job_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """A process of a pool may not start a pool."""
    monkeypatch.setenv("MAKEWEIGHT_THREADS", "2")

    def outer(number: int) -> list[int]:
        return workers.run_all(lambda inner: 10 * number + inner, [1, 2], torch.device("cpu"))

    assert workers.run_all(outer, [1, 2], torch.device("cpu")) == [[11, 12], [21, 22]]
