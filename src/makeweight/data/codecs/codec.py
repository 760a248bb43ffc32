"""The interface of a codec: a fitted translation between the columns of a modality and arrays, in both directions."""

from pathlib import Path
from typing import Any, Protocol, Self

import numpy as np
import pandas as pd

from makeweight.core.random import RandomStream
from makeweight.data.codecs.spec import Spec
from makeweight.data.samples import Samples


class Codec(Protocol):
    """Fitted on the train split, then unchanged; `decode` reverses `encode`, up to losses that it documents."""

    params: type[Any]

    @classmethod
    def fit(cls, train: Samples, params: Any, seed: int) -> Self:
        """Fit the codec to the train rows."""
        ...

    @property
    def spec(self) -> Spec:
        """The layout of one row of what `encode` returns."""
        ...

    @property
    def column_names(self) -> tuple[str, ...]:
        """The columns that `encode` reads."""
        ...

    def encode(self, table: pd.DataFrame) -> np.ndarray:
        """Return the modality's columns as an array, one row per sample."""
        ...

    def decode(self, array: np.ndarray, stream: RandomStream | None = None) -> pd.DataFrame:
        """Return the modality's columns from an array; codecs that sample (text) take random numbers from `stream`."""
        ...

    def save(self, folder: Path) -> None:
        """Write `codec.json` (and `codec.safetensors`) into the folder."""
        ...

    @classmethod
    def load(cls, folder: Path) -> Self:
        """Read what `save` wrote."""
        ...
