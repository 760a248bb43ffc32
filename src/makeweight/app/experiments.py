"""The runs that `dvc exp show` lists: the workspace, commits and experiments."""

import json
import subprocess
import sys
import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from os import environ
from typing import Any

from makeweight.core.errors import InputError
from makeweight.results.revisions import numbers_at

CACHE_SECONDS = 20.0
TIMEOUT_SECONDS = 60.0


Metric = tuple[str, str]
"""A metrics file below metrics/, without its ending, and a name in it."""


@dataclass(frozen=True, slots=True)
class ExperimentRun:
    """One row of `dvc exp show`: the workspace, a commit, or an experiment under it."""

    key: str
    name: str
    commit: str
    created: str
    params: dict[str, Any]
    metrics: dict[Metric, float | str]


def flat(values: Any, start: str = "") -> dict[str, Any]:
    """Flatten nested mappings to dotted names; a list becomes one text."""
    if isinstance(values, dict):
        merged: dict[str, Any] = {}
        for name, value in values.items():
            merged.update(flat(value, f"{start}.{name}" if start else str(name)))
        return merged
    return {start: ", ".join(map(str, values)) if isinstance(values, list) else values}


def run_of(entry: dict[str, Any]) -> ExperimentRun | None:
    """Parse an entry of `dvc exp show --json`; None where DVC could not read the run."""
    found = entry.get("data")
    if not found:
        return None
    revision = str(entry["rev"])
    parameters: dict[str, Any] = {}
    for file, content in (found.get("params") or {}).items():
        values = flat(content.get("data") or {})
        parameters.update(values if file == "params.yaml" else {f"{file}:{name}": v for name, v in values.items()})
    numbers: dict[Metric, float | str] = {}
    for file, content in (found.get("metrics") or {}).items():
        stage = file.removeprefix("metrics/").removesuffix(".json")
        numbers.update({(stage, name): value for name, value in flat(content.get("data") or {}).items()})
    commit = "" if revision == "workspace" else revision[:7]
    created = str(found.get("timestamp") or "")[:16].replace("T", " ")
    return ExperimentRun(
        revision[:12], str(entry.get("name") or commit or revision), commit, created, parameters, numbers
    )


def runs_of(baselines: list[dict[str, Any]]) -> list[ExperimentRun]:
    """Return all runs: the commits first, then their experiments, each in DVC's order."""
    entries = list(baselines)
    for baseline in baselines:
        for experiment in baseline.get("experiments") or []:
            entries.extend(experiment.get("revs") or [])
    listed = [run_of(entry) for entry in entries]
    return [run for run in listed if run is not None]


def load_runs() -> list[ExperimentRun]:
    """Ask DVC for the runs.

    Raises:
        InputError: the folder is no DVC project, or DVC did not answer in time.
    """
    command = [sys.executable, "-m", "dvc", "exp", "show", "--json", "--num", "5"]
    try:
        finished = subprocess.run(
            command, capture_output=True, timeout=TIMEOUT_SECONDS, check=False, env={**environ, "DVC_NO_ANALYTICS": "1"}
        )
        return runs_of(json.loads(finished.stdout))
    except subprocess.TimeoutExpired:
        raise InputError("`dvc exp show` did not answer in time") from None
    except json.JSONDecodeError:
        raise InputError("`dvc exp show` finds no runs here; `dvc repro` makes the first one") from None


def with_all_numbers(run: ExperimentRun) -> ExperimentRun:
    """Return the run with the numbers of all its metrics files, of which DVC shows those of the headline."""
    files = numbers_at(run.commit or run.key)
    return replace(run, metrics={**run.metrics, **{(file, name): value for file, numbers in files.items()
                                                   for name, value in numbers.items()}})  # fmt: skip


EXECUTOR = ThreadPoolExecutor(1, thread_name_prefix="dvc")
"""Asks DVC beside the requests."""


class RunCache:
    """The runs, kept for some seconds, since DVC takes seconds to answer."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.known: tuple[float, list[ExperimentRun]] | None = None
        self.asking: Future[list[ExperimentRun]] | None = None

    def all(self) -> list[ExperimentRun]:
        """Return the runs, at most `CACHE_SECONDS` seconds old."""
        with self.lock:
            if self.known is None or time.monotonic() - self.known[0] > CACHE_SECONDS:
                self.known = time.monotonic(), load_runs()
            return self.known[1]

    def soon(self, seconds: float) -> list[ExperimentRun] | None:
        """Return the runs as they are known, even if that is long ago, and ask DVC again where it is.

        Where nothing is known yet, wait some seconds for DVC, and return None if it needs longer.

        Raises:
            InputError: as for `load_runs`.
        """
        known = self.known
        if known is not None and time.monotonic() - known[0] <= CACHE_SECONDS:
            return known[1]
        asked = self.asking
        # What nobody waited for is read now, where it is the answer; an old answer is asked again.
        if asked is None or (known is not None and asked.done()):
            asked = self.asking = EXECUTOR.submit(self.all)
        if known is not None:
            return known[1]
        try:
            return asked.result(seconds)
        except TimeoutError:
            return None
        finally:
            if asked.done():
                self.asking = None


RUNS = RunCache()
