"""Loggers receive curves and numbers of a real training, change no byte of it, and never fail it."""

import importlib.util
import json
import os
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from makeweight.core import params, progress
from makeweight.core.errors import InputError
from makeweight.data import samples
from makeweight.data.samples import Roles, Samples
from makeweight.tools import loggers
from miniature import ROOT, write_project
from ports import KeptPort

HAS_DVCLIVE = importlib.util.find_spec("dvclive") is not None
HAS_MLFLOW = all(importlib.util.find_spec(name) is not None for name in ("mlflow", "sqlalchemy", "alembic"))
needs_dvclive = pytest.mark.skipif(not HAS_DVCLIVE, reason="dvclive is not installed: pip install -e '.[dvclive]'")
needs_mlflow = pytest.mark.skipif(not HAS_MLFLOW, reason="mlflow is not installed: pip install -e '.[mlflow]'")

CHANGES = {
    "device": "cpu",
    "modalities": ["tabular"],
    "train_gan.steps": 40,
    "train_gan.quality.evaluations": 2,
    "train_gan.quality.synthetic_per_class": 10,
    "train_gan.quality.training.epochs": 1,
    "train_gan.engines.wgan_gp.steps_multiplier": 1.0,
}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A split of numbers only, encoded, small enough to train in a second."""
    folder = tmp_path_factory.mktemp("logged")
    write_project(folder, CHANGES)
    labels = np.array(["few", "many", "many"] * 20)
    table = pd.DataFrame(
        {
            "id": [f"row{row}" for row in range(60)],
            "label": labels,
            "x": np.where(labels == "few", 5.0, -5.0) + np.random.default_rng(0).normal(0, 1, 60),
            "mw_split": np.array(["train", "train", "train", "validation"])[np.arange(60) // 3 % 4],
        }
    )
    samples.write(Samples(table, Roles(numeric=("x",))), folder / "data/split/samples.parquet")
    done = stage(folder, "none", "preprocess", "tabular")
    assert done.returncode == 0, done.stderr
    return folder


def stage(folder: Path, logger: str, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a stage by `src/stage.py` with this logger in params.yaml."""
    choose(folder, logger)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MLFLOW", "DVC"))}
    command = [sys.executable, str(ROOT / "src/stage.py"), *arguments]
    return subprocess.run(command, cwd=folder, env=kept | environment, capture_output=True, text=True, check=False)


def choose(folder: Path, logger: str) -> None:
    text = (folder / "params.yaml").read_text()
    (folder / "params.yaml").write_text(re.sub(r"(?m)^logger:.*$", f"logger: {logger}", text))


