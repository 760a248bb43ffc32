"""Shards on Ray: on the cluster that RAY_ADDRESS names, or on one of its own on this machine.

The only module that knows Ray, imported by `shards` where `backend: ray`. Shards travel pickled and whole, as to local
processes, so that a result has the same types and bytes; Ray Data would take them through Arrow's types and back.
"""

import os
import socket
import sys
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

from makeweight.core.errors import InputError

SETTINGS = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_AUTH_MODE": "disabled",
    "RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO": "0",
    "RAY_worker_niceness": "0",
}
"""Unless set otherwise Ray tells nobody that it is used, asks its own cluster for no token, leaves GPU variables alone,
and its workers, which do the work that this process waits for, stand back behind others no more than this process."""
os.environ.update({name: os.environ.get(name, value) for name, value in SETTINGS.items()})

try:
    import ray
    from ray.exceptions import RayError, RayTaskError
except ImportError:
    raise InputError(
        "params.yaml: `backend` is 'ray', but Ray is not installed; pip install 'ray[data]==2.60.0'"
    ) from None

RETRIES = 3
"""How often a shard is worked on again after the process that had it died."""
AHEAD = 2
"""Shards per core that are under way or waiting, so that no more lie in Ray's memory."""
KNOCK_SECONDS = 10.0

Shard = TypeVar("Shard")
Result = TypeVar("Result")


def map_shards(work: Callable[[Shard], Result], shards: Sequence[Shard], cores: int) -> list[Result]:
    """The work's results for all shards, in their order; an error that the work raises is raised here.

    Raises:
        InputError: no cluster answers at RAY_ADDRESS, or workers died over and over.
    """
    connect(cores)
    try:
        return gather(work, shards)
    except RayTaskError as error:
        raise error.cause from None
    except RayError as error:
        told = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
        raise InputError(f"backend ray: a shard was lost {RETRIES + 1} times ({told})") from None


def connect(cores: int) -> None:
    """Join the cluster of RAY_ADDRESS, or start one with so many cores that ends with this process."""
    if ray.is_initialized():
        return
    address = os.environ.get("RAY_ADDRESS")
    if address:
        knock(address)
        # Its machines need not have this code, or may have another state of it.
        options: dict[str, Any] = {"address": address, "runtime_env": {"py_modules": [str(Path(__file__).parents[1])]}}
    else:
        path = {"PYTHONPATH": os.pathsep.join(sys.path)}
        options = {"num_cpus": cores, "include_dashboard": False, "runtime_env": {"env_vars": path}}
    try:
        ray.init(log_to_driver=False, logging_level="ERROR", **options)
    except Exception as error:  # Ray raises a bare one where a machine is too busy to start it in time
        told = " ".join(str(error).split())[:200]
        raise InputError(f"backend ray: {'RAY_ADDRESS ' + repr(address) if address else 'Ray'}: {told}") from None


def knock(address: str) -> None:
    """Ray itself tries for minutes to reach `host:port` where nobody listens.

    Raises:
        InputError: nobody does.
    """
    host, _, port = address.rpartition("/")[2].rpartition(":")
    if port.isdecimal():
        try:
            socket.create_connection((host.strip("[]"), int(port)), KNOCK_SECONDS).close()
        except OSError as error:
            raise InputError(f"backend ray: RAY_ADDRESS is {address!r}, where nobody answers ({error})") from None


def gather(work: Callable[[Shard], Result], shards: Sequence[Shard]) -> list[Result]:
    """Hand out shards in their order, a few ahead, and take the results in the same order."""
    limit = AHEAD * max(1, int(ray.cluster_resources().get("CPU", 1)))
    task = ray.remote(max_retries=RETRIES)(apply)
    shared = ray.put(work)
    waiting: deque[Any] = deque()
    results: list[Result] = []
    for shard in shards:
        if len(waiting) == limit:
            results.append(ray.get(waiting.popleft()))
        waiting.append(task.remote(shared, shard))
    return [*results, *(ray.get(one) for one in waiting)]


def apply(work: Callable[[Shard], Result], shard: Shard) -> Result:
    """One shard, in a process of Ray's."""
    return work(shard)
