"""Differentiable augmentation of what a critic sees, real and fake alike (Zhao et al. 2020, DiffAugment)."""

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

from makeweight.core.errors import InputError
from makeweight.core.random import RandomStream


def colour(x: Tensor, stream: RandomStream) -> Tensor:
    """Random brightness, saturation and contrast per picture."""
    brightness, saturation, contrast = stream.uniform(3, len(x), 1, 1, 1, rows=1).to(x.device).unbind(0)
    x = x + (brightness - 0.5)
    grey = x.mean(1, keepdim=True)
    x = grey + (x - grey) * 2 * saturation
    mean = x.mean((1, 2, 3), keepdim=True)
    return mean + (x - mean) * (contrast + 0.5)


def translation(x: Tensor, stream: RandomStream, share: float = 0.125) -> Tensor:
    """Shift each picture by up to an eighth of its edge; the border is repeated."""
    most = max(1, round(x.shape[-1] * share))
    padded = F.pad(x, [most] * 4, mode="replicate")
    down, right = stream.integers(2 * most + 1, 2, len(x), rows=1).to(x.device)
    rows = (torch.arange(x.shape[2], device=x.device)[None] + down[:, None])[:, :, None]
    columns = (torch.arange(x.shape[3], device=x.device)[None] + right[:, None])[:, None, :]
    pictures = torch.arange(len(x), device=x.device)[:, None, None]
    return padded.permute(0, 2, 3, 1)[pictures, rows, columns].permute(0, 3, 1, 2)


def cutout(x: Tensor, stream: RandomStream, share: float = 0.5) -> Tensor:
    """Blank a square of half the edge at a random position (it may extend beyond the border)."""
    edge = x.shape[-1]
    half = max(1, round(edge * share) // 2)
    centre = stream.integers(edge, 2, len(x), 1, rows=1).to(x.device)
    position = torch.arange(edge, device=x.device)[None]
    down, right = ((position - centre[0]).abs() < half), ((position - centre[1]).abs() < half)
    return x * ~(down[:, :, None] & right[:, None, :])[:, None]


AUGMENTATIONS = {"colour": colour, "translation": translation, "cutout": cutout}


def augment(
    content: Mapping[str, Tensor], names: Sequence[str], instance_noise: float, stream: RandomStream
) -> dict[str, Tensor]:
    """Pictures by the named augmentations in order; vectors by a little noise."""
    changed = {}
    for modality, x in content.items():
        if x.ndim == 4:
            for name in names:
                x = AUGMENTATIONS[name](x, stream)
        elif instance_noise:
            x = x + instance_noise * stream.normal(*x.shape).to(x.device)
        changed[modality] = x
    return changed


def check_names(names: Sequence[str], field: str) -> None:
    """Every name is a known augmentation."""
    for name in names:
        if name not in AUGMENTATIONS:
            raise InputError(f"params.yaml: `{field}` has {name!r}; known are {', '.join(sorted(AUGMENTATIONS))}")
