"""The stage under torchrun: a process that is killed ends the run in one line, and any number of processes goes on."""

import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import psutil
from test_train_gan import make_project, run

from miniature import ROOT


def together(folder: Path, processes: int = 2) -> subprocess.Popen[str]:
    launcher = ["torch.distributed.run", "--standalone", "--nproc-per-node", str(processes)]
    command = [sys.executable, "-m", *launcher, str(ROOT / "src/stage.py"), "train_gan", "wgan_gp"]
    return subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, text=True)


def kill_one(launched: subprocess.Popen[str], rank: int, file: Path) -> str:
    """Kill a process of a training once a checkpoint newer than what stands there is written; what the run said."""
    before = file.stat().st_mtime_ns if file.exists() else 0
    while not file.exists() or file.stat().st_mtime_ns == before:
        assert launched.poll() is None, "finished before it could be killed"
        time.sleep(0.01)
    workers = {child.environ().get("RANK"): child for child in psutil.Process(launched.pid).children()}
    workers[str(rank)].kill()
    said = launched.communicate()[1]
    assert launched.returncode != 0
    return said


def test_killed_and_taken_up_by_two_and_then_by_one(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    make_project(folder)
    assert run(folder, "preprocess", "tabular").returncode == 0
    # The name of the checkpoint holds a hash; a first training that is killed at once tells it.
    launched = together(folder)
    while not (found := list(folder.glob(".scratch/train_gan/*/checkpoint.safetensors"))):
        assert launched.poll() is None
        time.sleep(0.01)
    for rank in (1, 0):
        said = kill_one(launched, rank, found[0])
        line = f"train_gan wgan_gp: process {1 - rank} of 2: "
        assert [text for text in said.splitlines() if text.startswith(line) and "checkpoint is kept" in text], said
        assert found[0].is_file() and not (folder / "data/train_gan/wgan_gp").exists(), "nothing half-written"
        if rank:
            launched = together(folder)
    assert "goes on after step" in said
    done = run(folder, "train_gan", "wgan_gp")
    assert done.returncode == 0 and "goes on after step" in done.stderr, done.stderr
    curve = pd.read_csv(folder / "plots/train_gan/wgan_gp/losses.csv")
    assert curve["step"].tolist() == list(range(1, 401)), "no step is lost, none told twice"
    assert (folder / "data/train_gan/wgan_gp/model.safetensors").is_file()
    assert not list(folder.glob(".scratch/train_gan/*"))


def test_a_batch_that_cannot_be_shared_out_is_told(tmp_path: Path) -> None:
    folder = tmp_path / "project"
    make_project(folder)
    assert run(folder, "preprocess", "tabular").returncode == 0
    text = (folder / "params.yaml").read_text()
    assert "batch_size: 32" in text
    (folder / "params.yaml").write_text(text.replace("batch_size: 32", "batch_size: 1"))
    launched = together(folder)
    said = launched.communicate()[1]
    assert launched.returncode != 0
    assert "train_gan wgan_gp: params.yaml: a batch of 1 has no row for each of 2 processes" in said
