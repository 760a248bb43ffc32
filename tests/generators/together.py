"""Runs a script of these tests in several processes that train together."""

import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent


def run_together(script: str, processes: int, folder: Path) -> None:
    """Run a script beside this one under torchrun, with the folder that it writes to as its argument."""
    launcher = ["torch.distributed.run", "--standalone", "--nproc-per-node", str(processes)]
    done = subprocess.run(
        [sys.executable, "-m", *launcher, str(HERE / script), str(folder)],
        env={**os.environ, "PYTHONPATH": f"{HERE.parents[1] / 'src'}", "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
