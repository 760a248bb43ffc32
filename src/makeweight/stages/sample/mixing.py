"""Class mixing: rows whose class code is partly that of another class, for samples near the border of two classes."""

from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch
from torch import Tensor

from makeweight.core.errors import InputError
from makeweight.generators import Engine
from makeweight.generators.engine import SHARD
from makeweight.generators.networks.generator import ClassCode


@contextmanager
def mixed_classes(engine: Engine, share: float, seed: int) -> Iterator[None]:
    """While it lasts, `share` of the class code of every generated row is that of another class; 0 changes nothing.

    The other class is drawn by the row's place in its shard, so that it stays the same over the steps of a solver. A
    label that names no class (an engine's "any class") is left as it is. The asked label stays the row's label.

    Raises:
        InputError: the share is not in [0, 0.5], or the engine has no class code.
    """
    if not 0 <= share <= 0.5:
        raise InputError(f"params.yaml: `sample.mixing` is {share}; right would be 0 (off) to 0.5 (half another class)")
    if share == 0:
        yield
        return
    codes = [module for module in engine.modules() if isinstance(module, ClassCode)]
    if not codes:
        raise InputError(
            f"params.yaml: `sample.mixing` is {share}: engine {engine.name} has no class code to mix; right would be 0"
        )
    count = len(engine.classes)
    drawn = np.random.default_rng([seed, count]).integers(1, count, SHARD)
    offset = torch.from_numpy(drawn).to(next(engine.parameters()).device)

    def mix(code: torch.nn.Module, arguments: tuple[Tensor, ...], own: Tensor) -> Tensor:
        labels = arguments[0]
        other = torch.where(labels < count, (labels + offset[: len(labels)]) % count, labels)
        assert isinstance(code, ClassCode)
        return own.lerp(code.codes(other), share)

    hooks = [code.register_forward_hook(mix) for code in codes]
    try:
        yield
    finally:
        for hook in hooks:
            hook.remove()
