"""Seeds, device and threads, set so that the same seed gives the same bytes on the same machine."""

import os
import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch

from makeweight.core import cores
from makeweight.core.errors import InputError


def prepare(seed: int) -> None:
    """Seed all global random number generators and set the number of threads; call once at the start of a stage."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    torch.set_num_threads(cores.available())
    torch.backends.cudnn.deterministic = True
    torch.backends.cudnn.benchmark = False


@contextmanager
def threads() -> Iterator[None]:
    """Use MAKEWEIGHT_THREADS threads of torch, if it is set, and afterwards as many as before."""
    before = torch.get_num_threads()
    if os.environ.get("MAKEWEIGHT_THREADS"):
        torch.set_num_threads(cores.available())
    try:
        yield
    finally:
        torch.set_num_threads(before)


def device(name: str) -> torch.device:
    """Return the torch device of this name; `auto` is the GPU if there is one, else the CPU.

    Raises:
        InputError: no such device exists.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        chosen = torch.device(name)
    except RuntimeError:
        raise InputError(f"params.yaml: `device` is {name!r}; right would be auto, cpu or cuda") from None
    if chosen.type == "cuda" and not torch.cuda.is_available():
        raise InputError(f"params.yaml: `device` is {name!r}, but torch finds no GPU; auto or cpu would work")
    return chosen
