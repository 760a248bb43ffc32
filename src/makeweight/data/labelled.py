"""Encoded rows with their class index: what networks learn from."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array, issparse, vstack

Inputs = Mapping[str, np.ndarray | csr_array]
"""Modality -> encoded array: uint8 `(n, channels, size, size)` of pictures, else float32 `(n, width)`; maybe sparse."""


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
        inputs = {name: stacked(array, other.inputs[name]) for name, array in self.inputs.items()}
        return Labelled(inputs, np.concatenate([self.labels, other.labels]))


def as_vectors(array: Any) -> Any:
    """Return rows of any shape as vectors `(n, width)`: sparse ones as they are, dense ones flattened, float32."""
    return array if issparse(array) else array.reshape(len(array), -1).astype(np.float32, copy=False)


def stacked(first: np.ndarray | csr_array, second: np.ndarray | csr_array) -> np.ndarray | csr_array:
    """Return the rows of two arrays of one kind, dense or sparse, one after the other."""
    if issparse(first):
        return vstack([first, second], format="csr")
    return np.concatenate([first, second])
