"""Decoders, the mirror of the encoders: hidden features (and a class code) to one modality."""

from collections.abc import Callable, Mapping

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from makeweight.data.codecs.spec import Spec
from makeweight.generators.networks.encoders import ResidualBlock, edge_after, halvings

Choose = Callable[..., Tensor]
"""`gumbel_softmax` or what draws as it does: logits, `tau` and `hard` to one-hot rows."""


class Film(nn.Module):
    """Scale and shift features by the class code (feature-wise linear modulation); starts as the identity."""

    def __init__(self, class_width: int, features: int) -> None:
        super().__init__()
        self.scale_shift = nn.Linear(class_width, 2 * features)
        nn.init.normal_(self.scale_shift.weight, std=0.02)
        nn.init.zeros_(self.scale_shift.bias)

    def forward(self, x: Tensor, code: Tensor) -> Tensor:
        """`x` is `(n, features)` or `(n, features, height, width)`."""
        scale, shift = self.scale_shift(code).view(len(x), 2, -1, *[1] * (x.ndim - 2)).unbind(1)
        return x * (1 + scale) + shift


class Unmodulated(nn.Module):
    """Stands where the class has no say."""

    def forward(self, x: Tensor, code: Tensor) -> Tensor:
        """`x` as it is."""
        return x


def unit_rms(x: Tensor) -> Tensor:
    """Each position's features scaled to root mean square 1, sample by sample (no batch statistics)."""
    return x * (x.square().mean(1, keepdim=True) + 1e-6).rsqrt()


def doubling(channels: int, out: int) -> nn.Conv2d:
    """The convolution before a sub-pixel doubling, `channels` to `4 * out`; the four pixels of each place start equal.

    Started apart, they leave a checkerboard on what a generator makes (Aitken et al. 2017, section 2.3).
    """
    convolution = nn.Conv2d(channels, 4 * out, 3, padding=1)
    with torch.no_grad():
        for parameter in convolution.parameters():
            parameter.copy_(parameter[::4].repeat_interleave(4, dim=0))
    return convolution


class ImageDecoder(nn.Module):
    """From about 4x4 upwards: double, convolve, modulate by class from `class_from` pixels on.

    What is coarse is shared by all classes, so that a rare class borrows it (Khorram et al. 2024, UTLO).
    """

    def __init__(
        self, spec: Spec, features: int, class_width: int, channels: int, residual: bool, class_from: int
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
            self.convolutions.append(doubling(depth, out))
            # The last block is always modulated: without it the class would not reach the picture at all.
            shared = self.edges[step] < class_from and step < steps - 1
            self.films.append(Unmodulated() if shared else Film(class_width, out))
            self.residuals.append(ResidualBlock(out) if residual and step < steps - 1 else nn.Identity())
            depth = out
        self.output = nn.Conv2d(depth, colours, 3, padding=1)

    def forward(self, features: Tensor, code: Tensor, choose: Choose) -> Tensor:
        """Pictures in [-1, 1]; there is nothing to choose."""
        x = self.first(features).view(len(features), self.depth, self.first_edge, self.first_edge)
        for edge, convolution, film, residual in zip(
            self.edges, self.convolutions, self.films, self.residuals, strict=True
        ):
            # Sub-pixel doubling: the convolution runs on the small picture, four times cheaper than after doubling.
            x = F.pixel_shuffle(convolution(F.silu(unit_rms(x))), 2)[:, :, :edge, :edge]
            x = residual(film(x, code))
        return self.output(F.silu(unit_rms(x))).tanh()


class VectorDecoder(nn.Module):
    """Two layers to a vector; each choice is drawn as a hard one-hot whose gradient is the soft one's.

    The straight-through Gumbel draw (Jang et al. 2017) keeps sharpness from giving the fakes away.
    """

    def __init__(
        self, spec: Spec, features: int, class_width: int, channels: int, residual: bool, class_from: int
    ) -> None:
        super().__init__()
        self.choices = [(block.start, block.stop) for block in spec.choices]
        self.hidden = nn.Linear(features, features)
        self.film = Film(class_width, features)
        self.output = nn.Linear(features, spec.shape[0])

    def forward(self, features: Tensor, code: Tensor, choose: Choose) -> Tensor:
        """`(n, spec width)`."""
        out = self.output(F.silu(self.film(unit_rms(self.hidden(F.silu(features))), code)))
        if not self.choices:
            return out
        parts, done = [], 0
        for start, stop in self.choices:
            parts += [out[:, done:start], choose(out[:, start:stop], tau=0.7, hard=True)]
            done = stop
        return torch.cat([*parts, out[:, done:]], dim=1)


DECODERS: Mapping[str, Callable[[Spec, int, int, int, bool, int], nn.Module]] = {
    "image": ImageDecoder,
    "tabular": VectorDecoder,
    "text": VectorDecoder,
}


def build_decoders(
    specs: Mapping[str, Spec],
    features: int,
    class_width: int,
    channels: int,
    residual: bool = False,
    class_from: int = 0,
) -> nn.ModuleDict:
    """One decoder per modality, in name order."""
    return nn.ModuleDict(
        {
            name: DECODERS[name](specs[name], features, class_width, channels, residual, class_from)
            for name in sorted(specs)
        }
    )
