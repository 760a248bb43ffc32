"""What a learner is given and what it returns."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from makeweight.balance.train_split import TrainSplit
from makeweight.data.labelled import Labelled
from makeweight.learn.view_models import Model


@dataclass(frozen=True)
class Task:
    """A train split of one modality, balanced by the arm."""

    train: TrainSplit
    validation: Labelled
    """Rows that choose the epoch of a network; no other learner reads them."""
    seed: int
    device: torch.device


@dataclass(frozen=True)
class Learned:
    """A model that has learned a view."""

    predict: Callable[[Labelled], np.ndarray]
    """Class probabilities of rows, float32 `(n, classes)`."""
    model: Model | None = None
    """What the application predicts uploads with; None where it cannot."""
    steps: int = 0
    """Gradient steps of a network."""
    rejected: int | None = None
    """Synthetic rows that the learner did not accept; None where it was not asked."""


@dataclass(frozen=True)
class Predictions:
    """Class probabilities on validation and test rows, float32 `(n, classes)`, and the model if it is kept."""

    validation: np.ndarray
    test: np.ndarray
    model: Model | None = None
    steps: int = 0
    rejected: int | None = None

    def check(self) -> "Predictions":
        """The predictions themselves.

        Raises:
            FloatingPointError: a probability is NaN or infinite.
        """
        check_finite(self.validation)
        check_finite(self.test)
        return self


def check_finite(probabilities: np.ndarray) -> np.ndarray:
    """The probabilities themselves.

    Raises:
        FloatingPointError: one is NaN or infinite.
    """
    if not np.isfinite(probabilities).all():
        raise FloatingPointError("a predicted probability is not a number")
    return probabilities
