"""The same seed gives the same numbers, and a missing device is an input error."""

import random

import numpy as np
import pytest
import torch

from makeweight.core import runtime
from makeweight.core.errors import InputError


def random_numbers() -> tuple[float, float, float]:
    return random.random(), float(np.random.rand()), float(torch.rand(()))


def test_the_seed_fixes_every_generator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAKEWEIGHT_THREADS", str(torch.get_num_threads()))
    runtime.prepare(3)
    first = random_numbers()
    assert random_numbers() != first
    runtime.prepare(3)
    assert random_numbers() == first
    runtime.prepare(4)
    assert random_numbers() != first


def test_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    assert runtime.device("auto") == torch.device("cpu")
    assert runtime.device("cpu") == torch.device("cpu")
    with pytest.raises(InputError, match="`device` is 'cuda', but torch finds no GPU"):
        runtime.device("cuda")
    with pytest.raises(InputError, match="right would be auto, cpu or cuda"):
        runtime.device("toaster")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    assert runtime.device("auto") == torch.device("cuda")
