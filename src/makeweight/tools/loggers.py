"""Curves and final numbers of a run to DVCLive or MLflow as well, where `logger` in params.yaml says so.

Only the front door knows this module: no stage imports it and no stage declares `logger`, because what a logger does
must not matter. It changes no out, so choosing another re-runs no training; where it fails, the run goes on without it.
"""

import json
import logging
import math
import os
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from makeweight.core import params, paths, progress
from makeweight.core.errors import InputError

Numbers = Mapping[str, float]

SECONDS_BETWEEN_BATCHES = 5.0
MOST_IN_A_BATCH = 1000
"""Metrics that an MLflow server takes at once; of parameters it takes a tenth."""

IMPATIENCE = {"MLFLOW_HTTP_REQUEST_TIMEOUT": "5", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1"}
"""Without it a server that is down holds a run up for minutes."""


@dataclass(frozen=True)
class Occasion:
    """Which stage runs, on which cell, in which experiment of DVC, and where logs go."""

    stage: str
    cell: tuple[str, ...]

    @property
    def name(self) -> str:
        """As `dvc.yaml` calls it: `train_gan@wgan_gp`."""
        return "@".join([self.stage, *self.cell])

    @property
    def experiment(self) -> str:
        """The name of the DVC experiment, where there is one."""
        return os.environ.get("DVC_EXP_NAME") or "workspace"

    @property
    def folder(self) -> Path:
        """logs/ of the project: that is DVC_ROOT also where an experiment runs in a copy that DVC deletes."""
        return Path(os.environ.get("DVC_ROOT") or Path.cwd()).absolute() / "logs"

    def parameters(self) -> dict[str, Any]:
        """Data set, seed and the stage's own section of params.yaml, under dotted names."""
        values = params.read_yaml(params.FILE)
        return flat({name: values.get(name) for name in ("dataset", "seed", self.stage)})

    def numbers(self) -> dict[str, float]:
        """What the stage wrote below metrics/; with several files of one stage, names carry the file's."""
        if self.cell:
            return read_numbers(paths.METRICS / self.stage / f"{self.cell[0]}.json")
        several = {
            f"{file.stem}.{name}": number
            for file in sorted((paths.METRICS / self.stage).glob("*.json"))
            for name, number in read_numbers(file).items()
        }
        return several | read_numbers(paths.METRICS / f"{self.stage}.json")


def read_numbers(file: Path) -> dict[str, float]:
    """The numbers of a metrics file; none where there is no file."""
    return json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}


def flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Nested sections as dotted names; lists as JSON."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            found |= flat(value, f"{prefix}{name}.")
        else:
            found[f"{prefix}{name}"] = json.dumps(value) if isinstance(value, list) or value is None else value
    return found


class Logger(Protocol):
    """What receives a run."""

    def point(self, curve: str, step: int, values: Numbers) -> None:
        """One point of a curve."""

    def close(self, numbers: Numbers, done: bool) -> None:
        """The final numbers, and whether the stage came to its end."""


class ToDVCLive:
    """Files below logs/dvclive/<experiment>/<stage>, as DVCLive lays them out; the last run of each is kept."""

    def __init__(self, occasion: Occasion) -> None:
        from dvclive import Live

        # Left to itself DVCLive would rewrite dvc.yaml in the middle of the stage and save experiments of its own.
        self.live = Live(
            str(occasion.folder / "dvclive" / occasion.experiment / occasion.name),
            save_dvc_exp=False,
            dvcyaml=None,
            report=None,
        )
        self.live.log_params(occasion.parameters())

    def point(self, curve: str, step: int, values: Numbers) -> None:
        """One row in the file of each value."""
        self.live.step = step
        for name, value in values.items():
            self.live.log_metric(f"{curve}/{name}", value)

    def close(self, numbers: Numbers, done: bool) -> None:
        """metrics.json. `Live.end` is not for us: inside an experiment it puts its folder into DVC's commit."""
        for name, number in numbers.items():
            self.live.log_metric(name, number, plot=False)
        self.live.make_summary()


