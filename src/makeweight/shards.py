"""Row-wise work on a table, shard by shard: the same result in one process, in several, or on a cluster."""

import multiprocessing
import os
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor

import pandas as pd

ROWS = 512
"""Rows per shard; fixed, so that nothing depends on how many workers there are."""

Work = Callable[[pd.DataFrame], pd.DataFrame]
"""Row-wise work: a shard in, a table with the same index out. It can be pickled and knows nothing of other shards."""


def workers() -> int:
    """How many processes may work at once: MAKEWEIGHT_THREADS, or all cores."""
    return int(os.environ.get("MAKEWEIGHT_THREADS") or os.cpu_count() or 1)


def cut(table: pd.DataFrame) -> list[pd.DataFrame]:
    """The table in shards of `ROWS` rows; an empty table is one empty shard."""
    return [table.iloc[start : start + ROWS] for start in range(0, max(1, len(table)), ROWS)]


def map_shards(work: Work, table: pd.DataFrame, processes: int | None = None) -> pd.DataFrame:
    """The work's results for all shards, in the order of the rows."""
    pieces = cut(table)
    processes = min(processes or workers(), len(pieces))
    if processes < 2:
        return pd.concat([work(piece) for piece in pieces])
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pd.concat(list(pool.map(work, pieces)))
