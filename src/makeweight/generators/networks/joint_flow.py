"""Networks of the pixel flow: the picture part and the vector part of a row, which read each other."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from makeweight.generators.networks.class_embedding import ClassEmbedding, ClassMix
from makeweight.generators.networks.decoders import unit_rms
from makeweight.generators.networks.flow import TIME_WAVES, VelocityBlock, time_waves
from makeweight.generators.networks.pixel_unet import UNet
from makeweight.generators.networks.row_parts import Parts

LEAST_NOISE = 0.05
"""Of a noisy row: with less, errors of the clean row would count more than 400 times in the loss of the velocity."""


def beside(values: Tensor, x: Tensor) -> Tensor:
    """One value per row, `(n,)`, in a shape that multiplies `x`."""
    return values.view(-1, *[1] * (x.ndim - 1))


def told(condition: Tensor) -> Tensor:
    """A condition in the size that scales and shifts well from the first update on."""
    return F.silu(unit_rms(condition))


class VectorNetwork(nn.Module):
    """From noisy vectors to vectors, in two halves like the U-Net."""

    def __init__(self, dim: int, width: int, blocks: int, condition_dim: int) -> None:
        super().__init__()
        self.first = nn.Linear(dim, width)
        self.before = nn.ModuleList([VelocityBlock(width, condition_dim) for _ in range(blocks)])
        self.after = nn.ModuleList([VelocityBlock(width, condition_dim) for _ in range(blocks)])
        self.last = nn.Linear(width, dim)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)

    def descend(self, x: Tensor, condition: Tensor) -> Tensor:
        """Vectors `(n, dim)` to features `(n, width)`."""
        hidden = self.first(x)
        for block in self.before:
            hidden = block(hidden, condition)
        return hidden

    def ascend(self, hidden: Tensor, condition: Tensor) -> tuple[Tensor, Tensor]:
        """Features `(n, width)` to vectors `(n, dim)`, and the features that they are made of."""
        for block in self.after:
            hidden = block(hidden, condition)
        hidden = unit_rms(hidden)
        return self.last(hidden), hidden


class JointNetwork(nn.Module):
    """A U-Net for pictures and a network for vectors, either of which may be missing, under one condition.

    The condition is time, class and which modalities are given. After its first half each of the two is told what the
    other has read, by way of the condition that scales and shifts every level of its second half; what the vectors are
    reaches the first half of the U-Net too.
    """

    def __init__(
        self, picture: UNet | None, vector: VectorNetwork | None, class_dim: int, flags: int, condition_dim: int
    ) -> None:
        super().__init__()
        self.picture, self.vector = picture, vector
        self.condition = nn.Sequential(
            nn.Linear(TIME_WAVES + class_dim + flags, condition_dim),
            nn.SiLU(),
            nn.Linear(condition_dim, condition_dim),
        )
        if picture is not None and vector is not None:
            width = vector.last.in_features
            self.vector_to_picture = nn.Linear(width, condition_dim)
            self.picture_to_vector = nn.Linear(picture.deepest, condition_dim)
            self.vector_to_end = nn.Linear(width, condition_dim)

    def forward(
        self, parts: Mapping[str, Tensor], time: Tensor, class_vectors: Tensor, given: Tensor
    ) -> dict[str, Tensor]:
        """The network's output for each part of a row that there is, in the part's shape.

        Args:
            parts: `image`: noisy pictures `(n, colours, size, size)`; `vector`: noisy vectors `(n, dim)`.
            time: `(n,)` in [0, 1]: 0 is noise, 1 is data.
            class_vectors: `(n, class_dim)`.
            given: `(n, modalities)`, 1 where a modality is given without noise.
        """
        condition = self.condition(torch.cat([time_waves(time), class_vectors, given], dim=1))
        start = told(condition)
        if self.vector is None:
            assert self.picture is not None
            return {"image": self.picture.ascend(self.picture.descend(parts["image"], start), start)}
        hidden = self.vector.descend(parts["vector"], start)
        if self.picture is None:
            return {"vector": self.vector.ascend(hidden, start)[0]}
        levels = self.picture.descend(parts["image"], told(condition + self.vector_to_picture(unit_rms(hidden))))
        pooled = unit_rms(levels[-1]).mean((2, 3))
        vectors, hidden = self.vector.ascend(hidden, told(condition + self.picture_to_vector(pooled)))
        return {
            "image": self.picture.ascend(levels, told(condition + self.vector_to_end(hidden))),
            "vector": vectors,
        }


class FlowNetwork(nn.Module):
    """The joint network with its class vectors, and what its output means."""

    def __init__(self, class_embedding: ClassEmbedding, network: JointNetwork, prediction: str) -> None:
        super().__init__()
        self.class_embedding, self.network, self.prediction = class_embedding, network, prediction

    def forward(
        self,
        noisy: Parts,
        time: Tensor,
        labels: Tensor,
        given: Tensor,
        class_noise: Tensor | None = None,
        mix: ClassMix | None = None,
    ) -> Parts:
        """Velocities of noisy rows; for the arguments see `JointNetwork`."""
        class_vectors = self.class_embedding(labels, class_noise, mix)
        predicted = {name: x.float() for name, x in self.network(noisy, time, class_vectors, given).items()}
        if self.prediction == "velocity":
            return predicted
        left = (1 - time).clamp(min=LEAST_NOISE)
        return {name: (x - noisy[name]) / beside(left, x) for name, x in predicted.items()}
