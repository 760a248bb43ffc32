"""Row-wise work, shard by shard: the same result in one process, in several, or on a Ray cluster."""

import multiprocessing
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import Literal, TypeVar

import pandas as pd
from pydantic import TypeAdapter, ValidationError

from makeweight.core import cores, params
from makeweight.core.errors import InputError

ROWS = 512
"""Rows per shard; fixed, so that nothing depends on how many workers there are."""

Backend = Literal["local", "ray"]
"""Where shards are worked on: in processes of this machine, or on a Ray cluster."""

Shard = TypeVar("Shard")
Result = TypeVar("Result")


def backend() -> Backend:
    """The parameter `backend`.

    Raises:
        InputError: it names none.
    """
    wanted = params.value("backend")
    try:
        return TypeAdapter(Backend).validate_python(wanted)
    except ValidationError:
        raise InputError(f"{params.FILE}: `backend` is {wanted!r}; right would be local or ray") from None


def cut(table: pd.DataFrame) -> list[pd.DataFrame]:
    """The table in shards of `ROWS` rows; an empty table is one empty shard."""
    return [table.iloc[start : start + ROWS] for start in range(0, max(1, len(table)), ROWS)]


def map_shards(
    work: Callable[[Shard], Result], shards: Sequence[Shard], backend: Backend = "local", processes: int | None = None
) -> list[Result]:
    """The work's results for all shards, in their order.

    Args:
        work: can be pickled, and knows nothing of other shards.
        shards: such as `cut` makes them.
        backend: where.
        processes: on `local`, how many work at once; by default as `cores.available` says.

    Raises:
        InputError: Ray is wanted and not installed, does not answer, or loses its workers again and again.
    """
    if backend == "ray":
        from makeweight.core import ray_shards

        return ray_shards.map_shards(work, shards, cores.available())
    processes = min(processes or cores.available(), len(shards))
    if processes < 2:
        return [work(shard) for shard in shards]
    with ProcessPoolExecutor(processes, mp_context=multiprocessing.get_context("spawn")) as pool:
        return list(pool.map(work, shards))
