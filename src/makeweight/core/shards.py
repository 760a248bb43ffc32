"""Row-wise work on shards of a table, with the same result in one process, in several, or on a Ray cluster."""

from collections.abc import Callable, Sequence
from typing import Literal, TypeVar

import pandas as pd
from pydantic import TypeAdapter, ValidationError

from makeweight.core import cores, params, stopping
from makeweight.core.errors import InputError
from makeweight.core.processes import in_order

ROWS = 512
"""Rows per shard; fixed, so that results do not depend on the number of workers."""

Backend = Literal["local", "ray"]
"""Where the work is done: in processes of this machine, or on a Ray cluster."""

Shard = TypeVar("Shard")
Result = TypeVar("Result")


def backend() -> Backend:
    """Return the parameter `backend`.

    Raises:
        InputError: it is not one of `Backend`.
    """
    name = params.value("backend")
    try:
        return TypeAdapter(Backend).validate_python(name)
    except ValidationError:
        raise InputError(f"{params.FILE}: `backend` is {name!r}; right would be local or ray") from None


def cut(table: pd.DataFrame) -> list[pd.DataFrame]:
    """Return the table in shards of `ROWS` rows; an empty table becomes one empty shard."""
    return [table.iloc[start : start + ROWS] for start in range(0, max(1, len(table)), ROWS)]


def map_shards(
    work: Callable[[Shard], Result], shards: Sequence[Shard], backend: Backend = "local", processes: int | None = None
) -> list[Result]:
    """Return the results for all shards, in their order.

    Args:
        work: a function of one shard; it can be pickled.
        shards: such as `cut` returns.
        backend: where the work is done.
        processes: how many work at once on `local`; by default one per available core.

    Raises:
        InputError: a process was killed; Ray is not installed, does not answer, or lost a shard's workers too often.
    """
    if backend == "ray":
        from makeweight.core import ray_shards

        return ray_shards.map_shards(work, shards, cores.available())
    processes = min(processes or cores.available(), len(shards))
    if processes < 2:
        return [work(shard) for shard in shards]
    return in_order(work, shards, processes, "spawn", stopping.end_with_parent)
