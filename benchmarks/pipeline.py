"""What DVC costs: a run with nothing to do, a run after one changed parameter, and DVC's share of a full run.

After the full run `full.changed_files` says how many tracked files differ from what is committed: 0 on the machine that
wrote them.

Needs a project that has been run and committed: `make repro`, `git commit`, then this. Everything happens in a clone
that shares the cache, so the checkout stays as it is. The full run at the end takes as long as `make repro`.

    python benchmarks/pipeline.py --here

rebuilds this checkout itself, for a project whose code has changed and has to be run anyway; the run with one changed
parameter is made in a temporary folder of DVC's, and no files are counted.
"""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import record

ROOT = Path(__file__).parents[1]
CHANGE = "tsne.perplexity=50"
TIMER = """#!{python} -SE
import subprocess, sys, time
start = time.monotonic()
code = subprocess.call([{python!r}, *sys.argv[1:]])
with open({log!r}, "a") as log:
    log.write(f"{{time.monotonic() - start:.3f}} {{' '.join(sys.argv[2:])}}\\n")
sys.exit(code)
"""
"""Stands before Python on the path of the stages: writes how long each took, its interpreter's start included."""


def run(folder: Path, *command: str, path: Path | None = None) -> tuple[float, str]:
    """Seconds and standard output of a command that must succeed; `path` comes first on its PATH."""
    folders = [str(path)] if path else []
    folders += [str(Path(sys.executable).parent), os.environ["PATH"]]
    environment = {**os.environ, "PATH": os.pathsep.join(folders), "DVC_NO_ANALYTICS": "1"}
    start = time.monotonic()
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    seconds = time.monotonic() - start
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: {done.stderr.strip()}")
    return seconds, done.stdout


def dvc(folder: Path, *arguments: str, path: Path | None = None) -> tuple[float, str]:
    """Seconds and standard output of a DVC command."""
    return run(folder, sys.executable, "-m", "dvc", *arguments, path=path)


def clone(project: Path, folder: Path) -> Path:
    """A clone of what is committed, over the same cache, with all data checked out and nothing to do."""
    run(folder, "git", "clone", "-q", str(project), "clone")
    copy = folder / "clone"
    dvc(copy, "cache", "dir", "--local", str(project / ".dvc" / "cache"))
    dvc(copy, "checkout")
    _, output = dvc(copy, "status")
    if "up to date" not in output:
        sys.exit(f"the project is not up to date as committed: `make repro` and commit first\n{output}")
    return copy


def timed(folder: Path, copy: Path, *arguments: str) -> tuple[float, dict[str, float]]:
    """Seconds of a DVC command as a whole, and of every stage that it ran."""
    shim, log = folder / "bin", folder / "stages.txt"
    shim.mkdir(exist_ok=True)
    log.unlink(missing_ok=True)
    (shim / "python").write_text(TIMER.format(python=sys.executable, log=str(log)))
    (shim / "python").chmod(0o755)
    seconds, _ = dvc(copy, *arguments, path=shim)
    lines = log.read_text().splitlines() if log.exists() else []
    return seconds, {name: float(took) for took, _, name in (line.partition(" ") for line in lines)}


def measure(project: Path, folder: Path, change: str) -> dict[str, float]:
    """All three kinds of run, in the order nothing, one change, everything."""
    copy = clone(project, folder)
    results = without_change(copy) | one_parameter(folder, copy, "-S", change)
    run(copy, "git", "reset", "-q", "--hard")
    dvc(copy, "checkout")
    results |= everything(folder, copy)
    # Metrics, plots and the hashes of all data are in git: where none differs, every byte came out the same.
    results["full.changed_files"] = len(run(copy, "git", "status", "--porcelain")[1].splitlines())
    return results


def without_change(project: Path) -> dict[str, float]:
    """The shortest of three runs with nothing to do."""
    return {"noop_seconds": min(dvc(project, "repro")[0] for _ in range(3))}


def one_parameter(folder: Path, project: Path, *arguments: str) -> dict[str, float]:
    """An experiment with one changed parameter."""
    changed, stages = timed(folder, project, "exp", "run", *arguments)
    return {
        "one_parameter.seconds": changed,
        "one_parameter.stages": len(stages),
        "one_parameter.stage_seconds": sum(stages.values()),
    }


def everything(folder: Path, project: Path) -> dict[str, float]:
    """A run of all stages, each timed."""
    full, stages = timed(folder, project, "repro", "--force")
    results = {"full.seconds": full, "dvc_share": 1 - sum(stages.values()) / full}
    return results | {f"full.stage_seconds.{name.replace(' ', '@')}": took for name, took in stages.items()}


def main() -> None:
    """Measure this project."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        if sys.argv[1:] == ["--here"]:
            results = everything(folder, ROOT) | without_change(ROOT)
            results |= one_parameter(folder, ROOT, "--temp", "-S", CHANGE)
        else:
            results = measure(ROOT, folder, CHANGE)
    record.write("pipeline", {"change": CHANGE, **{name: round(number, 4) for name, number in results.items()}})


if __name__ == "__main__":
    main()
