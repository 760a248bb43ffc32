"""Small tables in which it is known whether a decision rule helps."""

import numpy as np
import pandas as pd


def overlapping(rows: int = 400, share: float = 0.12, seed: int = 0) -> tuple[pd.DataFrame, np.ndarray]:
    """Two classes that overlap: the largest probability finds few of the rare one, a threshold finds more."""
    rng = np.random.default_rng(seed)
    labels = np.where(rng.random(rows) < share, "yes", "no")
    x = rng.normal(size=(rows, 3)) + (labels == "yes")[:, None] * 0.5
    frame = pd.DataFrame(x, columns=["a", "b", "c"])
    frame["kind"] = pd.Categorical(np.where(rng.random(rows) < 0.3 + 0.1 * (labels == "yes"), "red", "blue"))
    frame.loc[::17, "a"] = np.nan
    return frame, labels


def noise(rows: int = 300, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Labels that have nothing to do with the numbers."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(rows, 3)), (rng.random(rows) < 0.2).astype(int)
