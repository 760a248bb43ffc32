"""Row-wise work on Ray: on the cluster that RAY_ADDRESS names, or on a new one on this machine.

The only module that imports Ray; `shards` imports it if params.yaml has `backend: ray`. Shards are sent pickled, as to
local processes, so that a result has the same types and bytes; Ray Data would convert them to Arrow's types and back.
"""

import os
import socket
import sys
import time
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
"""Shards per core that are submitted and not done at a time, which limits how many are in Ray's memory."""
CONNECT_TIMEOUT = 10.0
CHECK_SECONDS = 2.0
"""How long no shard may come back before the cluster itself is looked at."""
PATIENCE = 45.0
"""How long a cluster may be without any core."""
HEAD_PATIENCE = 10.0
"""How long its head may not answer: 60 seconds after it has gone, in whatever work, Ray itself ends this process."""

AGAIN = "start its nodes again, and then this stage"

Shard = TypeVar("Shard")
Result = TypeVar("Result")


def map_shards(work: Callable[[Shard], Result], shards: Sequence[Shard], cores: int) -> list[Result]:
    """Return the results for all shards in their order; an exception raised by the work is raised here.

    Raises:
        InputError: no cluster answers at RAY_ADDRESS, it has lost its nodes, or a shard's workers died `RETRIES + 1`
            times.
    """
    connect(cores)
    try:
        return gather(work, shards)
    except RayTaskError as error:
        raise error.cause from None
    except RayError as error:
        message = f"{type(error).__name__}: {' '.join(str(error).split())[:200]}"
        raise InputError(f"backend ray: a shard was lost {RETRIES + 1} times ({message})") from None
    except OSError as error:  # not of the work, whose exceptions are RayTaskErrors
        raise InputError(f"backend ray: the connection to the cluster broke ({error}); {AGAIN}") from None


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
        # `local`: a new one, even where another program has one on this machine.
        options = {"address": "local", "num_cpus": cores, "include_dashboard": False}
        options["runtime_env"] = {"env_vars": path}
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
    """Submit shards in their order, a limited number at a time, and return the results in the same order.

    A shard on a slow node holds up no other one: what is limited is how many are not done.
    """
    wait_for_cluster()
    limit = SHARDS_PER_CORE * max(1, int(ray.cluster_resources().get("CPU", 1)))
    task = ray.remote(max_retries=RETRIES)(apply)
    shared = ray.put(work)
    waiting: deque[Any] = deque()
    running: list[Any] = []
    results: list[Result] = []
    for shard in shards:
        if len(running) == limit:
            running = without_one(running)
        while waiting and waiting[0] not in running:
            results.append(fetched(waiting.popleft()))
        waiting.append(task.remote(shared, shard))
        running.append(waiting[-1])
    return [*results, *(fetched(one) for one in waiting)]


def fetched(task: Any) -> Any:
    """Return the result of a submitted shard, once it is there."""
    without_one([task])
    return ray.get(task)


def without_one(running: list[Any]) -> list[Any]:
    """Wait until one of these submitted shards is done, and return the others.

    Ray itself waits for ever where no core is left.

    Raises:
        InputError: the cluster has had no core, or no head, for too long.
    """
    while True:
        done, others = ray.wait(running, timeout=CHECK_SECONDS)
        if done:
            return others
        wait_for_cluster()


def wait_for_cluster() -> None:
    """Wait until the cluster answers and has a core; most often that is so at once.

    Raises:
        InputError: it has not been so for the time that it is given.
    """
    begun = time.monotonic()
    while fault := fault_of_cluster():
        what, patience = fault
        if time.monotonic() - begun > patience:
            raise InputError(f"backend ray: {what} for {patience:.0f} seconds; {AGAIN}")
        time.sleep(min(CHECK_SECONDS, patience))


def fault_of_cluster() -> tuple[str, float] | None:
    """Return what keeps the cluster from doing any work and how long it may, or None."""
    address = ray.get_runtime_context().gcs_address
    try:
        check_reachable(address)
    except InputError:
        return f"the cluster at {address} has not answered", HEAD_PATIENCE
    if ray.cluster_resources().get("CPU", 0):
        return None
    return f"the cluster at {address} has had no core", PATIENCE


def apply(work: Callable[[Shard], Result], shard: Shard) -> Result:
    """Return the result for one shard; runs in a worker process of Ray."""
    return work(shard)
