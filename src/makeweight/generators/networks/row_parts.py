"""The parts of a row that the pixel flow works on: its picture, and one vector of all other modalities."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from makeweight.core.random import RandomStream
from makeweight.data.codecs.spec import Spec
from makeweight.generators.rows import moments

Parts = dict[str, Tensor]
"""`image`: pictures `(n, colours, size, size)`; `vector`: all other modalities, joined, `(n, dim)`; as far as any."""


class RowParts(nn.Module):
    """Rows by modality to parts and back, with the mean and standard deviation that vectors are standardised by."""

    mean: Tensor
    std: Tensor

    def __init__(self, specs: Mapping[str, Spec]) -> None:
        super().__init__()
        self.shapes = {name: spec.shape for name, spec in specs.items()}
        self.widths = {name: shape[0] for name, shape in self.shapes.items() if name != "image"}
        self.dim = sum(self.widths.values())
        self.register_buffer("mean", torch.zeros(self.dim))
        self.register_buffer("std", torch.ones(self.dim))

    @torch.no_grad()
    def fit(self, content: Mapping[str, Tensor], weights: Tensor) -> None:
        """Fit mean and standard deviation to rows whose weights sum to 1."""
        if not self.widths:
            return
        mean, std = moments(torch.cat([content[name] for name in self.widths], dim=1), weights)
        self.mean.copy_(mean)
        self.std.copy_(std)

    def encode(self, content: Mapping[str, Tensor]) -> Parts:
        """Content by modality as the flow works on it; zeros for a modality that is missing."""
        count, device = next((len(x), x.device) for x in content.values())
        whole = {
            name: content[name] if name in content else torch.zeros(count, *shape, device=device)
            for name, shape in self.shapes.items()
        }
        parts = {"image": whole["image"]} if "image" in whole else {}
        if self.widths:
            vectors = torch.cat([whole[name] for name in self.widths], dim=1)
            parts["vector"] = (vectors - self.mean) / self.std
        return parts

    def decode(self, parts: Parts) -> dict[str, Tensor]:
        """The inverse of `encode`."""
        content = {"image": parts["image"]} if "image" in parts else {}
        if self.widths:
            vectors = parts["vector"] * self.std + self.mean
            content |= dict(zip(self.widths, vectors.split(list(self.widths.values()), dim=1), strict=True))
        return content

    def free(self, given: Tensor) -> Parts:
        """Flags per modality `(n, modalities)` to 1 for each number that is generated and 0 for each that is given.

        Pictures `(n, 1, 1, 1)`, vectors `(n, dim)`.
        """
        flags = dict(zip(self.shapes, (1 - given).unbind(1), strict=True))
        free = {"image": flags["image"][:, None, None, None]} if "image" in flags else {}
        if self.widths:
            columns = [flags[name][:, None].expand(-1, width) for name, width in self.widths.items()]
            free["vector"] = torch.cat(columns, dim=1)
        return free

    def noise(self, count: int, stream: RandomStream, device: torch.device) -> Parts:
        """Standard normal numbers in the shape of `count` rows."""
        noise = {"image": stream.normal(count, *self.shapes["image"])} if "image" in self.shapes else {}
        if self.widths:
            noise["vector"] = stream.normal(count, self.dim)
        return {name: x.to(device) for name, x in noise.items()}
