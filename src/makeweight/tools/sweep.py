"""A sweep over configurations in DVC's queue, and its results as a table: `make sweep`.

`python -m makeweight.tools.sweep queue` queues the configurations of experiments/sweep.yaml, `dvc queue start -j 2`
runs them, `... sweep wait` waits for them, and `... sweep table` writes experiments/sweep.csv.
"""

import json
import re
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from makeweight.core import entry, files, params
from makeweight.core.errors import InputError
from makeweight.core.params import Section
from makeweight.core.progress import say
from makeweight.results.revisions import numbers_at

PLAN = Path("experiments") / "sweep.yaml"
TABLE = Path("experiments") / "sweep.csv"
PREFIX = "sweep-"
WORKER_TIMEOUT, POLL_INTERVAL = 180.0, 5.0
"""Seconds to wait for a worker, which takes a while to start, and between two status requests."""


class Plan(Section):
    """What is run, with which changes, and by which number runs are compared."""

    target: str
    score: str
    """Metrics file and name, such as `metrics/train_gan/wgan_gp.json:validation.train_on_synthetic`."""
    configurations: dict[str, tuple[str, ...]]
    """Name -> overrides as `dvc exp run -S` takes them."""

    @property
    def swept(self) -> list[str]:
        """The parameters that some configuration changes, in order of first occurrence."""
        return list(
            dict.fromkeys(change.partition("=")[0] for changes in self.configurations.values() for change in changes)
        )


def dvc(*arguments: str) -> str:
    """Run a DVC command and return its output.

    Raises:
        InputError: it failed; the message is DVC's.
    """
    done = subprocess.run([sys.executable, "-m", "dvc", *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        reason = next((line for line in done.stderr.splitlines() if line.startswith("ERROR")), done.stderr.strip())
        raise InputError(f"{PLAN}: `dvc {' '.join(arguments)}`: {reason.removeprefix('ERROR: ')}")
    return done.stdout


def check_committed() -> None:
    """Check that everything a run needs is committed, because queued runs use the committed files.

    Raises:
        InputError: names what is not.
    """
    needed = ("src", "datasets", "dvc.yaml", "params.yaml")
    done = subprocess.run(["git", "status", "--porcelain", "--", *needed], capture_output=True, text=True, check=False)
    changed = [line[3:] for line in done.stdout.splitlines()]
    if changed:
        more = f" and {len(changed) - 5} more" if len(changed) > 5 else ""
        raise InputError(f"{PLAN}: queued runs use committed files only; not committed: {', '.join(changed[:5])}{more}")


def queue(plan: Plan) -> None:
    """Queue a run with unchanged parameters, `as-it-is`, and one for every configuration, each under its name."""
    check_committed()
    for name, changes in {"as-it-is": (), **plan.configurations}.items():
        overrides = [word for change in changes for word in ("-S", change)]
        dvc("exp", "run", "--queue", "--force", "--name", f"{PREFIX}{name}", *overrides, plan.target)


def wait() -> None:
    """Return when every run of the sweep has ended, and log each change of state.

    Raises:
        InputError: a run failed, or no worker is running while runs are queued.
    """
    before: dict[str, str] = {}
    seen = time.monotonic()
    while True:
        status = dvc("queue", "status")
        states = states_of(status)
        if states != before:
            counts = pd.Series(states).value_counts().sort_index()
            say(f"sweep: {', '.join(f'{count} {state.lower()}' for state, count in counts.items())}")
            before = states
        if not {"Queued", "Running"} & set(states.values()):
            break
        if re.search(r"Worker status: .*[1-9]\d* (active|idle)", status):
            seen = time.monotonic()
        elif time.monotonic() - seen > WORKER_TIMEOUT:
            raise InputError(f"{PLAN}: no worker is running; `dvc queue start -j 2` starts two workers")
        time.sleep(POLL_INTERVAL)
    failed = [name for name, state in states.items() if state == "Failed"]
    if failed:
        raise InputError(f"{PLAN}: {', '.join(failed)} failed; `dvc queue logs {failed[0]}` shows why")


def states_of(status: str) -> dict[str, str]:
    """Return the state of each run of the sweep by name, from the output of `dvc queue status`; later lines win."""
    rows = (line.split() for line in status.splitlines())
    return {row[1]: row[-1] for row in rows if len(row) > 2 and row[1].startswith(PREFIX)}


def score_of(data: Mapping[str, Any], file: str, name: str) -> Any:
    """Return a number of an experiment, or None: from what DVC shows, else from the metrics files of its commit."""
    shown = nested(data.get("metrics", {}).get(file, {}).get("data"), name)
    if shown is not None or "rev" not in data:
        return shown
    stem = file.removeprefix("metrics/").removesuffix(".json")
    return numbers_at(str(data["rev"])).get(stem, {}).get(name)


def experiments(shown: list[dict[str, Any]]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield name and data of every finished experiment in the output of `dvc exp show --json`."""
    for base in shown:
        for experiment in base.get("experiments") or []:
            last = (experiment.get("revs") or [{}])[0]
            if experiment.get("name") and last.get("data"):
                yield experiment["name"], last["data"]


def nested(values: Any, name: str) -> Any:
    """Return the value under a dotted name, or None; keys may contain dots."""
    if not name:
        return values
    pieces = name.split(".")
    for length in range(len(pieces), 0, -1):
        key = ".".join(pieces[:length])
        if isinstance(values, Mapping) and key in values:
            return nested(values[key], ".".join(pieces[length:]))
    return None


def tabulate(plan: Plan, shown: list[dict[str, Any]]) -> pd.DataFrame:
    """Return one row per finished run, best first: `configuration`, the swept parameters, `score`."""
    file, _, name = plan.score.partition(":")
    rows = []
    for experiment, data in experiments(shown):
        score = score_of(data, file, name) if experiment.startswith(PREFIX) else None
        if score is None:
            continue
        values = data.get("params", {}).get(str(params.FILE), {}).get("data", {})
        swept = {parameter: cell_text(nested(values, parameter)) for parameter in plan.swept}
        rows.append({"configuration": experiment.removeprefix(PREFIX), **swept, "score": score})
    table = pd.DataFrame(rows, columns=["configuration", *plan.swept, "score"])
    return table.sort_values("score", ascending=False, kind="stable", ignore_index=True)


def cell_text(value: Any) -> Any:
    """Return a parameter's value for one table cell: a list as words, an empty one as `none`."""
    return " ".join(map(str, value)) or "none" if isinstance(value, list) else value


def main(step: str = "") -> None:
    """Queue the sweep, wait for it or write its table.

    Raises:
        InputError: there is no such step, or it cannot be taken.
    """
    plan = params.check(Plan, params.read_yaml(PLAN), PLAN)
    if step == "queue":
        queue(plan)
    elif step == "wait":
        wait()
    elif step == "table":
        table = tabulate(plan, json.loads(dvc("exp", "show", "--json")))
        files.write_text(TABLE, table.to_csv(index=False, float_format="%.6g", lineterminator="\n"))
    else:
        raise InputError(f"{PLAN}: `python -m makeweight.tools.sweep` takes queue, wait or table, not {step!r}")


if __name__ == "__main__":
    sys.exit(entry.run_tool("sweep", lambda: main(*sys.argv[1:])))
