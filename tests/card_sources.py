"""Small tables and folders that a card is written for."""

from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image


def small_table(rows: int = 200) -> pd.DataFrame:
    random = np.random.default_rng(3)
    label = random.choice(["stays", "leaves"], rows, p=[0.8, 0.2])
    return pd.DataFrame(
        {
            "minutes": (random.normal(100, 20, rows) + 25 * (label == "leaves")).round(1),
            "plan": random.choice(["a", "b", "c"], rows),
            "churn": label,
        }
    )


def write_pictures(folder: Path, sizes: dict[str, int], side: int = 24) -> None:
    random = np.random.default_rng(4)
    for position, (name, count) in enumerate(sizes.items()):
        (folder / name).mkdir(parents=True)
        for number in range(count):
            pixels = random.integers(0, 100, (side, side, 3), dtype=np.uint8)
            pixels[:, position * 8 : position * 8 + 8] += 120
            Image.fromarray(pixels).save(folder / name / f"{number}.png")
