"""The pictures of one class set, all resized to one size, and statistics of the sizes that they came in."""

from dataclasses import dataclass
from io import BytesIO

import numpy as np
import pandas as pd
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

MAX_LISTED_SIZES = 5
"""How many of the most common picture sizes are listed."""

SIZE_COLUMNS = ["width", "height", "pictures"]


@dataclass(frozen=True)
class PictureSet:
    """The rows of one class set."""

    pictures: Tensor
    """uint8 `(n, channels, size, size)`."""
    classes: np.ndarray
    """`(n,)` indices into `names`."""
    units: np.ndarray
    """`(n,)` group of each row; a group never has rows on both sides of a comparison."""
    names: list[str]
    held_out: np.ndarray
    """`(n,)` whether the row is outside the train split, so that no generator has seen it."""

    def __len__(self) -> int:
        return len(self.classes)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Channels, height and width of a picture."""
        channels, height, width = self.pictures.shape[1:]
        return channels, height, width


def measure_sizes(encoded: pd.Series) -> tuple[dict[str, float], pd.DataFrame]:
    """Width and height statistics of encoded pictures (read from their headers), and the most common sizes."""
    sizes = np.array([Image.open(BytesIO(one)).size for one in encoded.dropna()]).reshape(-1, 2)
    numbers: dict[str, float] = {"count": len(sizes)}
    if len(sizes) == 0:
        return numbers, pd.DataFrame(columns=SIZE_COLUMNS)
    for axis, edge in enumerate(("width", "height")):
        values = sizes[:, axis]
        summary = {"min": values.min(), "median": np.median(values), "mean": values.mean(), "max": values.max()}
        numbers |= {f"{edge}.{name}": float(value) for name, value in summary.items()}
    counts = pd.DataFrame(sizes, columns=SIZE_COLUMNS[:2]).value_counts(sort=True)
    return numbers, counts.head(MAX_LISTED_SIZES).reset_index(name=SIZE_COLUMNS[2])


def resize(pictures: np.ndarray, size: int) -> Tensor:
    """uint8 pictures `(n, channels, size, size)`, resized by antialiased bilinear interpolation where necessary."""
    source = torch.from_numpy(np.ascontiguousarray(pictures))
    if source.shape[-2:] == (size, size):
        return source
    parts = [F.interpolate(part.float(), (size, size), mode="bilinear", antialias=True) for part in source.split(1024)]
    return torch.cat([part.round().clamp(0, 255).byte() for part in parts])
