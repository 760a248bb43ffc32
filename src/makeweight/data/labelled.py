"""Encoded rows with their class index: what networks learn from."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

Inputs = Mapping[str, np.ndarray]
"""Modality -> encoded array: uint8 `(n, channels, size, size)` for pictures, else float32 `(n, width)`."""


@dataclass(frozen=True)
class Labelled:
    """Encoded rows with their class indices `(n,)`."""

    inputs: Inputs
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, rows: np.ndarray) -> "Labelled":
        """Return the rows at these positions, or those where a mask is true."""
        return Labelled({name: array[rows] for name, array in self.inputs.items()}, self.labels[rows])

    def only(self, modality: str) -> "Labelled":
        """Return the same rows with one modality only."""
        return Labelled({modality: self.inputs[modality]}, self.labels)

    def joined(self, other: "Labelled") -> "Labelled":
        """Return these rows followed by those of `other`."""
        inputs = {name: np.concatenate([array, other.inputs[name]]) for name, array in self.inputs.items()}
        return Labelled(inputs, np.concatenate([self.labels, other.labels]))
