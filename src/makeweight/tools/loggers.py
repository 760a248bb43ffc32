"""Send curves and final numbers of a stage to DVCLive or MLflow, if `logger` in params.yaml says so.

Only the doors of the stages (`src/stage.py`, `makeweight stage`) import this module, and no stage declares `logger`: a
logger changes no output, so choosing another one re-runs no training, and if it fails, the stage goes on without it.
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
MAX_BATCH = 1000
"""Metrics that an MLflow server accepts per request; it accepts a tenth as many parameters."""
LONGEST_NAME = 250
"""Characters of a metric's name, as MLflow allows."""

SHORT_TIMEOUTS = {"MLFLOW_HTTP_REQUEST_TIMEOUT": "5", "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1"}
"""With MLflow's defaults, a server that is down would block a run for minutes."""


@dataclass(frozen=True)
class StageRun:
    """The stage that runs, its cell, the DVC experiment, and where logs go."""

    stage: str
    cell: tuple[str, ...]

    @property
    def name(self) -> str:
        """The address in dvc.yaml, such as `train_gan@wgan_gp`."""
        return "@".join([self.stage, *self.cell])

    @property
    def experiment(self) -> str:
        """The name of the DVC experiment, `workspace` outside one."""
        return os.environ.get("DVC_EXP_NAME") or "workspace"

    @property
    def folder(self) -> Path:
        """The project's logs/: below DVC_ROOT, because an experiment may run in a temporary copy that DVC deletes."""
        return Path(os.environ.get("DVC_ROOT") or Path.cwd()).absolute() / "logs"

    def parameters(self) -> dict[str, Any]:
        """Return data set, seed and the stage's section of params.yaml, by dotted name."""
        values = params.read_yaml(params.FILE)
        return flat({name: values.get(name) for name in ("dataset", "seed", self.stage)})

    def numbers(self) -> dict[str, float]:
        """Return the metrics that the stage wrote; if it has several files, names start with the file's name."""
        if self.cell:
            return read_numbers(paths.METRICS / self.stage / f"{self.cell[0]}.json")
        several = {
            f"{file.stem}.{name}": number
            for file in sorted((paths.METRICS / self.stage).glob("*.json"))
            for name, number in read_numbers(file).items()
        }
        return several | read_numbers(paths.METRICS / f"{self.stage}.json")


def read_numbers(file: Path) -> dict[str, float]:
    """Return the numbers of a metrics file without its words, none if there is no such file."""
    found = json.loads(file.read_text(encoding="utf-8")) if file.is_file() else {}
    return {name: value for name, value in found.items() if not isinstance(value, str)}


