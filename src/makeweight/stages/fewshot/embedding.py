"""Embedding networks: pictures to points, near each other where the pictures are similar."""

import torch
from torch import Tensor, nn

from makeweight.learn.training import as_picture

MIN_MAP_SIZE = 4
"""Pooling stops once the feature map has this edge or a smaller one."""


class EmbeddingNetwork(nn.Module):
    """Convolution blocks, global average pooling, one linear layer: scaled pictures to points `(n, width)`.

    Each coordinate is centred and scaled over the batch, so that points lie around the origin rather than in a narrow
    cone when a metric loss projects them on the unit sphere; a classifier reads them as they are.
    """

    def __init__(self, shape: tuple[int, int, int], filters: int, width: int) -> None:
        super().__init__()
        channels, size, _ = shape
        blocks: list[nn.Module] = []
        wide = filters
        while size > MIN_MAP_SIZE:
            blocks += [convolution(channels, wide), nn.MaxPool2d(2)]
            channels, wide, size = wide, min(2 * wide, 4 * filters), size // 2
        self.blocks = nn.Sequential(*blocks, convolution(channels, wide), nn.AdaptiveAvgPool2d(1), nn.Flatten())
        self.project = nn.Linear(wide, width, bias=False)
        self.centre = nn.BatchNorm1d(width, affine=False)
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # a step takes a sixth less time

    def forward(self, pictures: Tensor) -> Tensor:
        """Points `(n, width)` of pictures `(n, channels, size, size)` in [-1, 1]."""
        return self.centre(self.project(self.blocks(pictures)))


def convolution(channels: int, filters: int) -> nn.Sequential:
    """A 3 x 3 convolution with batch normalisation and ReLU; the size of the map stays the same."""
    return nn.Sequential(nn.Conv2d(channels, filters, 3, padding=1, bias=False), nn.BatchNorm2d(filters), nn.ReLU())


class DifferenceHead(nn.Module):
    """Logit of "same class" from the absolute coordinate differences of two unit vectors (Koch et al. 2015)."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.linear = nn.Linear(width, 1)
        nn.init.constant_(self.linear.weight, -(width**-0.5))
        nn.init.constant_(self.linear.bias, 1.0)
        self.scale = width**0.5
        """Coordinates of unit vectors are about `width ** -0.5`; scaled, they are about 1."""

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        """Logits `(...)` of pairs of unit vectors `(..., width)`; the leading dimensions broadcast."""
        return self.linear((first - second).abs() * self.scale).squeeze(-1)


@torch.no_grad()
def embed(network: nn.Module, pictures: Tensor, batch_size: int = 512) -> Tensor:
    """Points `(n, width)` of uint8 pictures on the network's device; the network is left in evaluation mode."""
    network.eval()
    device = next(network.parameters()).device
    parts = [network(as_picture(part.to(device))) for part in pictures.split(batch_size)]
    return torch.cat(parts)
