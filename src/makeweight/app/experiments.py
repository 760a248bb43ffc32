"""The runs that DVC knows: what `dvc exp show` prints, as a table."""

import json
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from os import environ
from typing import Any

from makeweight.core.errors import InputError

SECONDS_KEPT = 20.0
SECONDS_ALLOWED = 60.0


@dataclass(frozen=True, slots=True)
class Run:
    """One row of `dvc exp show`: the workspace, a commit, or an experiment under it."""

    key: str
    name: str
    commit: str
    created: str
    params: dict[str, Any]
    metrics: dict[str, float]


def flat(values: Any, start: str = "") -> dict[str, Any]:
    """Nested mappings as dotted names; lists as one value."""
    if isinstance(values, dict):
        merged: dict[str, Any] = {}
        for name, value in values.items():
            merged.update(flat(value, f"{start}.{name}" if start else str(name)))
        return merged
    return {start: ", ".join(map(str, values)) if isinstance(values, list) else values}


def run_of(entry: dict[str, Any]) -> Run | None:
    """An entry of `dvc exp show --json` as a run; None where DVC could not read it."""
    found = entry.get("data")
    if not found:
        return None
    revision = str(entry["rev"])
    parameters: dict[str, Any] = {}
    for file, content in (found.get("params") or {}).items():
        values = flat(content.get("data") or {})
        parameters.update(values if file == "params.yaml" else {f"{file}:{name}": v for name, v in values.items()})
    numbers: dict[str, float] = {}
    for file, content in (found.get("metrics") or {}).items():
        stage = file.removeprefix("metrics/").removesuffix(".json")
        numbers.update({f"{stage}: {name}": value for name, value in flat(content.get("data") or {}).items()})
    commit = "" if revision == "workspace" else revision[:7]
    created = str(found.get("timestamp") or "")[:16].replace("T", " ")
    return Run(revision[:12], str(entry.get("name") or commit or revision), commit, created, parameters, numbers)


def runs_of(shown: list[dict[str, Any]]) -> list[Run]:
    """All runs in DVC's order: each commit, then the experiments that start from it."""
    entries = list(shown)
    for baseline in shown:
        for experiment in baseline.get("experiments") or []:
            entries.extend(experiment.get("revs") or [])
    listed = [run_of(entry) for entry in entries]
    return [run for run in listed if run is not None]


def ask_dvc() -> list[Run]:
    """What DVC says now.

    Raises:
        InputError: this folder has no DVC project, or DVC did not answer in time.
    """
    command = [sys.executable, "-m", "dvc", "exp", "show", "--json", "--num", "5"]
    try:
        done = subprocess.run(
            command, capture_output=True, timeout=SECONDS_ALLOWED, check=False, env={**environ, "DVC_NO_ANALYTICS": "1"}
        )
        return runs_of(json.loads(done.stdout))
    except subprocess.TimeoutExpired:
        raise InputError("`dvc exp show` did not answer in time") from None
    except json.JSONDecodeError:
        raise InputError("`dvc exp show` has nothing to show here; `dvc repro` makes the first run") from None


class Runs:
    """The runs, asked for at most once in a while: DVC takes seconds to answer."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.known: tuple[float, list[Run]] | None = None

    def all(self) -> list[Run]:
        """The runs as DVC knew them at most `SECONDS_KEPT` seconds ago."""
        with self.lock:
            if self.known is None or time.monotonic() - self.known[0] > SECONDS_KEPT:
                self.known = time.monotonic(), ask_dvc()
            return self.known[1]


RUNS = Runs()
