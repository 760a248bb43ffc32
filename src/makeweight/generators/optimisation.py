"""The steps of optimisation that all trainers share."""

from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from makeweight.generators.distributed import ProcessGroup


def cosine(step: int, steps: int, least: float = 0.02) -> float:
    """Share of the learning rate at a step: half a cosine from 1 down to `least`."""
    return least + (1 - least) * 0.5 * (1 + float(np.cos(np.pi * min(1.0, step / max(1, steps)))))


def descend(loss: Tensor, optimiser: torch.optim.Optimizer, process_group: ProcessGroup) -> None:
    """One step down the gradient of the sum of the processes' losses."""
    optimiser.zero_grad(set_to_none=True)
    loss.backward()
    process_group.all_reduce_gradients(optimiser)
    optimiser.step()


def set_rate(optimiser: torch.optim.Optimizer, rate: float) -> None:
    """Set the learning rate of every parameter group."""
    for group in optimiser.param_groups:
        group["lr"] = rate


def restore_optimiser(optimiser: torch.optim.Optimizer, state: dict[str, Any]) -> None:
    """Resume an optimiser, with its moments laid out in memory as the weights they belong to.

    A checkpoint's tensors are contiguous. Moments in another layout than their channels-last weights would be updated
    by another kernel, which rounds differently.
    """
    optimiser.load_state_dict(state)
    for weight, values in optimiser.state.items():
        for name, x in values.items():
            if isinstance(x, Tensor) and x.shape == weight.shape:
                values[name] = torch.empty_like(weight).copy_(x)


def channels_last(network: nn.Module) -> None:
    """Lay convolution weights out as the fast kernels want them."""
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
