"""Engines that make samples, behind one contract: `start` a training, `load` what it made, `generate` from it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch

from makeweight.core.errors import InputError
from makeweight.data.codecs.spec import Spec
from makeweight.data.labelled import Labelled
from makeweight.generators.adversarial import R3Gan, WganGp
from makeweight.generators.distributed import ALONE, Team
from makeweight.generators.engine import Engine, Trainer, load_layout
from makeweight.generators.latent_flow import LatentFlow

ENGINES: dict[str, type[Engine]] = {engine.name: engine for engine in (WganGp, R3Gan, LatentFlow)}


def find(name: str) -> type[Engine]:
    """The engine of that name."""
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
    seed: int,
    device: torch.device,
    team: Team = ALONE,
) -> Trainer:
    """A trainer at its first step, seeded.

    Args:
        name: a key of ENGINES.
        data: train rows as the codecs encode them, labels as indices into `classes`.
        specs: modality -> spec of the rows.
        classes: class names.
        config: the engine's parameters.
        steps: how many updates there will be (the learning rate falls towards the last).
        seed: of weights and of every draw.
        device: where to train.
        team: the processes that train together; each has all rows.
    """
    torch.manual_seed(seed)
    counts = np.bincount(data.labels, minlength=len(classes)).tolist()
    return find(name)(specs, classes, counts, config).trainer(data, steps, seed, device, team)


def load(folder: Path) -> Engine:
    """A saved engine, ready to generate."""
    layout = load_layout(folder)
    return find(layout["engine"]).restore(folder, layout)


__all__ = ["ENGINES", "Engine", "Trainer", "find", "load", "start"]
