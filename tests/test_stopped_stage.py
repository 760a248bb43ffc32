"""A stage that is stopped, or finds no room on the disk, says so in one line, with the status that a shell expects."""

import errno
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCRIPT = """
import os, signal, sys
sys.path.insert(0, {source!r})
from contextlib import nullcontext
from makeweight.core import entry, files, params
from pathlib import Path

class Module:
    @staticmethod
    def main():
        with files.replacing_folder(Path("data/clean")) as partial:
            (partial / "a").write_text("half")
            {fault}

entry.find_stage = lambda name: Module
entry.stop_in_order()
sys.exit(entry.run_stage(["clean"], lambda stage, cell: nullcontext()))
"""


@pytest.mark.parametrize(
    ("fault", "status", "line"),
    [
        ("os.kill(os.getpid(), signal.SIGINT); signal.pause()", 130, "clean: stopped by Ctrl-C; nothing half-written"),
        (
            "os.kill(os.getpid(), signal.SIGTERM); signal.pause()",
            143,
            "clean: stopped by SIGTERM; nothing half-written",
        ),
        (
            f"raise OSError({errno.ENOSPC}, 'No space left on device', 'data/x')",
            1,
            "clean: data/x: No space left on device",
        ),
        (f"raise OSError({errno.EROFS}, 'Read-only file system', 'data/x')", 1, "clean: data/x: Read-only file system"),
    ],
    ids=["SIGINT", "SIGTERM", "no space", "read-only"],
)
def test_one_line_and_nothing_half_written(fault: str, status: int, line: str, tmp_path: Path) -> None:
    (tmp_path / "params.yaml").write_text((ROOT / "params.yaml").read_text())
    script = SCRIPT.format(source=str(ROOT / "src"), fault=fault)
    command = [sys.executable, "-c", script]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False, env={**os.environ})
    assert done.returncode == status, done.stderr
    assert done.stderr.startswith(line) and done.stderr.count("\n") == 1, done.stderr
    assert not list((tmp_path / "data").iterdir()), "the part that was written is removed"
