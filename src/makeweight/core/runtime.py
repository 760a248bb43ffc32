"""Seed, device, threads, deterministic switches: the same seed gives the same bytes on the same machine."""

import random

import numpy as np
import torch

from makeweight.core import cores
from makeweight.core.errors import InputError


def prepare(seed: int) -> None:
    """Seed every generator of random numbers and fix the thread count; call once at the start of a stage."""
    random.seed(seed)
    np.random.seed(seed)
    torch.manual_seed(seed)
    torch.set_num_threads(cores.available())
    torch.backends.cudnn.deterministic = True
    torch.backends.cudnn.benchmark = False


def device(wanted: str) -> torch.device:
    """`auto` is the GPU where there is one; anything else is taken by its word."""
    if wanted == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        chosen = torch.device(wanted)
    except RuntimeError:
        raise InputError(f"params.yaml: `device` is {wanted!r}; right would be auto, cpu or cuda") from None
    if chosen.type == "cuda" and not torch.cuda.is_available():
        raise InputError(f"params.yaml: `device` is {wanted!r}, but torch finds no GPU; auto or cpu would work")
    return chosen
