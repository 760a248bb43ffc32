"""Generators of synthetic samples behind one contract: `start` a training, `load` a trained engine, `generate`.

Every module of this folder that defines an engine adds it to `ENGINES`: a new one needs no other line of code.
"""

import inspect
import pkgutil
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from makeweight.core.errors import InputError
from makeweight.core.random import global_seed
from makeweight.data.codecs.spec import Spec
from makeweight.data.labelled import Labelled
from makeweight.generators.distributed import TrainingContext
from makeweight.generators.engine import Engine, Trainer, load_layout


def discovered() -> dict[str, type[Engine]]:
    """The engines that the modules of this folder define, by name, in name order."""
    modules = [import_module(f"{__name__}.{found.name}") for found in pkgutil.iter_modules(__path__)]
    members = [member for module in modules for member in vars(module).values() if inspect.isclass(member)]
    engines = {member for member in members if issubclass(member, Engine) and hasattr(member, "name")}
    return {engine.name: engine for engine in sorted(engines, key=lambda engine: engine.name)}


ENGINES = discovered()


def find(name: str) -> type[Engine]:
    """The engine of that name.

    Raises:
        InputError: there is none.
    """
    if name not in ENGINES:
        raise InputError(f"params.yaml: `engines` has {name!r}; known are {', '.join(ENGINES)}")
    return ENGINES[name]


def start(
    name: str,
    data: Labelled,
    specs: Mapping[str, Spec],
    classes: Sequence[str],
    config: Any,
    steps: int,
    context: TrainingContext,
) -> Trainer:
    """A trainer before its first step.

    Args:
        name: a key of ENGINES.
        data: train rows as the codecs encode them, labels as indices into `classes`.
        specs: modality -> spec of the rows.
        classes: class names.
        config: the engine's parameters.
        steps: how many updates there will be (the learning rate falls towards the last).
        context: seed, device, and the processes that train together.
    """
    counts = np.bincount(data.labels, minlength=len(classes)).tolist()
    with global_seed(context.seed):
        return find(name)(specs, classes, counts, config).trainer(data, steps, context)


def load(folder: Path) -> Engine:
    """A saved engine, ready to generate."""
    layout = load_layout(folder)
    # Initial weights are overwritten, but making them must not move the caller's random numbers.
    with global_seed(0):
        return find(layout.engine).restore(folder, layout)


__all__ = ["ENGINES", "Engine", "Trainer", "TrainingContext", "find", "load", "start"]
