"""Write what a benchmark measured, with the machine and the commit it was measured on."""

import json
import os
import platform
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from makeweight.core import files

RESULTS = Path(__file__).parent / "results"
DATA = Path(os.environ.get("MAKEWEIGHT_DATA", Path(__file__).parents[2] / "shared" / "data"))
"""Where data outside the repository lie: cifar10_*.parquet, pima.csv."""


def write(name: str, results: Mapping[str, float | int | str]) -> None:
    """benchmarks/results/<name>.json: machine, commit, then the results under their dotted names."""
    files.write_json(RESULTS / f"{name}.json", {"machine": machine(), "commit": commit(), **results})
    print((RESULTS / f"{name}.json").read_text(encoding="utf-8"))


def add(name: str, results: Mapping[str, float | int | str], renewed: str | None = None) -> None:
    """As `write`, but the file keeps numbers of other names, except those that start with `renewed`."""
    path = RESULTS / f"{name}.json"
    held = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    stale = {key for key in held if key in ("machine", "commit") or (renewed and key.startswith(renewed))}
    write(name, {key: value for key, value in held.items() if key not in stale} | dict(results))


def machine() -> str:
    """Processor, cores and Python in one line."""
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        names = [line.split(":", 1)[1].strip() for line in cpuinfo.read_text().splitlines() if "model name" in line]
        model = names[0] if names else model
    return f"{model}, {os.cpu_count()} cores, {platform.system()}, Python {platform.python_version()}"


def commit() -> str:
    """The commit that was measured, with `+` where the tree had changes."""
    head = git("rev-parse", "--short", "HEAD")
    return head + ("+" if git("status", "--porcelain", "--untracked-files=no", "--", "src") else "")


def git(*arguments: str) -> str:
    """What git prints."""
    return subprocess.run(["git", *arguments], capture_output=True, text=True, check=False).stdout.strip()


def need(path: Path, variable: str = "MAKEWEIGHT_DATA") -> Path:
    """The path, or the end of the benchmark with a reason."""
    if not path.exists():
        sys.exit(f"{path} is not there: set {variable} to the folder that has it")
    return path
