"""Crisp pictures from blurred ones: each place is denoised towards what train pictures of the class show there.

The optimal denoiser of a set of train pictures gives back one of them. One that sees only a window around each place
must choose place by place, and joins pieces of several pictures to one that none of them is: by this, Kamb and Ganguli
(2024, arXiv 2412.20292) explain what convolutional diffusion models make. It needs no training.
"""

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor, nn

from makeweight.data.codecs.spec import Spec

PICTURES_PER_CLASS = 500
"""Most train pictures of a class that are kept: more of them hardly change what is near."""
LARGEST_PART = 2**22
"""Numbers that are compared at once, so that memory does not grow with the rows."""
LAST_NOISE = 0.08
"""Standard deviation of what noise is left at the last step, in pixels from -1 to 1."""
WINDOWS = 0.34, 0.16
"""Edge of the window at the first and the last step over that of the picture: areas come first, then what is fine."""
DECIMALS = 4
"""Similarities are rounded, so that they do not depend on how many rows are computed together."""


class LocalDenoiser(nn.Module):
    """Train pictures with their classes and codes, from which blurred pictures are made crisp."""

    pictures: Tensor
    labels: Tensor
    codes: Tensor

    def __init__(
        self, spec: Spec, code_dim: int, counts: Sequence[int], neighbours: int, steps: int, noise: float
    ) -> None:
        super().__init__()
        self.neighbours, self.steps, self.noise = neighbours, steps, noise
        kept = sum(min(count, PICTURES_PER_CLASS) for count in counts)
        self.register_buffer("pictures", torch.zeros(kept, *spec.shape, dtype=torch.uint8))
        self.register_buffer("labels", torch.full((kept,), -1))
        self.register_buffer("codes", torch.zeros(kept, code_dim))

    def chosen(self, labels: Tensor) -> Tensor:
        """The numbers of the train rows that are kept: of a large class, evenly many from its first to its last."""
        rows = []
        for name in labels.unique():
            members = (labels == name).nonzero().flatten()
            count = min(len(members), PICTURES_PER_CLASS)
            rows.append(members[torch.arange(count, device=labels.device) * len(members) // count])
        return torch.cat(rows)[: len(self.labels)]

    @torch.no_grad()
    def fit(self, pictures: Tensor, labels: Tensor, codes: Tensor) -> None:
        """Keep pictures `(n, channels, size, size)` in [-1, 1] of classes `(n,)` with their codes `(n, code_dim)`."""
        self.pictures[: len(labels)] = ((pictures + 1) * 127.5).round().to(torch.uint8)
        self.labels[: len(labels)] = labels
        self.codes[: len(labels)] = unit_length(codes)

    def forward(self, blurred: Tensor, codes: Tensor, labels: Tensor, noise: Tensor) -> Tensor:
        """Blurred pictures `(n, channels, size, size)` to crisp ones of the same shape, all in about [-1, 1].

        Args:
            blurred: where each picture begins.
            codes: `(n, code_dim)`, by which the nearest train pictures of the class are found.
            labels: class index of each picture `(n,)`; a class without train pictures takes those of all.
            noise: `(n, channels, size, size)` from a normal distribution.
        """
        if not self.steps or not len(self.labels):
            return blurred
        count = max(1, LARGEST_PART // (self.neighbours * blurred[0].numel()))
        parts = zip(blurred.split(count), codes.split(count), labels.split(count), noise.split(count), strict=True)
        return torch.cat([self.denoised(*part) for part in parts])

    def nearest(self, codes: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
        """Numbers of the nearest train pictures `(n, neighbours)`, and where they are of the class."""
        similarity = (unit_length(codes) @ self.codes.T * 10**DECIMALS).round()
        of_class = labels[:, None] == self.labels
        of_class |= (~of_class.any(1, keepdim=True)) & (self.labels >= 0)
        order = similarity.masked_fill(~of_class, -torch.inf).sort(dim=1, descending=True, stable=True)[1]
        order = order[:, : self.neighbours]
        return order, of_class.gather(1, order)

    def denoised(self, blurred: Tensor, codes: Tensor, labels: Tensor, noise: Tensor) -> Tensor:
        """The pictures of one part."""
        order, usable = self.nearest(codes, labels)
        near = self.pictures[order].float() / 127.5 - 1
        unusable = torch.zeros(usable.shape, device=usable.device).masked_fill(~usable, -torch.inf)[:, :, None, None]
        deviations = np.geomspace(self.noise, min(LAST_NOISE, self.noise), self.steps).tolist()
        shares = np.linspace(*WINDOWS, self.steps).tolist()
        x = blurred + self.noise * noise
        # Behind the last step no noise is left: it ends at the clean picture.
        for deviation, left, share in zip(deviations, [*deviations[1:], 0.0], shares, strict=True):
            window = 2 * max(1, round(share * blurred.shape[-1] / 2)) + 1
            distances = (x[:, None] - near).square_().sum(2)
            mean = means_around(distances, window)
            weights = (mean * (-(window**2) / (2 * deviation**2)) + unusable).softmax(1)
            clean = (weights[:, :, None] * near).sum(1)
            x = clean + (x - clean) * (left / deviation)
        return x


def means_around(values: Tensor, window: int) -> Tensor:
    """Means over the square window around each place of `(..., height, width)`, of what lies inside the picture.

    As `avg_pool2d` without its padding, by a product with a band matrix per direction: 8 to 20 times as fast on a CPU.
    """
    rows, columns = (band(size, window).to(values) for size in values.shape[-2:])
    # Products from the left are computed picture by picture, so that they do not depend on how many there are.
    return (columns @ (rows @ values).mT).mT


def band(size: int, window: int) -> Tensor:
    """The matrix `(size, size)` whose row n takes the mean of those of `window` places around n that there are."""
    places = torch.arange(size)
    near = ((places[:, None] - places).abs() <= window // 2).float()
    return near / near.sum(1, keepdim=True)


def unit_length(codes: Tensor) -> Tensor:
    """Codes `(n, d)` scaled to length 1."""
    return codes / codes.norm(dim=1, keepdim=True).clamp(min=1e-6)
