"""Encoders: one modality to a feature vector of a given width, by the kind of its spec. No batch statistics."""

import math
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from makeweight.data.codecs.spec import Spec

SLOPE = 0.2
"""Of every leaky rectifier."""


def halvings(size: int, smallest: int = 4) -> int:
    """How often the edge can be halved (rounding up) before it falls below `smallest`."""
    count = 0
    while math.ceil(size / 2) >= smallest:
        size, count = math.ceil(size / 2), count + 1
    return count


def edge_after(size: int, count: int) -> int:
    """The edge after `count` halvings, rounding up as a strided convolution does."""
    for _ in range(count):
        size = math.ceil(size / 2)
    return size


class ResidualBlock(nn.Module):
    """Two 3x3 convolutions beside an identity, without normalisation; the last one starts at zero (fix-up)."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)
        nn.init.zeros_(self.second.weight)
        nn.init.zeros_(self.second.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        """Same shape out as in."""
        hidden = nn.functional.leaky_relu(x, SLOPE)
        hidden = nn.functional.leaky_relu(self.first(hidden), SLOPE)
        return x + self.second(hidden)


class ImageEncoder(nn.Module):
    """Strided convolutions down to about 4x4, then one linear layer over all that is left."""

    def __init__(self, spec: Spec, width: int, channels: int, residual: bool) -> None:
        super().__init__()
        depth, size, _ = spec.shape
        layers: list[nn.Module] = []
        steps = halvings(size)
        for step in range(steps):
            out = channels * 2**step
            layers.append(nn.Conv2d(depth, out, 3, stride=2, padding=1))
            if residual and step:
                layers.append(ResidualBlock(out))
            layers.append(nn.LeakyReLU(SLOPE))
            depth = out
        self.convolutions = nn.Sequential(*layers)
        self.summary = nn.Linear(depth * edge_after(size, steps) ** 2, width)

    def forward(self, x: Tensor) -> Tensor:
        """Pictures `(n, channels, size, size)` in [-1, 1] to features `(n, width)`."""
        return self.summary(self.convolutions(x).flatten(1))


class VectorEncoder(nn.Module):
    """Two layers over a vector."""

    def __init__(self, spec: Spec, width: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(spec.shape[0], width), nn.LeakyReLU(SLOPE), nn.Linear(width, width))

    def forward(self, x: Tensor) -> Tensor:
        """Vectors `(n, spec width)` to features `(n, width)`."""
        return self.layers(x)


def build_encoders(specs: Mapping[str, Spec], *, width: int, channels: int, residual: bool = False) -> nn.ModuleDict:
    """One encoder per modality, all to features of the same width, in name order.

    Args:
        specs: modality -> shape of its rows.
        width: of the features.
        channels: of the picture encoder's first convolution, twice as many with each halving.
        residual: whether residual blocks follow the picture encoder's convolutions.
    """

    def encoder(spec: Spec) -> nn.Module:
        return ImageEncoder(spec, width, channels, residual) if spec.modality == "image" else VectorEncoder(spec, width)

    return nn.ModuleDict({name: encoder(specs[name]) for name in sorted(specs)})


class JointClassifier(nn.Module):
    """All modalities of a row to class logits: features concatenated, one hidden layer."""

    def __init__(self, specs: Mapping[str, Spec], classes: int, width: int = 64, channels: int = 16) -> None:
        super().__init__()
        self.encoders = build_encoders(specs, width=width, channels=channels)
        self.head = nn.Sequential(
            nn.LeakyReLU(SLOPE), nn.Dropout(0.2), nn.Linear(width * len(specs), 128), nn.LeakyReLU(SLOPE)
        )
        self.output = nn.Linear(128, classes)

    def forward(self, batch: Mapping[str, Tensor]) -> Tensor:
        """Logits `(n, classes)`."""
        return self.output(self.features(batch))

    def features(self, batch: Mapping[str, Tensor]) -> Tensor:
        """Features before the last layer, `(n, 128)`."""
        return self.head(torch.cat([encoder(batch[name]) for name, encoder in self.encoders.items()], dim=1))
