"""Picture augmentations for training batches: flips and shifts, the six classic ones in one pass, RandAugment."""

import math
from collections.abc import Mapping

import torch
from torch import Tensor
from torch.nn import functional as F

from makeweight.core.random import global_seed
from makeweight.learn.training import Augment

Batch = dict[str, Tensor]

ROTATION = math.radians(20)
CROP = 0.25
GAMMA = 0.4
NOISE = 0.06
PROBABILITY = 0.5
"""The probability of each of the six for a picture, independently."""

RANDAUGMENT_GROUPS = 8
"""RandAugment treats a whole tensor alike, so a batch is cut into this many groups with operations of their own."""


def classic(batch: Batch, rng: torch.Generator) -> Batch:
    """Rotate up to 20 degrees, flip both ways, crop up to a quarter, gamma 0.67 to 1.5, noise; only pictures change."""
    return {name: classic_pictures(x, rng) if x.dim() == 4 else x for name, x in batch.items()}


def classic_pictures(pictures: Tensor, rng: torch.Generator) -> Tensor:
    """Each of the six with probability one half per picture; `(n, channels, size, size)` in [-1, 1] in and out."""
    moved = F.grid_sample(
        pictures,
        F.affine_grid(
            random_placements(len(pictures), rng).to(pictures.device), list(pictures.shape), align_corners=False
        ),
        mode="bilinear",
        padding_mode="border",
        align_corners=False,
    )
    count = len(pictures)
    gamma = torch.where(coin_flips(count, rng), torch.exp(GAMMA * uniform_signed(count, rng)), torch.ones(count))
    noise = torch.where(coin_flips(count, rng), torch.full((count,), NOISE), torch.zeros(count))
    bright = moved.add(1).div(2).clamp(1e-6, 1).pow(per_picture(gamma, moved)).mul(2).sub(1)
    grain = torch.randn(pictures.shape, generator=rng).to(moved.device)
    changed = (bright + per_picture(noise, moved) * grain).clamp(-1, 1)
    return changed.contiguous(memory_format=torch.channels_last)


def random_placements(count: int, rng: torch.Generator) -> Tensor:
    """Affine matrices `(count, 2, 3)` from the new picture's coordinates to the old one's."""
    angle = ROTATION * uniform_signed(count, rng) * coin_flips(count, rng)
    left_right = 1 - 2 * coin_flips(count, rng).float()
    up_down = 1 - 2 * coin_flips(count, rng).float()
    cropped = CROP * torch.rand(count, generator=rng) * coin_flips(count, rng)
    kept = 1 - cropped
    shift = torch.stack([uniform_signed(count, rng), uniform_signed(count, rng)], 1) * cropped[:, None]
    placements = torch.empty(count, 2, 3)
    placements[:, 0, 0] = kept * torch.cos(angle) * left_right
    placements[:, 0, 1] = -kept * torch.sin(angle) * up_down
    placements[:, 1, 0] = kept * torch.sin(angle) * left_right
    placements[:, 1, 1] = kept * torch.cos(angle) * up_down
    placements[:, :, 2] = shift
    return placements


def coin_flips(count: int, rng: torch.Generator) -> Tensor:
    """True with probability one half, `(count,)`."""
    return torch.rand(count, generator=rng) < PROBABILITY


def uniform_signed(count: int, rng: torch.Generator) -> Tensor:
    """Uniform in [-1, 1], `(count,)`."""
    return torch.rand(count, generator=rng) * 2 - 1


def per_picture(values: Tensor, pictures: Tensor) -> Tensor:
    """`(n,)` reshaped to multiply `(n, channels, size, size)`."""
    return values.view(-1, 1, 1, 1).to(pictures.device)


def flip(batch: Batch, rng: torch.Generator) -> Batch:
    """Mirror left and right with probability one half; only pictures change."""
    return {name: flipped(x, rng) if x.dim() == 4 else x for name, x in batch.items()}


def flipped(pictures: Tensor, rng: torch.Generator) -> Tensor:
    """Each picture mirrored or not; `(n, channels, size, size)` in and out."""
    mirrored = coin_flips(len(pictures), rng).to(pictures.device)
    return torch.where(mirrored.view(-1, 1, 1, 1), pictures.flip(3), pictures)


def shift(batch: Batch, rng: torch.Generator) -> Batch:
    """Move up to an eighth of the size in both directions, the edge repeated; only pictures change."""
    return {name: shifted(x, rng) if x.dim() == 4 else x for name, x in batch.items()}


def shifted(pictures: Tensor, rng: torch.Generator) -> Tensor:
    """Each picture moved; `(n, channels, size, size)` in and out."""
    count, _, height, width = pictures.shape
    reach = max(1, width // 8)
    padded = F.pad(pictures, (reach,) * 4, mode="replicate")
    down, right = (torch.randint(2 * reach + 1, (count, 1, 1), generator=rng).to(pictures.device) for _ in range(2))
    rows = down + torch.arange(height, device=pictures.device)[None, :, None]
    columns = right + torch.arange(width, device=pictures.device)[None, None, :]
    each = torch.arange(count, device=pictures.device)[:, None, None]
    return padded[each, :, rows, columns].permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last)


def randaugment(batch: Batch, rng: torch.Generator) -> Batch:
    """Two random operations at medium strength (Cubuk et al. 2020); only pictures change."""
    return {name: randaugment_pictures(x, rng) if x.dim() == 4 else x for name, x in batch.items()}


def randaugment_pictures(pictures: Tensor, rng: torch.Generator) -> Tensor:
    """torchvision's RandAugment, with operations of its own for each eighth of the batch, which is in [-1, 1]."""
    from makeweight.core import vision  # noqa: F401, I001  (torchvision imports beside a CPU torch only after this)
    from torchvision.transforms import v2

    change = v2.RandAugment(num_ops=2, magnitude=9)
    pixels = pictures.add(1).mul(127.5).round().clamp(0, 255).byte()
    with global_seed(int(torch.randint(2**62, (1,), generator=rng))):
        changed = torch.cat([change(group) for group in pixels.chunk(RANDAUGMENT_GROUPS)])
    return changed.float().div(127.5).sub(1).contiguous(memory_format=torch.channels_last)


AUGMENTATIONS: Mapping[str, Augment] = {
    "classic": classic,
    "randaugment": randaugment,
    "flip": flip,
    "shift": shift,
}