def outs(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for kind in ("data/train_gan", "metrics/train_gan", "plots/train_gan")
        for path in sorted((folder / kind).rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def unwatched(project: Path) -> dict[str, bytes]:
    """The outs of the training without a logger."""
    done = stage(project, "none", "train_gan", "wgan_gp")
    assert done.returncode == 0, done.stderr
    assert not (project / "logs").exists()
    return outs(project)


def warnings(done: subprocess.CompletedProcess[str]) -> list[str]:
    """The lines on standard error, without the progress of the training."""
    return [line for line in done.stderr.splitlines() if not line.startswith("train_gan wgan_gp:")]


@needs_dvclive
def test_dvclive_shows_the_curves_and_changes_no_out(project: Path, unwatched: dict[str, bytes]) -> None:
    done = stage(project, "dvclive", "train_gan", "wgan_gp")
    assert done.returncode == 0 and warnings(done) == [], done.stderr
    assert outs(project) == unwatched
    folder = project / "logs/dvclive/workspace/train_gan@wgan_gp"
    losses = pd.read_csv(project / "plots/train_gan/wgan_gp/losses.csv")
    logged = pd.read_csv(folder / "plots/metrics/losses/generator.tsv", sep="\t")
    kept = losses.dropna(subset="generator")
    assert list(logged["step"]) == list(kept["step"])
    np.testing.assert_allclose(logged["generator"], kept["generator"], rtol=1e-4)
    scores = pd.read_csv(folder / "plots/metrics/scores/score.tsv", sep="\t")
    assert list(scores["step"]) == [20, 40]
    numbers = json.loads((project / "metrics/train_gan/wgan_gp.json").read_text())
    assert json.loads((folder / "metrics.json").read_text()).items() >= numbers.items()
    assert not list(project.rglob("dvc.yaml"))


@needs_mlflow
def test_mlflow_keeps_a_run_in_a_local_database(project: Path, unwatched: dict[str, bytes]) -> None:
    done = stage(project, "mlflow", "train_gan", "wgan_gp", DVC_EXP_NAME="slow")
    assert done.returncode == 0 and warnings(done) == [], done.stderr
    assert outs(project) == unwatched
    check_run(project, f"sqlite:///{project}/logs/mlflow.db")


def check_run(project: Path, address: str) -> None:
    """The last run on an MLflow store is the complete training of `project`."""
    from mlflow.tracking import MlflowClient

    client = MlflowClient(address)
    shelf = client.get_experiment_by_name("makeweight")
    assert shelf is not None
    run = client.search_runs([shelf.experiment_id])[0]
    assert (run.info.run_name, run.info.status) == ("slow train_gan@wgan_gp", "FINISHED")
    assert run.data.tags["dvc.stage"] == "train_gan@wgan_gp"
    assert run.data.params["train_gan.steps"] == "40"
    numbers = json.loads((project / "metrics/train_gan/wgan_gp.json").read_text())
    assert {name: run.data.metrics[name] for name in numbers} == numbers
    losses = pd.read_csv(project / "plots/train_gan/wgan_gp/losses.csv").dropna(subset="generator")
    logged = sorted(client.get_metric_history(run.info.run_id, "losses/generator"), key=lambda point: point.step)
    assert [point.step for point in logged] == list(losses["step"])
    np.testing.assert_allclose([point.value for point in logged], losses["generator"], rtol=1e-4)


def answers(port: int) -> bool:
    with socket.socket() as knock:
        return knock.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture
def server(tmp_path: Path) -> Iterator[str]:
    """The address of a real MLflow server."""
    pytest.importorskip("uvicorn")
    if importlib.util.find_spec("flask") is None:
        pytest.skip("the whole mlflow is not installed, only mlflow-skinny, which has no server")
    port = KeptPort()
    command = [sys.executable, "-m", "mlflow", "server", "--port", str(port.number), "--workers", "1"]
    store = ["--backend-store-uri", f"sqlite:///{tmp_path}/server.db"]
    log = (tmp_path / "server.log").open("w")
    process = subprocess.Popen([*command, *store], cwd=tmp_path, stdout=log, stderr=log)
    try:
        while not answers(port.number):
            assert process.poll() is None, (tmp_path / "server.log").read_text()
            time.sleep(0.1)
        yield f"http://127.0.0.1:{port.number}"
    finally:
        process.terminate()
        process.wait()
        port.let_go()
        log.close()


@needs_mlflow
def test_mlflow_keeps_a_run_on_a_server(project: Path, unwatched: dict[str, bytes], server: str) -> None:
    done = stage(project, "mlflow", "train_gan", "wgan_gp", DVC_EXP_NAME="slow", MLFLOW_TRACKING_URI=server)
    assert done.returncode == 0 and warnings(done) == [], done.stderr
    check_run(project, server)


@needs_mlflow
def test_a_server_that_is_down_costs_one_line_and_little_time(project: Path, unwatched: dict[str, bytes]) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{closed.getsockname()[1]}"
        done = stage(project, "mlflow", "train_gan", "wgan_gp", MLFLOW_TRACKING_URI=address)
    assert done.returncode == 0, done.stderr
    [line] = warnings(done)
    assert line.startswith("logger mlflow: ") and "the run goes on without it" in line
    assert outs(project) == unwatched


@needs_dvclive
@needs_mlflow
def test_a_folder_that_cannot_be_written_costs_a_line_each(
    project: Path, unwatched: dict[str, bytes], tmp_path: Path
) -> None:
    (tmp_path / "logs").write_text("a file where the folder should be")
    done = stage(project, "dvclive+mlflow", "train_gan", "wgan_gp", DVC_ROOT=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert [line.split(":")[0] for line in warnings(done)] == ["logger dvclive", "logger mlflow"]
    assert outs(project) == unwatched


@needs_dvclive
def test_a_disk_that_fills_up_on_the_way_costs_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    import resource

    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("DVC_ROOT", raising=False)
    (tmp_path / "params.yaml").write_text("logger: dvclive\n")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    with loggers.logging_run("train_gan", ["wgan_gp"]):
        progress.log_curve("losses", [{"step": 1, "generator": 0.5}])
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
        try:
            progress.log_curve("losses", [{"step": step, "generator": 0.5} for step in range(2, 9)])
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
    error = capsys.readouterr().err
    assert error.count("\n") == 1 and error.startswith("logger dvclive: ") and "File too large" in error


def test_a_package_that_is_missing_costs_one_line_that_says_how_to_get_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").write_text("logger: mlflow+dvclive\n")
    for name in ("mlflow", "mlflow.entities", "dvclive"):
        monkeypatch.setitem(sys.modules, name, None)
    with loggers.logging_run("train_gan", ["wgan_gp"]):
        progress.log_curve("losses", [{"step": 1, "generator": 0.5}])
    lines = capfd.readouterr().err.splitlines()
    assert [line.split(":")[0] for line in lines] == ["logger mlflow", "logger dvclive"]
    assert "pip install -e '.[mlflow]'" in lines[0]


class Recorder:
    """A logger that records what it receives."""

    def __init__(self, stage_run: loggers.StageRun) -> None:
        self.stage_run = stage_run
        self.points: list[tuple[str, int, dict[str, float]]] = []
        self.end: tuple[dict[str, float], bool] | None = None
        RECORDERS.append(self)

    def point(self, curve: str, step: int, values: dict[str, float]) -> None:
        self.points.append((curve, step, values))

    def close(self, numbers: dict[str, float], done: bool) -> None:
        self.end = (numbers, done)


RECORDERS: list[Recorder] = []


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Recorder]:
    monkeypatch.chdir(tmp_path)
    cleaning = "clean:\n  near_duplicates:\n    crop_shares:\n    - 0.5\n"
    (tmp_path / "params.yaml").write_text(f"logger: kept\ndataset: d\nseed: 1\n{cleaning}")
    monkeypatch.setitem(loggers.LOGGERS, "kept", Recorder)
    RECORDERS.clear()
    return RECORDERS


def test_points_arrive_in_order_without_missing_values(kept: list[Recorder]) -> None:
    with loggers.logging_run("classify", []):
        progress.log_curve("real_nn", [{"step": 1, "loss": 2.0, "score": float("nan")}, {"step": 2, "loss": 1.0}])
    progress.log_curve("real_nn", [{"step": 3, "loss": 0.5}])
    assert kept[0].points == [("real_nn", 1, {"loss": 2.0}), ("real_nn", 2, {"loss": 1.0})]


def test_numbers_are_those_that_the_stage_wrote(kept: list[Recorder]) -> None:
    Path("metrics/classify").mkdir(parents=True)
    for name in ("classify/e1", "classify/e2", "clean"):
        Path(f"metrics/{name}.json").write_text(json.dumps({"x": len(name)}))
    for stage_name, cell, expected in (
        ("classify", [], {"e1.x": 11, "e2.x": 11}),
        ("classify", ["e2"], {"x": 11}),
        ("clean", [], {"x": 5}),
        ("report", [], {}),
    ):
        with loggers.logging_run(stage_name, cell):
            pass
        assert kept[-1].end == (expected, True)
    assert kept[2].stage_run.parameters() == {"dataset": "d", "seed": 1, "clean.near_duplicates.crop_shares": "[0.5]"}


def test_a_stage_that_fails_is_logged_as_failed(kept: list[Recorder]) -> None:
    with pytest.raises(InputError), loggers.logging_run("clean", []):
        raise InputError("no")
    assert kept[0].end == ({}, False)
    assert progress.listeners == []


def test_logs_of_an_experiment_in_a_copy_go_to_the_project(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("DVC_ROOT", str(tmp_path / "project"))
    monkeypatch.setenv("DVC_EXP_NAME", "slow")
    stage_run = loggers.StageRun("train_gan", ("wgan_gp",))
    assert (stage_run.folder, stage_run.experiment) == (tmp_path / "project" / "logs", "slow")


def test_an_unknown_logger_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "params.yaml").write_text("logger: dvclive+wandb\n")
    with pytest.raises(
        InputError, match=r"`logger` is 'dvclive\+wandb': 'wandb' is not known; known are none, dvclive"
    ):
        loggers.chosen()


def test_a_class_of_any_name_has_a_metric_that_every_logger_takes() -> None:
    for label in ("a/b", "../x", "/etc", "<b>", "=1", "$x", "\N{SNOWMAN}", "name " * 90, "caf\u00e9"):
        name = loggers.plain_name(f"real.nn.f1.{label}")
        assert re.fullmatch(r"[\w.\- :]{1,250}", name) and name.startswith("real.nn.f1.")
    assert loggers.plain_name("real.nn.f1.plain name-2") == "real.nn.f1.plain name-2"


def test_none_imports_nothing(tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text("logger: none\n")
    code = (
        "import sys; from makeweight.tools import loggers\n"
        "with loggers.logging_run('clean', []): pass\n"
        "print(sorted({'mlflow', 'dvclive', 'sqlalchemy', 'dvc'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={"PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
    )
    assert done.stdout == "[]\n", done.stderr


def test_ships_with_none() -> None:
    assert params.read_yaml(ROOT / "params.yaml")["logger"] == "none"