class ToMLflow:
    """A run in logs/mlflow.db, or on the server that MLFLOW_TRACKING_URI names."""

    def __init__(self, occasion: Occasion) -> None:
        # Read when MLflow is imported; what the user has set stands.
        for name, value in {**IMPATIENCE, "MLFLOW_DISABLE_TELEMETRY": "true"}.items():
            os.environ.setdefault(name, value)
        from mlflow.entities import Metric, Param
        from mlflow.tracking import MlflowClient

        for name in ("mlflow", "alembic", "urllib3"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        self.metric = Metric
        self.client = MlflowClient(os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{occasion.folder}/mlflow.db")
        tags = {"dvc.experiment": occasion.experiment, "dvc.stage": occasion.name}
        if commit := head():
            tags["mlflow.source.git.commit"] = commit
        title = f"{occasion.experiment} {occasion.name}"
        self.run = self.client.create_run(self.shelf(), run_name=title, tags=tags).info.run_id
        self.waiting: list[Metric] = []
        self.sent = time.monotonic()
        parameters = [Param(name, str(value)) for name, value in occasion.parameters().items()]
        for start in range(0, len(parameters), MOST_IN_A_BATCH // 10):
            self.client.log_batch(self.run, params=parameters[start : start + MOST_IN_A_BATCH // 10])

    def shelf(self) -> str:
        """The id of MLflow's experiment, made where there is none; two runs of a queue may come at the same moment."""
        name = os.environ.get("MLFLOW_EXPERIMENT_NAME") or "makeweight"
        if self.client.get_experiment_by_name(name) is None:
            from mlflow.exceptions import MlflowException

            try:
                return self.client.create_experiment(name)
            except MlflowException:
                if self.client.get_experiment_by_name(name) is None:
                    raise
        return self.client.get_experiment_by_name(name).experiment_id

    def point(self, curve: str, step: int, values: Numbers) -> None:
        """Kept for the next batch: a request for every step would be slower than the step."""
        now = int(time.time() * 1000)
        self.waiting += [self.metric(f"{curve}/{name}", float(value), now, step) for name, value in values.items()]
        if len(self.waiting) > MOST_IN_A_BATCH // 2 or time.monotonic() - self.sent > SECONDS_BETWEEN_BATCHES:
            self.send()

    def send(self) -> None:
        """Send what waits."""
        while self.waiting:
            self.client.log_batch(self.run, metrics=self.waiting[:MOST_IN_A_BATCH])
            del self.waiting[:MOST_IN_A_BATCH]
        self.sent = time.monotonic()

    def close(self, numbers: Numbers, done: bool) -> None:
        """Send the rest and say how it ended."""
        now = int(time.time() * 1000)
        self.waiting += [self.metric(mlflow_name(name), float(number), now, 0) for name, number in numbers.items()]
        self.send()
        self.client.set_terminated(self.run, "FINISHED" if done else "FAILED")


def mlflow_name(name: str) -> str:
    """The name with what MLflow does not take as a name replaced; class names may hold anything."""
    return "".join(sign if sign.isalnum() or sign in "_-. :/" else "_" for sign in name)


def head() -> str:
    """The commit that runs, or nothing outside git."""
    done = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


LOGGERS: dict[str, Callable[[Occasion], Logger]] = {"dvclive": ToDVCLive, "mlflow": ToMLflow}


class Guarded:
    """A logger that is given up, with one line, the first time it fails."""

    def __init__(self, name: str, occasion: Occasion) -> None:
        self.name = name
        self.logger: Logger | None = None
        self.attempt(lambda: setattr(self, "logger", LOGGERS[name](occasion)))

    def attempt(self, act: Callable[[], Any]) -> None:
        """Do it; whatever goes wrong with a logger, the run matters more."""
        try:
            act()
        except Exception as failure:
            self.logger = None
            progress.say(f"logger {self.name}: {reason(self.name, failure)}; the run goes on without it")

    def point(self, curve: str, point: Numbers) -> None:
        """Pass a point on: `step` and values."""
        if self.logger is not None:
            values = {name: value for name, value in point.items() if name != "step" and not math.isnan(value)}
            logger = self.logger
            self.attempt(lambda: logger.point(curve, int(point["step"]), values))

    def close(self, occasion: Occasion, done: bool) -> None:
        """Pass the end on."""
        if self.logger is not None:
            logger = self.logger
            self.attempt(lambda: logger.close(occasion.numbers() if done else {}, done))


def reason(name: str, failure: Exception) -> str:
    """What went wrong, in one line of bearable length."""
    if isinstance(failure, ImportError):
        return f"{params.one_line(str(failure))} (pip install -e '.[{name}]')"
    told = params.one_line(str(failure)) or type(failure).__name__
    return told if len(told) <= 200 else f"{told[:200]}…"


def chosen() -> list[str]:
    """The loggers that params.yaml names: `none`, one, or several joined by `+`."""
    written = params.value("logger")
    names = [] if written == "none" else str(written).split("+")
    if unknown := [name for name in names if name not in LOGGERS]:
        known = ", ".join(["none", *LOGGERS])
        raise InputError(f"{params.FILE}: `logger` is {written!r}: {unknown[0]!r} is not known; known are {known}")
    return names


@contextmanager
def logging_run(stage: str, cell: Sequence[str]) -> Iterator[None]:
    """While a stage runs, pass on what it tells of itself; afterwards, its numbers.

    Raises:
        InputError: `logger` in params.yaml is none of the known ones.
    """
    occasion = Occasion(stage, tuple(cell))
    # Of several processes that train together the first alone keeps a log.
    names = chosen() if os.environ.get("RANK", "0") == "0" else []
    loggers = [Guarded(name, occasion) for name in names]
    progress.listeners.extend(logger.point for logger in loggers)
    done = False
    try:
        yield
        done = True
    finally:
        progress.listeners.clear()
        for logger in loggers:
            logger.close(occasion, done)
