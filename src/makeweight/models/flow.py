"""Networks of the latent flow: a picture autoencoder, and a velocity field over joined codes."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from makeweight.models.decoders import Film, ImageDecoder, unit_rms
from makeweight.models.encoders import ImageEncoder
from makeweight.models.spec import Spec


class ImageAutoencoder(nn.Module):
    """Picture <-> code of unit variance per place (batch normalisation without scale), blurred by noise in training."""

    def __init__(self, spec: Spec, code: int, channels: int, code_noise: float) -> None:
        super().__init__()
        self.encoder = ImageEncoder(spec, code, channels, residual=True)
        self.standard = nn.BatchNorm1d(code, affine=False)
        self.decoder = ImageDecoder(spec, code, 1, channels, residual=True)
        self.code_noise = code_noise

    def encode(self, x: Tensor) -> Tensor:
        """`(n, code)`."""
        return self.standard(self.encoder(x))

    def decode(self, code: Tensor) -> Tensor:
        """Pictures in [-1, 1]; there is no class here, so the decoder's class code is a constant."""
        return self.decoder(code, code.new_ones(len(code), 1))

    def forward(self, x: Tensor, noise: Tensor) -> Tensor:
        """The picture again, from a code blurred by `noise` of the code's shape."""
        return self.decode(self.encode(x) + self.code_noise * noise)


class VelocityBlock(nn.Module):
    """A residual block modulated by time, class and mask."""

    def __init__(self, width: int, condition: int) -> None:
        super().__init__()
        self.film = Film(condition, width)
        self.first = nn.Linear(width, width)
        self.second = nn.Linear(width, width)
        nn.init.zeros_(self.second.weight)
        nn.init.zeros_(self.second.bias)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """Same shape out as in."""
        return x + self.second(F.silu(self.first(F.silu(self.film(unit_rms(x), condition)))))


class Velocity(nn.Module):
    """Where a noisy code should move: a residual network over the joined codes of all modalities.

    A modality marked as given stands in its place without noise, and the others are completed from it.
    """

    def __init__(self, code: int, modalities: int, class_width: int, width: int, blocks: int) -> None:
        super().__init__()
        self.frequencies = 16
        condition = 2 * self.frequencies + class_width + modalities
        self.first = nn.Linear(code, width)
        self.blocks = nn.ModuleList([VelocityBlock(width, condition) for _ in range(blocks)])
        self.last = nn.Linear(width, code)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)

    def forward(self, x: Tensor, time: Tensor, class_code: Tensor, given: Tensor) -> Tensor:
        """Velocity `(n, code)` at codes `(n, code)` and times `(n,)` in [0, 1]; given flags are `(n, modalities)`."""
        angles = time[:, None] * torch.exp(torch.linspace(0, math.log(200), self.frequencies, device=x.device))
        condition = torch.cat([angles.sin(), angles.cos(), class_code, given], dim=1)
        hidden = self.first(x)
        for block in self.blocks:
            hidden = block(hidden, condition)
        return self.last(unit_rms(hidden))
