"""Networks of the latent flow: a picture autoencoder, and a velocity field over joined latent vectors."""

import math

import numpy as np
import torch
from sklearn.decomposition import PCA
from torch import Tensor, nn
from torch.nn import functional as F

from makeweight.data.codecs.spec import Spec
from makeweight.generators.networks.class_embedding import ClassEmbedding, ClassMix
from makeweight.generators.networks.decoders import Film, unit_rms
from makeweight.generators.networks.encoders import SLOPE, ResidualBlock

MIN_COMPONENT_STD = 1e-3


class ImageAutoencoder(nn.Module):
    """Picture <-> latent vector by principal components, and a convolutional refinement of what they restore.

    On a few thousand pictures and a minute of two cores, principal components restore better than a convolutional
    encoder trained from scratch (mean squared error .071 after a second against .143 after 50), and their latent
    vectors have unit variance at no cost.
    """

    LARGEST_EDGE = 64
    """Components are those of the picture at no more than this edge: the refinement adds what is finer."""

    mean: Tensor
    components: Tensor
    std: Tensor

    def __init__(self, spec: Spec, latent_dim: int, channels: int, blocks: int) -> None:
        super().__init__()
        colours, self.size, _ = spec.shape
        self.edge = min(self.size, self.LARGEST_EDGE)
        pixels = colours * self.edge**2
        self.shape = (colours, self.edge, self.edge)
        self.register_buffer("mean", torch.zeros(pixels))
        self.register_buffer("components", torch.zeros(latent_dim, pixels))
        self.register_buffer("std", torch.ones(latent_dim))
        self.first = nn.Conv2d(4 * colours, channels, 3, padding=1)
        self.from_latent = nn.Linear(latent_dim, channels)
        self.blocks = nn.Sequential(*[ResidualBlock(channels) for _ in range(blocks)])
        self.last = nn.Conv2d(channels, 4 * colours, 3, padding=1)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)  # type: ignore[arg-type]

    @torch.no_grad()
    def fit_components(self, pictures: Tensor, seed: int) -> None:
        """Fit mean and principal components to pictures `(n, channels, size, size)` in [-1, 1]."""
        flat = self.shrunk(pictures).cpu().numpy()
        found = PCA(min(len(self.std), *flat.shape), svd_solver="randomized", random_state=seed).fit(flat)
        kept = len(found.components_)
        self.mean.copy_(torch.from_numpy(found.mean_))
        self.components[:kept].copy_(torch.from_numpy(found.components_))
        # The floor keeps what does not vary, and components that few pictures do not have, from being divided by zero.
        self.std.fill_(MIN_COMPONENT_STD)
        self.std[:kept].copy_(torch.from_numpy(np.sqrt(found.explained_variance_)).clamp(min=MIN_COMPONENT_STD))

    def shrunk(self, x: Tensor) -> Tensor:
        """Pictures `(n, channels, size, size)` at the components' edge, flattened to `(n, pixels)`."""
        return (x if self.size == self.edge else F.interpolate(x, size=self.edge, mode="area")).flatten(1)

    def encode(self, x: Tensor) -> Tensor:
        """Pictures `(n, channels, size, size)` to latent vectors `(n, latent_dim)` of about unit variance."""
        return (self.shrunk(x) - self.mean) @ self.components.T / self.std

    def decode(self, latent: Tensor) -> Tensor:
        """Latent vectors `(n, latent_dim)` to pictures `(n, channels, size, size)` in about [-1, 1]."""
        x = (self.mean + (latent * self.std) @ self.components).view(-1, *self.shape)
        if self.size != self.edge:
            x = F.interpolate(x, size=self.size, mode="bilinear")
        odd = self.size % 2
        # Four pixels as channels of one: convolutions run on a quarter of the positions and see twice as far.
        folded = F.pixel_unshuffle(F.pad(x, (0, odd, 0, odd), mode="replicate"), 2)
        hidden = self.blocks(self.first(folded) + self.from_latent(latent)[:, :, None, None])
        return x + F.pixel_shuffle(self.last(F.leaky_relu(hidden, SLOPE)), 2)[:, :, : self.size, : self.size]


FREQUENCIES = 16
TIME_WAVES = 2 * FREQUENCIES
"""Numbers that tell a network the time."""


def time_waves(time: Tensor) -> Tensor:
    """Times `(n,)` in [0, 1] to sines and cosines of them, `(n, TIME_WAVES)`."""
    angles = time[:, None] * torch.exp(torch.linspace(0, math.log(200), FREQUENCIES, device=time.device))
    return torch.cat([angles.sin(), angles.cos()], dim=1)


class VelocityBlock(nn.Module):
    """A residual block modulated by time, class and mask."""

    def __init__(self, width: int, condition_dim: int) -> None:
        super().__init__()
        self.film = Film(condition_dim, width)
        self.first = nn.Linear(width, width)
        self.second = nn.Linear(width, width)
        nn.init.zeros_(self.second.weight)
        nn.init.zeros_(self.second.bias)

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """Features `(n, width)` to features of the same shape."""
        return x + self.second(F.silu(self.first(F.silu(self.film(unit_rms(x), condition)))))


class Velocity(nn.Module):
    """The velocity of flow matching at a noisy latent vector: a residual network over all modalities at once.

    The dimensions of a given modality hold their values without noise, and the others are completed from them.
    """

    def __init__(self, latent_dim: int, modalities: int, class_dim: int, width: int, blocks: int) -> None:
        super().__init__()
        condition_dim = TIME_WAVES + class_dim + modalities
        self.first = nn.Linear(latent_dim, width)
        self.blocks = nn.ModuleList([VelocityBlock(width, condition_dim) for _ in range(blocks)])
        self.last = nn.Linear(width, latent_dim)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)

    def forward(self, x: Tensor, time: Tensor, class_vectors: Tensor, given: Tensor) -> Tensor:
        """Velocities `(n, latent_dim)`.

        Args:
            x: latent vectors `(n, latent_dim)`.
            time: `(n,)` in [0, 1]: 0 is noise, 1 is data.
            class_vectors: `(n, class_dim)`.
            given: `(n, modalities)`, 1 where a modality is given.
        """
        condition = torch.cat([time_waves(time), class_vectors, given], dim=1)
        hidden = self.first(x)
        for block in self.blocks:
            hidden = block(hidden, condition)
        return self.last(unit_rms(hidden))


class Flow(nn.Module):
    """The velocity field with its class vectors, and mean and standard deviation of the latent vectors it works on."""

    mean: Tensor
    std: Tensor

    def __init__(self, class_embedding: ClassEmbedding, velocity: Velocity, latent_dim: int) -> None:
        super().__init__()
        self.class_embedding, self.velocity = class_embedding, velocity
        self.register_buffer("mean", torch.zeros(latent_dim))
        self.register_buffer("std", torch.ones(latent_dim))

    def forward(
        self,
        x: Tensor,
        time: Tensor,
        labels: Tensor,
        given: Tensor,
        class_noise: Tensor | None = None,
        mix: ClassMix | None = None,
    ) -> Tensor:
        """Velocities `(n, latent_dim)` of standardised latent vectors; for the arguments see `Velocity`."""
        return self.velocity(x, time, self.class_embedding(labels, class_noise, mix), given)

    def standardised(self, latent: Tensor) -> Tensor:
        """Latent vectors `(n, latent_dim)` with mean 0 and about standard deviation 1."""
        return (latent - self.mean) / self.std

    def restored(self, x: Tensor) -> Tensor:
        """The inverse of `standardised`."""
        return x * self.std + self.mean
