import os

import numpy as np
import pytest
import torch

from makeweight import workers


def draw(seed: int) -> float:
    torch.manual_seed(seed)
    return float(torch.randn(100, 100).matmul(torch.randn(100, 100)).sum())


def test_same_results_with_one_worker_and_with_two(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAKEWEIGHT_THREADS", "1")
    alone = workers.run_all(draw, [1, 2, 3], torch.device("cpu"))
    monkeypatch.setenv("MAKEWEIGHT_THREADS", "2")
    assert workers.run_all(draw, [1, 2, 3], torch.device("cpu")) == alone


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
