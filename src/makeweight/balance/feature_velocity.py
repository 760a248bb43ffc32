"""A small velocity field for flow matching over whitened rows: classes are told apart by where they lie."""

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from makeweight.core.random import global_seed, seeded

WIDTH, BLOCKS = 128, 2
BATCH = 256
LEARNING_RATE = 2e-3
FREQUENCIES = 8
SOLVER_STEPS = 10


class FeatureVelocity(nn.Module):
    """Velocities of rows on their way from noise (time 0) to data (time 1).

    That of standard normal data is known; the network learns what is to be added, at first nothing.
    """

    def __init__(self, dimensions: int) -> None:
        super().__init__()
        self.first = nn.Linear(2 * dimensions + 2 * FREQUENCIES, WIDTH)
        self.blocks = nn.ModuleList([nn.Linear(WIDTH, WIDTH) for _ in range(BLOCKS)])
        self.last = nn.Linear(WIDTH, dimensions)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)

    def forward(self, x: Tensor, time: Tensor, place: Tensor) -> Tensor:
        """Velocities `(n, k)` of rows `(n, k)` at times `(n,)`, of classes that lie at `place` `(n, k)`."""
        angles = time[:, None] * torch.pi * 2 ** torch.arange(FREQUENCIES, device=x.device) / 2
        hidden = self.first(torch.cat([x, angles.sin(), angles.cos(), place], dim=1))
        for block in self.blocks:
            hidden = hidden + F.silu(block(F.layer_norm(hidden, (WIDTH,))))
        return normal_velocity(x, time) + self.last(F.silu(hidden))


def normal_velocity(x: Tensor, time: Tensor) -> Tensor:
    """The velocity `(n, k)` that takes standard normal noise to standard normal data.

    At time t rows have variance t^2 + (1 - t)^2; half of its logarithm's slope is the factor.
    """
    return x * ((2 * time - 1) / (time.square() + (1 - time).square()))[:, None]


def fit_velocity(
    white: np.ndarray, labels: np.ndarray, places: np.ndarray, errors: np.ndarray, steps: int, seed: int
) -> FeatureVelocity:
    """Regress the velocity on straight lines from noise to rows (Lipman et al. 2023).

    A class is met as often as the root of its rows says. Noise on its place, as large as that is unsure, makes small
    classes learn from those around them.

    Args:
        white: rows `(n, k)`.
        labels: class index of each row `(n,)`.
        places: where each class lies, float32 `(classes, k)`.
        errors: the standard errors of that.
        steps: updates; without any, rows are Gaussian.
        seed: of weights and batches.
    """
    rng = seeded(seed)
    with global_seed(seed):
        network = FeatureVelocity(white.shape[1])
    adam = torch.optim.Adam(network.parameters(), lr=LEARNING_RATE)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(adam, max(1, steps))
    rows, classes = torch.from_numpy(white), torch.from_numpy(labels).long()
    told, unsure = torch.from_numpy(places), torch.from_numpy(errors)
    weights = torch.bincount(classes).double().clamp(min=1).rsqrt()[classes]
    for _ in range(steps):
        chosen = torch.multinomial(weights, BATCH, replacement=True, generator=rng)
        data, own = rows[chosen], classes[chosen]
        noise, shaken = (torch.randn(data.shape, generator=rng) for _ in range(2))
        time = torch.rand(BATCH, generator=rng)
        velocity = network(noise.lerp(data, time[:, None]), time, told[own] + shaken * unsure[own])
        loss = (velocity - (data - noise)).square().mean()
        adam.zero_grad(set_to_none=True)
        loss.backward()
        adam.step()
        schedule.step()
    return network.eval()


@torch.no_grad()
def sample_velocity(network: FeatureVelocity, places: np.ndarray, seed: int) -> np.ndarray:
    """New whitened rows, one for each class's place `(m, k)`, float32 `(m, k)`, by Heun's method."""
    told = torch.from_numpy(places)
    x = torch.randn(told.shape, generator=seeded(seed))
    for step in range(SOLVER_STEPS):
        now, then = (torch.full((len(x),), (step + ahead) / SOLVER_STEPS) for ahead in (0, 1))
        slope = network(x, now, told)
        x = x + (slope + network(x + slope / SOLVER_STEPS, then, told)) / (2 * SOLVER_STEPS)
    return x.numpy()
