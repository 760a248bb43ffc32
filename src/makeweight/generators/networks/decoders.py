"""Decoders, the mirror of the encoders: hidden features and a class vector to one modality."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from makeweight.core.random import RandomStream
from makeweight.data.codecs.spec import Spec
from makeweight.generators.networks.encoders import ResidualBlock, edge_after, halvings

CHOICE_TEMPERATURE = 0.7
"""Of the softmax that the gradient of a sampled category takes: lower is nearer to the hard choice, but noisier."""


class Film(nn.Module):
    """Scale and shift features by a condition (feature-wise linear modulation); starts near the identity."""

    def __init__(self, condition_dim: int, features: int) -> None:
        super().__init__()
        self.scale_shift = nn.Linear(condition_dim, 2 * features)
        nn.init.normal_(self.scale_shift.weight, std=0.02)
        nn.init.zeros_(self.scale_shift.bias)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """Features `(n, features)` or `(n, features, height, width)` under conditions `(n, condition_dim)`."""
        scale, shift = self.scale_shift(condition).view(len(x), 2, -1, *[1] * (x.ndim - 2)).unbind(1)
        return x * (1 + scale) + shift


class Unmodulated(nn.Module):
    """In the place of a `Film` where all classes share a layer."""

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """`x` as it is."""
        return x


def unit_rms(x: Tensor) -> Tensor:
    """Each position's features scaled to root mean square 1, sample by sample (no batch statistics)."""
    return x * (x.square().mean(1, keepdim=True) + 1e-6).rsqrt()


def doubled(x: Tensor, edge: int) -> Tensor:
    """Each pixel of `(n, channels, h, w)` as four, cut to `edge` x `edge`.

    A convolution behind it costs as much as one before a sub-pixel doubling, and leaves flat areas flat whatever it has
    learned: no checkerboard (Odena et al. 2016).
    """
    return F.interpolate(x, scale_factor=2, mode="nearest")[:, :, :edge, :edge]


class ImageDecoder(nn.Module):
    """From about 4x4 upwards: double, convolve, modulate by class from edges of `class_modulation_from` pixels on.

    What is coarser is shared by all classes, so that a rare class borrows it (Khorram et al. 2024, UTLO).
    """

    def __init__(
        self, spec: Spec, *, features: int, class_dim: int, channels: int, residual: bool, class_modulation_from: int
    ) -> None:
        super().__init__()
        colours, size, _ = spec.shape
        steps = halvings(size)
        self.edges = [edge_after(size, step) for step in reversed(range(steps))]
        self.first_edge = edge_after(size, steps)
        depth = channels * 2 ** (steps - 1)
        self.first = nn.Linear(features, depth * self.first_edge**2)
        self.depth = depth
        self.convolutions, self.films, self.residuals = nn.ModuleList(), nn.ModuleList(), nn.ModuleList()
        for step in range(steps):
            # The largest pictures cost most and need least: half the base number of channels there.
            out = channels * 2 ** (steps - 2 - step) if step < steps - 1 else max(8, channels // 2)
            self.convolutions.append(nn.Conv2d(depth, out, 3, padding=1))
            # The last block is always modulated: without it the class would not reach the picture at all.
            shared = self.edges[step] < class_modulation_from and step < steps - 1
            self.films.append(Unmodulated() if shared else Film(class_dim, out))
            self.residuals.append(ResidualBlock(out) if residual and step < steps - 1 else nn.Identity())
            depth = out
        self.output = nn.Conv2d(depth, colours, 3, padding=1)

    def forward(self, features: Tensor, condition: Tensor, stream: RandomStream) -> Tensor:
        """Features `(n, features)` to pictures `(n, channels, size, size)` in [-1, 1]; nothing is sampled."""
        x = self.first(features).view(len(features), self.depth, self.first_edge, self.first_edge)
        for edge, convolution, film, residual in zip(
            self.edges, self.convolutions, self.films, self.residuals, strict=True
        ):
            x = convolution(doubled(F.silu(unit_rms(x)), edge))
            x = residual(film(x, condition))
        return self.output(F.silu(unit_rms(x))).tanh()


class VectorDecoder(nn.Module):
    """Two layers to a vector, with the state of each category sampled.

    Sampling in the network keeps sharp one-hot states from telling the critic which rows are real.
    """

    def __init__(self, spec: Spec, features: int, class_dim: int) -> None:
        super().__init__()
        self.choices = [(block.start, block.stop) for block in spec.choices]
        self.hidden = nn.Linear(features, features)
        self.film = Film(class_dim, features)
        self.output = nn.Linear(features, spec.shape[0])

    def forward(self, features: Tensor, condition: Tensor, stream: RandomStream) -> Tensor:
        """Features `(n, features)` to vectors `(n, width)`, categories as hard one-hot blocks."""
        out = self.output(F.silu(self.film(unit_rms(self.hidden(F.silu(features))), condition)))
        if not self.choices:
            return out
        parts, done = [], 0
        for start, stop in self.choices:
            parts += [out[:, done:start], stream.choices(out[:, start:stop], CHOICE_TEMPERATURE)]
            done = stop
        return torch.cat([*parts, out[:, done:]], dim=1)


def build_decoders(
    specs: Mapping[str, Spec],
    *,
    features: int,
    class_dim: int,
    channels: int,
    residual: bool = False,
    class_modulation_from: int = 0,
) -> nn.ModuleDict:
    """One decoder per modality, in name order.

    Args:
        specs: modality -> shape of its rows.
        features: width of what all decoders start from.
        class_dim: width of a class's vector.
        channels: of the picture decoder's convolutions at full size, twice as many with each halving.
        residual: whether residual blocks follow the picture decoder's convolutions.
        class_modulation_from: edge in pixels from which on the class modulates a picture.
    """

    def decoder(spec: Spec) -> nn.Module:
        if spec.modality != "image":
            return VectorDecoder(spec, features, class_dim)
        return ImageDecoder(
            spec,
            features=features,
            class_dim=class_dim,
            channels=channels,
            residual=residual,
            class_modulation_from=class_modulation_from,
        )

    return nn.ModuleDict({name: decoder(specs[name]) for name in sorted(specs)})
