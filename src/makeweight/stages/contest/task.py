"""What a learner is given and what it returns."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from torch import nn

from makeweight.balance.train_split import TrainSplit
from makeweight.data.labelled import Labelled


@dataclass(frozen=True)
class Task:
    """A train split of one modality, balanced by the arm, with the real splits that are predicted."""

    train: TrainSplit
    validation: Labelled
    test: Labelled
    seed: int
    device: torch.device


@dataclass(frozen=True)
class Predictions:
    """Class probabilities on validation and test rows, float32 `(n, classes)`, and the network if there is one."""

    validation: np.ndarray
    test: np.ndarray
    network: nn.Module | None = None
    description: Mapping[str, Any] = field(default_factory=dict)
    """What it takes to build the network again."""
    steps: int = 0
    """Gradient steps of the training; trees take none."""

    def check(self) -> "Predictions":
        """The predictions themselves.

        Raises:
            FloatingPointError: a probability is NaN or infinite.
        """
        if not (np.isfinite(self.validation).all() and np.isfinite(self.test).all()):
            raise FloatingPointError("a predicted probability is not a number")
        return self
