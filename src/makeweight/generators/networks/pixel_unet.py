"""The picture part of the pixel flow: a small U-Net over folded pictures."""

import math
from collections.abc import Sequence

from torch import Tensor, nn
from torch.nn import functional as F

from makeweight.generators.networks.decoders import Film, doubled, unit_rms


def folding(size: int, largest_edge: int) -> int:
    """The side of the square of pixels that becomes one position, so that there are `largest_edge` along an edge."""
    fold = 1
    while size > largest_edge * fold:
        fold *= 2
    return fold


class PictureBlock(nn.Module):
    """Two 3x3 convolutions beside an identity, modulated by the condition; the last one starts at zero."""

    def __init__(self, channels: int, condition_dim: int) -> None:
        super().__init__()
        self.film = Film(condition_dim, channels)
        self.first = nn.Conv2d(channels, channels, 3, padding=1)
        self.second = nn.Conv2d(channels, channels, 3, padding=1)
        nn.init.zeros_(self.second.weight)
        nn.init.zeros_(self.second.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """Features `(n, channels, height, width)` to features of the same shape."""
        hidden = F.silu(self.film(unit_rms(x), condition))
        return x + self.second(F.silu(self.first(hidden)))


class PictureBlocks(nn.Module):
    """Blocks in sequence."""

    def __init__(self, channels: int, condition_dim: int, blocks: int) -> None:
        super().__init__()
        self.blocks = nn.ModuleList([PictureBlock(channels, condition_dim) for _ in range(blocks)])

    def forward(self, x: Tensor, condition: Tensor) -> Tensor:
        """Features `(n, channels, height, width)` to features of the same shape."""
        for block in self.blocks:
            x = block(x, condition)
        return x


class Attention(nn.Module):
    """Every position reads every other one; starts as an identity."""

    HEAD = 32

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.heads = max(1, channels // self.HEAD)
        self.inward = nn.Conv2d(channels, 3 * channels, 1)
        self.outward = nn.Conv2d(channels, channels, 1)
        nn.init.zeros_(self.outward.weight)
        nn.init.zeros_(self.outward.bias)  # type: ignore[arg-type]

    def forward(self, x: Tensor) -> Tensor:
        """Features `(n, channels, height, width)` to features of the same shape."""
        count, channels, height, width = x.shape
        joined = self.inward(unit_rms(x)).permute(0, 2, 3, 1).reshape(count, height * width, 3, self.heads, -1)
        queries, keys, values = joined.permute(2, 0, 3, 1, 4)
        weights = (queries @ keys.transpose(2, 3) / math.sqrt(queries.shape[-1])).softmax(-1)
        read = (weights @ values).transpose(1, 2).reshape(count, height, width, channels).permute(0, 3, 1, 2)
        return x + self.outward(read)


class UNet(nn.Module):
    """From noisy pictures to pictures, in two halves, so that something else can be read and told in between.

    Squares of pixels are folded into channels: convolutions run on at most `largest_edge` positions along an edge.
    """

    def __init__(
        self,
        shape: Sequence[int],
        channels: int,
        multipliers: Sequence[int],
        blocks: int,
        condition_dim: int,
        largest_edge: int,
    ) -> None:
        super().__init__()
        colours, self.size, _ = shape
        self.fold = folding(self.size, largest_edge)
        # The edge is filled up so that every level's is twice the next one's.
        self.filling = -self.size % (self.fold * 2 ** (len(multipliers) - 1))
        depths = [channels * multiplier for multiplier in multipliers]
        self.deepest = depths[-1]
        self.first = nn.Conv2d(colours * self.fold**2, depths[0], 3, padding=1)
        self.down = nn.ModuleList([PictureBlocks(depth, condition_dim, blocks) for depth in depths])
        self.halvings = nn.ModuleList(
            [nn.Conv2d(depth, deeper, 2, stride=2) for depth, deeper in zip(depths, depths[1:], strict=False)]
        )
        self.attention = Attention(self.deepest)
        self.up = nn.ModuleList([PictureBlocks(depth, condition_dim, blocks) for depth in depths])
        self.narrowings = nn.ModuleList(
            [nn.Conv2d(deeper, depth, 1) for depth, deeper in zip(depths, depths[1:], strict=False)]
        )
        self.last = nn.Conv2d(depths[0], colours * self.fold**2, 3, padding=1)
        nn.init.zeros_(self.last.weight)
        nn.init.zeros_(self.last.bias)  # type: ignore[arg-type]

    def descend(self, x: Tensor, condition: Tensor) -> list[Tensor]:
        """Pictures `(n, colours, size, size)` to the features of every level, the finest first."""
        x = F.pad(x, (0, self.filling, 0, self.filling), mode="replicate") if self.filling else x
        hidden = self.first(F.pixel_unshuffle(x, self.fold))
        levels = []
        for depth, blocks in enumerate(self.down):
            hidden = blocks(self.halvings[depth - 1](hidden) if depth else hidden, condition)
            levels.append(hidden)
        levels[-1] = self.attention(levels[-1])
        return levels

    def ascend(self, levels: list[Tensor], condition: Tensor) -> Tensor:
        """The features of every level to pictures `(n, colours, size, size)`."""
        hidden = levels[-1]
        for depth in reversed(range(len(levels))):
            if depth < len(levels) - 1:
                hidden = levels[depth] + doubled(self.narrowings[depth](hidden), levels[depth].shape[2])
            hidden = self.up[depth](hidden, condition)
        pictures = F.pixel_shuffle(self.last(F.silu(unit_rms(hidden))), self.fold)
        return pictures[:, :, : self.size, : self.size]
