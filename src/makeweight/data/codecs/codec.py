"""The contract of a codec: a fitted, two-way translation between columns and arrays."""

from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
import pandas as pd

from makeweight.data.codecs.spec import Spec
from makeweight.data.samples import Samples


class Codec(Protocol):
    """Fitted on the train split, frozen ever after. `decode(encode(table))` is the table, up to the stated loss."""

    params: type[Any]

    @classmethod
    def fit(cls, train: Samples, params: Any, seed: int) -> Self:
        """Learn the translation from train rows only."""
        ...

    @property
    def spec(self) -> Spec:
        """What `encode` returns, one row of it."""
        ...

    def encode(self, table: pd.DataFrame) -> np.ndarray:
        """Columns to an array, one row per sample."""
        ...

    def decode(self, array: np.ndarray, seed: int = 0) -> pd.DataFrame:
        """An array back to the modality's columns; `seed` serves codecs that draw (text)."""
        ...

    def save(self, folder: Path) -> None:
        """Write `codec.json` (and `codec.safetensors`) into the folder."""
        ...

    @classmethod
    def load(cls, folder: Path) -> Self:
        """What `save` wrote."""
        ...
