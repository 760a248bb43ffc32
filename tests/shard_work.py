"""Functions of a shard for tests, in a small module, so that the processes that import it start quickly."""

import os
import signal
import time
from pathlib import Path

import numpy as np
import pandas as pd

from makeweight.core.errors import InputError


def odd(shard: pd.DataFrame) -> pd.DataFrame:
    """Return types that a conversion to Arrow would change: None beside NaN, bytes, mixed objects."""
    mixed = pd.Series([None, np.nan, b"x", 3] * (len(shard) // 4), index=shard.index, dtype=object)
    return shard.assign(mixed=mixed, text=pd.Series([None, "a"] * (len(shard) // 2), index=shard.index, dtype="str"))


def divide(shard: int) -> float:
    if shard == 3:
        raise InputError("x.csv: row 3 is empty")
    return 1 / shard


class Dying:
    """A function that kills its own process at shard 5, `deaths` times."""

    def __init__(self, folder: Path, deaths: int) -> None:
        self.folder, self.deaths = folder, deaths

    def __call__(self, shard: int) -> int:
        died = len(list(self.folder.iterdir()))
        if shard == 5 and died < self.deaths:
            (self.folder / f"{died}").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return shard * shard


class LastOne:
    """A function that leaves a file per shard, and at shard 0 waits for those of all others."""

    def __init__(self, folder: Path, shards: int) -> None:
        self.folder, self.shards = folder, shards

    def __call__(self, shard: int) -> int:
        while shard == 0 and len(list(self.folder.iterdir())) < self.shards - 1:
            time.sleep(0.02)
        if shard:
            (self.folder / str(shard)).touch()
        return shard * shard
