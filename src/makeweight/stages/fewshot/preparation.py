"""Pictures before they are learned from: how large they came, and one size for all."""

from io import BytesIO

import numpy as np
import pandas as pd
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional as F

MOST_COMMON = 5
"""How many picture sizes the statistics name."""

SIZE_COLUMNS = ["width", "height", "pictures"]


def measure_sizes(encoded: pd.Series) -> tuple[dict[str, float], pd.DataFrame]:
    """Width and height statistics of encoded pictures (read from their headers), and the most common sizes."""
    sizes = np.array([Image.open(BytesIO(one)).size for one in encoded.dropna()]).reshape(-1, 2)
    numbers: dict[str, float] = {"pictures": len(sizes)}
    if len(sizes) == 0:
        return numbers, pd.DataFrame(columns=SIZE_COLUMNS)
    for axis, edge in enumerate(("width", "height")):
        values = sizes[:, axis]
        summary = {"min": values.min(), "median": np.median(values), "mean": values.mean(), "max": values.max()}
        numbers |= {f"{edge}.{name}": float(value) for name, value in summary.items()}
    counts = pd.DataFrame(sizes, columns=SIZE_COLUMNS[:2]).value_counts(sort=True)
    return numbers, counts.head(MOST_COMMON).reset_index(name=SIZE_COLUMNS[2])


def resize(pictures: np.ndarray, size: int) -> Tensor:
    """uint8 pictures `(n, channels, size, size)`, averaged or interpolated to the size where they have another."""
    given = torch.from_numpy(np.ascontiguousarray(pictures))
    if given.shape[-2:] == (size, size):
        return given
    parts = [F.interpolate(part.float(), (size, size), mode="bilinear", antialias=True) for part in given.split(1024)]
    return torch.cat([part.round().clamp(0, 255).byte() for part in parts])