def flat(values: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return the values of nested sections by dotted name, lists as JSON."""
    found: dict[str, Any] = {}
    for name, value in values.items():
        if isinstance(value, Mapping):
            found |= flat(value, f"{prefix}{name}.")
        else:
            found[f"{prefix}{name}"] = json.dumps(value) if isinstance(value, list) or value is None else value
    return found


class Logger(Protocol):
    """Receives the curves and numbers of one stage run."""

    def point(self, curve: str, step: int, values: Numbers) -> None:
        """Take one point of a curve."""

    def close(self, numbers: Numbers, done: bool) -> None:
        """Take the final numbers, and whether the stage succeeded."""


class DVCLiveLogger:
    """Writes DVCLive's files below logs/dvclive/<experiment>/<stage>; a new run replaces the last one."""

    def __init__(self, stage_run: StageRun) -> None:
        from dvclive import Live

        # By default DVCLive would rewrite dvc.yaml during the stage and save its own experiments.
        self.live = Live(
            str(stage_run.folder / "dvclive" / stage_run.experiment / stage_run.name),
            save_dvc_exp=False,
            dvcyaml=None,
            report=None,
        )
        self.live.log_params(stage_run.parameters())

    def point(self, curve: str, step: int, values: Numbers) -> None:
        """Add a row to the file of each value."""
        self.live.step = step
        for name, value in values.items():
            self.live.log_metric(f"{curve}/{name}", value)

    def close(self, numbers: Numbers, done: bool) -> None:
        """Write metrics.json. `Live.end` is not called: in an experiment it would add its folder to DVC's commit."""
        for name, number in numbers.items():
            self.live.log_metric(plain_name(name), number, plot=False)
        self.live.make_summary()


class MLflowLogger:
    """Writes a run to logs/mlflow.db, or to the server that MLFLOW_TRACKING_URI names."""

    def __init__(self, stage_run: StageRun) -> None:
        # MLflow reads these when it is imported; values that the user has set are kept.
        for name, value in {**SHORT_TIMEOUTS, "MLFLOW_DISABLE_TELEMETRY": "true"}.items():
            os.environ.setdefault(name, value)
        from mlflow.entities import Metric, Param
        from mlflow.tracking import MlflowClient

        for name in ("mlflow", "alembic", "urllib3"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
        self.metric = Metric
        self.client = MlflowClient(os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{stage_run.folder}/mlflow.db")
        tags = {"dvc.experiment": stage_run.experiment, "dvc.stage": stage_run.name}
        if commit := current_commit():
            tags["mlflow.source.git.commit"] = commit
        title = f"{stage_run.experiment} {stage_run.name}"
        self.run = self.client.create_run(self.experiment_id(), run_name=title, tags=tags).info.run_id
        self.pending: list[Metric] = []
        self.sent = time.monotonic()
        parameters = [Param(name, str(value)) for name, value in stage_run.parameters().items()]
        for start in range(0, len(parameters), MAX_BATCH // 10):
            self.client.log_batch(self.run, params=parameters[start : start + MAX_BATCH // 10])

    def experiment_id(self) -> str:
        """Return the id of the MLflow experiment, created if needed; two queued runs may do so at the same time."""
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
        """Keep the values for the next batch: a request per step would take longer than the step."""
        now = int(time.time() * 1000)
        self.pending += [self.metric(f"{curve}/{name}", float(value), now, step) for name, value in values.items()]
        if len(self.pending) > MAX_BATCH // 2 or time.monotonic() - self.sent > SECONDS_BETWEEN_BATCHES:
            self.send()

    def send(self) -> None:
        """Send the values that were kept."""
        while self.pending:
            self.client.log_batch(self.run, metrics=self.pending[:MAX_BATCH])
            del self.pending[:MAX_BATCH]
        self.sent = time.monotonic()

    def close(self, numbers: Numbers, done: bool) -> None:
        """Send the pending values and numbers, and set the status of the run."""
        now = int(time.time() * 1000)
        self.pending += [self.metric(plain_name(name), float(number), now, 0) for name, number in numbers.items()]
        self.send()
        self.client.set_terminated(self.run, "FINISHED" if done else "FAILED")


def plain_name(name: str) -> str:
    """Return a metric's name that every logger takes: the name of a class may hold any sign, and be of any length.

    A slash would stand for a folder, and MLflow takes letters, digits and few signs, up to 250 of them.
    """
    plain = "".join(character if character.isalnum() or character in "_-. :" else "_" for character in name)
    return plain if len(plain) <= LONGEST_NAME else f"{plain[: LONGEST_NAME - 20]}{plain[-20:]}"


def current_commit() -> str:
    """Return the current git commit, or an empty string outside a repository."""
    done = subprocess.run(["git", "rev-parse", "HEAD"], capture_output=True, text=True, check=False)
    return done.stdout.strip() if done.returncode == 0 else ""


LOGGERS: dict[str, Callable[[StageRun], Logger]] = {"dvclive": DVCLiveLogger, "mlflow": MLflowLogger}


class SafeLogger:
    """Wraps a logger: after its first failure, which is logged in one line, it is not used again."""

    def __init__(self, name: str, stage_run: StageRun) -> None:
        self.name = name
        self.logger: Logger | None = None
        self.attempt(lambda: setattr(self, "logger", LOGGERS[name](stage_run)))

    def attempt(self, act: Callable[[], Any]) -> None:
        """Call `act`; an exception disables the logger and never reaches the stage."""
        try:
            act()
        except Exception as failure:
            self.logger = None
            progress.say(f"logger {self.name}: {describe(self.name, failure)}; the run goes on without it")

    def point(self, curve: str, point: Numbers) -> None:
        """Pass on a point: `step` and values, without those that are NaN."""
        if self.logger is not None:
            values = {name: value for name, value in point.items() if name != "step" and not math.isnan(value)}
            logger = self.logger
            self.attempt(lambda: logger.point(curve, int(point["step"]), values))

    def close(self, stage_run: StageRun, done: bool) -> None:
        """Pass on the end, with the stage's numbers if it succeeded."""
        if self.logger is not None:
            logger = self.logger
            self.attempt(lambda: logger.close(stage_run.numbers() if done else {}, done))


def describe(name: str, failure: Exception) -> str:
    """Return the failure in one line of at most 200 characters, or how to install a missing package."""
    if isinstance(failure, ImportError):
        return f"{params.one_line(str(failure))} (pip install -e '.[{name}]')"
    text = params.one_line(str(failure)) or type(failure).__name__
    return text if len(text) <= 200 else f"{text[:200]}…"


def chosen() -> list[str]:
    """Return the names of the loggers in params.yaml: `none`, one, or several joined by `+`.

    Raises:
        InputError: one of them is unknown.
    """
    value = params.value("logger")
    names = [] if value == "none" else str(value).split("+")
    if unknown := [name for name in names if name not in LOGGERS]:
        known = ", ".join(["none", *LOGGERS])
        raise InputError(f"{params.FILE}: `logger` is {value!r}: {unknown[0]!r} is not known; known are {known}")
    return names


@contextmanager
def logging_run(stage: str, cell: Sequence[str]) -> Iterator[None]:
    """Pass the curves of a running stage to the chosen loggers, and its numbers at the end.

    Raises:
        InputError: `logger` in params.yaml is none of the known ones.
    """
    stage_run = StageRun(stage, tuple(cell))
    # Of several processes that train one engine only the first one logs.
    names = chosen() if os.environ.get("RANK", "0") == "0" else []
    loggers = [SafeLogger(name, stage_run) for name in names]
    progress.listeners.extend(logger.point for logger in loggers)
    done = False
    try:
        yield
        done = True
    finally:
        progress.listeners.clear()
        for logger in loggers:
            logger.close(stage_run, done)
