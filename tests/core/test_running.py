"""One process at a time runs a cell in a folder; the other says which one does."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from makeweight.core import running
from makeweight.core.errors import InputError

SOURCE = str(Path(__file__).parents[2] / "src")
HOLD = (
    "from makeweight.core import running\n"
    "with running.alone(['contest', 'smote']):\n"
    "    print('held', flush=True)\n"
    "    input()\n"
)


def test_a_second_process_says_which_one_is_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    first = subprocess.Popen(
        [sys.executable, "-c", HOLD],
        env={**os.environ, "PYTHONPATH": SOURCE},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert first.stdout is not None and first.stdout.readline() == "held\n"
    with (
        pytest.raises(InputError, match=f"^process {first.pid} is running this stage"),
        running.alone(["contest", "smote"]),
    ):
        raise AssertionError("not refused")
    with running.alone(["contest", "none"]):
        pass
    first.kill()
    first.communicate()
    with running.alone(["contest", "smote"]):
        assert (running.FOLDER / "contest-smote").read_text() == str(os.getpid()), "killed, it no longer holds the cell"


def test_under_torchrun_all_processes_run_the_cell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RANK", "1")
    with running.alone(["train_gan", "wgan_gp"]):
        assert not running.FOLDER.exists()
