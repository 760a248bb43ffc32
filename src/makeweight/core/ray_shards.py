"""Row-wise work on Ray: on the cluster that RAY_ADDRESS names, or on a new one on this machine.

The only module that imports Ray; `shards` imports it if params.yaml has `backend: ray`. Shards are sent pickled, as to
local processes, so that a result has the same types and bytes; Ray Data would convert them to Arrow's types and back.
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
"""Defaults for Ray: no usage statistics, no token for its own cluster, GPU variables unchanged, and workers with the
priority of this process, which waits for them."""
os.environ.update({name: os.environ.get(name, value) for name, value in SETTINGS.items()})

try:
    import ray
    from ray.exceptions import RayError, RayTaskError
except ImportError:
    raise InputError(
        "params.yaml: `backend` is 'ray', but Ray is not installed; pip install 'ray[data]==2.60.0'"
    ) from None

RETRIES = 3
"""How often a shard is tried again after its worker process died."""
SHARDS_PER_CORE = 2
"""Shards per core that are submitted at a time, which limits how many are in Ray's memory."""
CONNECT_TIMEOUT = 10.0

Shard = TypeVar("Shard")
Result = TypeVar("Result")


def map_shards(work: Callable[[Shard], Result], shards: Sequence[Shard], cores: int) -> list[Result]:
    """Return the results for all shards in their order; an exception raised by the work is raised here.

    Raises:
        InputError: no cluster answers at RAY_ADDRESS, or a shard's workers died `RETRIES + 1` times.
    """
    connect(cores)
    try:
        return gather(work, shards)
    except RayTaskError as error:
        raise error.cause from None
    except RayError as error:
        message = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
        raise InputError(f"backend ray: a shard was lost {RETRIES + 1} times ({message})") from None


def connect(cores: int) -> None:
    """Join the cluster of RAY_ADDRESS, or start one with `cores` cores that ends with this process."""
    if ray.is_initialized():
        return
    address = os.environ.get("RAY_ADDRESS")
    if address:
        check_reachable(address)
        # The cluster's machines may not have this code, or may have another version of it.
        options: dict[str, Any] = {"address": address, "runtime_env": {"py_modules": [str(Path(__file__).parents[1])]}}
    else:
        path = {"PYTHONPATH": os.pathsep.join(sys.path)}
        options = {"num_cpus": cores, "include_dashboard": False, "runtime_env": {"env_vars": path}}
    try:
        ray.init(log_to_driver=False, logging_level="ERROR", **options)
    except Exception as error:  # Ray raises a bare Exception if it does not start in time
        message = " ".join(str(error).split())[:200]
        raise InputError(f"backend ray: {'RAY_ADDRESS ' + repr(address) if address else 'Ray'}: {message}") from None


def check_reachable(address: str) -> None:
    """Check that something listens at `host:port`: Ray itself would try for minutes.

    Raises:
        InputError: no connection within `CONNECT_TIMEOUT` seconds.
    """
    host, _, port = address.rpartition("/")[2].rpartition(":")
    if port.isdecimal():
        try:
            socket.create_connection((host.strip("[]"), int(port)), CONNECT_TIMEOUT).close()
        except OSError as error:
            raise InputError(f"backend ray: RAY_ADDRESS is {address!r}, but nothing answers there ({error})") from None


def gather(work: Callable[[Shard], Result], shards: Sequence[Shard]) -> list[Result]:
    """Submit shards in their order, a limited number at a time, and return the results in the same order."""
    limit = SHARDS_PER_CORE * max(1, int(ray.cluster_resources().get("CPU", 1)))
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
    """Return the result for one shard; runs in a worker process of Ray."""
    return work(shard)
