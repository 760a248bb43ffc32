"""A sweep of configurations through DVC's queue, and its results as one table: `make sweep`.

`python -m makeweight.sweep queue` queues what experiments/sweep.yaml lists; `dvc queue start -j 2` runs it, `... wait`
waits for it, and `python -m makeweight.tools.sweep table` writes experiments/sweep.csv.
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

from makeweight.core import files, params
from makeweight.core.errors import InputError
from makeweight.core.params import Section
from makeweight.core.progress import say

PLAN = Path("experiments") / "sweep.yaml"
TABLE = Path("experiments") / "sweep.csv"
PREFIX = "sweep-"
PATIENCE, POLL = 180.0, 5.0
"""Seconds that runs are waited for while no worker is there (workers take some to start), and between two looks."""


class Plan(Section):
    """What is run, with which changes, and which number counts."""

    target: str
    score: str
    """Metrics file and name, as `metrics/train_gan/wgan_gp.json:validation.train_on_fake`."""
    configurations: dict[str, tuple[str, ...]]
    """Name -> overrides as `dvc exp run -S` takes them."""

    @property
    def swept(self) -> list[str]:
        """The parameters that any configuration changes, in the order in which they first occur."""
        return list(
            dict.fromkeys(change.partition("=")[0] for changes in self.configurations.values() for change in changes)
        )


def dvc(*arguments: str) -> str:
    """What a DVC command prints.

    Raises:
        InputError: it failed; the message is DVC's own.
    """
    done = subprocess.run([sys.executable, "-m", "dvc", *arguments], capture_output=True, text=True, check=False)
    if done.returncode != 0:
        reason = next((line for line in done.stderr.splitlines() if line.startswith("ERROR")), done.stderr.strip())
        raise InputError(f"{PLAN}: `dvc {' '.join(arguments)}`: {reason.removeprefix('ERROR: ')}")
    return done.stdout


def check_committed() -> None:
    """A queued run sees what git tracks, as it was committed.

    Raises:
        InputError: something that a run needs is not committed.
    """
    watched = ("src", "datasets", "dvc.yaml", "params.yaml")
    done = subprocess.run(["git", "status", "--porcelain", "--", *watched], capture_output=True, text=True, check=False)
    changed = [line[3:] for line in done.stdout.splitlines()]
    if changed:
        more = f" and {len(changed) - 5} more" if len(changed) > 5 else ""
        raise InputError(f"{PLAN}: queued runs would not see what is not committed: {', '.join(changed[:5])}{more}")


def queue(plan: Plan) -> None:
    """Queue the unchanged parameters and every configuration under names of their own."""
    check_committed()
    for name, changes in {"as-it-is": (), **plan.configurations}.items():
        overrides = [word for change in changes for word in ("-S", change)]
        dvc("exp", "run", "--queue", "--force", "--name", f"{PREFIX}{name}", *overrides, plan.target)


def wait() -> None:
    """Return when every run of the sweep has ended; says whenever one begins or ends.

    Raises:
        InputError: a run failed, or no worker is there to go on with those that wait.
    """
    before: dict[str, str] = {}
    seen = time.monotonic()
    while True:
        told = dvc("queue", "status")
        states = states_of(told)
        if states != before:
            counts = pd.Series(states).value_counts().sort_index()
            say(f"sweep: {', '.join(f'{count} {state.lower()}' for state, count in counts.items())}")
            before = states
        if not {"Queued", "Running"} & set(states.values()):
            break
        if re.search(r"Worker status: .*[1-9]\d* (active|idle)", told):
            seen = time.monotonic()
        elif time.monotonic() - seen > PATIENCE:
            raise InputError(f"{PLAN}: no worker goes on with the queue; `dvc queue start -j 2` starts two")
        time.sleep(POLL)
    failed = [name for name, state in states.items() if state == "Failed"]
    if failed:
        raise InputError(f"{PLAN}: {', '.join(failed)} failed; `dvc queue logs {failed[0]}` tells why")


def states_of(told: str) -> dict[str, str]:
    """Name of each run of the sweep -> its state, in what `dvc queue status` prints; the last of a name counts."""
    rows = (line.split() for line in told.splitlines())
    return {row[1]: row[-1] for row in rows if len(row) > 2 and row[1].startswith(PREFIX)}


def experiments(shown: list[dict[str, Any]]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Name and data of every finished experiment in what `dvc exp show --json` prints."""
    for base in shown:
        for experiment in base.get("experiments") or []:
            last = (experiment.get("revs") or [{}])[0]
            if experiment.get("name") and last.get("data"):
                yield experiment["name"], last["data"]


def nested(values: Any, name: str) -> Any:
    """The value under a dotted name: keys may hold dots themselves; None where it is not there."""
    if not name:
        return values
    pieces = name.split(".")
    for length in range(len(pieces), 0, -1):
        key = ".".join(pieces[:length])
        if isinstance(values, Mapping) and key in values:
            return nested(values[key], ".".join(pieces[length:]))
    return None


def tabulate(plan: Plan, shown: list[dict[str, Any]]) -> pd.DataFrame:
    """`configuration`, the swept parameters, `score`: one row per finished run of the sweep, best first."""
    file, _, name = plan.score.partition(":")
    rows = []
    for experiment, data in experiments(shown):
        score = nested(data.get("metrics", {}).get(file, {}).get("data"), name)
        if not experiment.startswith(PREFIX) or score is None:
            continue
        values = data.get("params", {}).get(str(params.FILE), {}).get("data", {})
        swept = {parameter: written(nested(values, parameter)) for parameter in plan.swept}
        rows.append({"configuration": experiment.removeprefix(PREFIX), **swept, "score": score})
    table = pd.DataFrame(rows, columns=["configuration", *plan.swept, "score"])
    return table.sort_values("score", ascending=False, kind="stable", ignore_index=True)


def written(value: Any) -> Any:
    """A parameter in one cell of a table."""
    return " ".join(map(str, value)) or "none" if isinstance(value, list) else value


def main(step: str = "") -> int:
    """Queue the sweep, wait for it or write its table; 1 where that can't be done."""
    try:
        plan = params.check(Plan, params.read_yaml(PLAN), PLAN)
        if step == "queue":
            queue(plan)
        elif step == "wait":
            wait()
        elif step == "table":
            table = tabulate(plan, json.loads(dvc("exp", "show", "--json")))
            files.write_text(TABLE, table.to_csv(index=False, float_format="%.6g", lineterminator="\n"))
        else:
            raise InputError(f"{PLAN}: `python -m makeweight.sweep` takes queue, wait or table, not {step!r}")
    except InputError as mistake:
        sys.stderr.write(f"{mistake}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
