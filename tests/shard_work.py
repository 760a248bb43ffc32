"""Work on shards for tests, in a module of its own so that the processes that do it start quickly."""

import os
import signal
from pathlib import Path

import numpy as np
import pandas as pd

from makeweight.core.errors import InputError


def odd(shard: pd.DataFrame) -> pd.DataFrame:
    """Types that a detour through Arrow would change: None beside NaN, bytes, mixed objects."""
    told = pd.Series([None, np.nan, b"x", 3] * (len(shard) // 4), index=shard.index, dtype=object)
    return shard.assign(told=told, text=pd.Series([None, "a"] * (len(shard) // 2), index=shard.index, dtype="str"))


def divide(shard: int) -> float:
    if shard == 3:
        raise InputError("x.csv: row 3 is empty")
    return 1 / shard


class Dying:
    """Work whose process is killed over shard 5, as often as told."""

    def __init__(self, folder: Path, deaths: int) -> None:
        self.folder, self.deaths = folder, deaths

    def __call__(self, shard: int) -> int:
        died = len(list(self.folder.iterdir()))
        if shard == 5 and died < self.deaths:
            (self.folder / f"{died}").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return shard * shard
