"""Rows as arrays with their class index: what networks learn from."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

Inputs = Mapping[str, np.ndarray]
"""Modality -> array as its codec encoded it: uint8 pictures `(n, channels, size, size)`, float32 `(n, width)`."""


@dataclass(frozen=True)
class Labelled:
    """Rows with their class index."""

    inputs: Inputs
    labels: np.ndarray

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, rows: np.ndarray) -> "Labelled":
        """The rows at these positions (or where a mask is true)."""
        return Labelled({name: array[rows] for name, array in self.inputs.items()}, self.labels[rows])

    def only(self, modality: str) -> "Labelled":
        """The same rows with one modality only."""
        return Labelled({modality: self.inputs[modality]}, self.labels)

    def joined(self, other: "Labelled") -> "Labelled":
        """These rows, then those of `other`."""
        inputs = {name: np.concatenate([array, other.inputs[name]]) for name, array in self.inputs.items()}
        return Labelled(inputs, np.concatenate([self.labels, other.labels]))
