"""The class as a learned vector, which branches of a network are modulated with."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor, nn

from makeweight.core.random import RandomStream


@dataclass(frozen=True)
class ClassMix:
    """Another class for each row, `(n,)` class indices, and the share of its vector in the row's."""

    others: Tensor
    share: float


def sample_mix(labels: Tensor, classes: int, share: float, stream: RandomStream) -> ClassMix | None:
    """Another class for each label, all others equally likely; None where the share is 0."""
    if share == 0:
        return None
    steps = 1 + stream.integers(classes - 1, len(labels)).to(labels.device)
    return ClassMix((labels + steps) % classes, share)


class ClassEmbedding(nn.Module):
    """A learned vector per class, with noise of standard deviation `noise / sqrt(rows of the class)` in training.

    The noise keeps a rare class from collapsing on its few rows (Rangwani et al. 2023, NoisyTwins).
    """

    noise_std: Tensor

    def __init__(self, counts: Tensor, dim: int, noise: float) -> None:
        super().__init__()
        self.embedding = nn.Embedding(len(counts), dim)
        self.register_buffer("noise_std", noise / counts.float().clamp(min=1).sqrt())

    @classmethod
    def with_any(cls, counts: Sequence[int], dim: int, noise: float) -> Self:
        """With one index more than there are classes, that of a row of any class.

        Args:
            counts: rows of each class.
            dim: width of a class's vector.
            noise: see the class.
        """
        return cls(torch.tensor([*counts, max(counts)]), dim, noise)

    @property
    def dim(self) -> int:
        """Width of a class's vector."""
        return self.embedding.embedding_dim

    def forward(self, labels: Tensor, noise: Tensor | None = None, mix: ClassMix | None = None) -> Tensor:
        """Class indices `(n,)` to vectors `(n, dim)`; `noise` is standard normal, of the same shape."""
        vectors = self.embedding(labels)
        if mix is not None:
            vectors = vectors.lerp(self.embedding(mix.others), mix.share)
        return vectors if noise is None else vectors + self.noise_std[labels, None] * noise
