"""`makeweight doctor`: what a run needs of this machine, whether it is there, and how to mend what is not."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib import metadata
from pathlib import Path
from typing import Literal

import click

from makeweight import __version__
from makeweight.command import project
from makeweight.core import cores
from makeweight.core.errors import InputError

State = Literal["ok", "note", "wrong"]
OLDEST_PYTHON = (3, 11)
LEAST_GIGABYTES = 2.0
"""Free disk: a run of the built-in catalogue writes 0.3 GB, and DVC's cache keeps every run."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    name: str
    state: State
    text: str
    remedy: str = ""


def check_python() -> Finding:
    """Whether Python is new enough."""
    version = ".".join(map(str, sys.version_info[:3]))
    if sys.version_info >= OLDEST_PYTHON:
        return Finding("Python", "ok", f"{version}, {sys.executable}")
    return Finding("Python", "wrong", version, "install Python 3.11 or newer, and makeweight in an environment of it")


def check_packages() -> Iterator[Finding]:
    """Whether the packages are installed in the versions that this one was tested with."""
    try:
        required = [line for line in metadata.requires("makeweight") or [] if "extra ==" not in line]
    except metadata.PackageNotFoundError:
        yield Finding("packages", "note", "makeweight runs from its source; it is not installed", "pip install -e .")
        return
    wrong: list[tuple[str, str]] = []
    for line in required:
        name, _, pinned = (part.strip() for part in re.sub(r"\[.*?\]|;.*", "", line).partition("=="))
        try:
            found = metadata.version(name)
        except metadata.PackageNotFoundError:
            wrong.append((line, "is not installed"))
            continue
        if pinned and found.partition("+")[0] != pinned:
            wrong.append((line, f"is {found}, not {pinned}"))
    for line, fault in wrong:
        yield Finding(line.partition("==")[0], "wrong", fault, f"pip install '{line}'")
    if not wrong:
        yield Finding("packages", "ok", f"makeweight {__version__} and {len(required)} packages as pinned")


def check_gpu() -> Finding:
    """Whether torch finds a GPU; none is needed."""
    try:
        import torch
    except (ImportError, OSError) as error:
        return Finding("GPU", "wrong", f"torch cannot be imported: {error}", "pip install torch")
    if torch.cuda.is_available():
        return Finding("GPU", "ok", torch.cuda.get_device_name())
    return Finding("GPU", "note", "none found; everything runs on the processor")


def check_git() -> Iterator[Finding]:
    """Whether git is there, and knows in whose name to commit."""
    if shutil.which("git") is None:
        yield Finding("git", "wrong", "not on the PATH", "install it: https://git-scm.com/downloads")
        return
    yield Finding("git", "ok", output("git", "--version"))
    missing = [key for key in ("user.name", "user.email") if not output("git", "config", key)]
    if missing:
        remedy = " and ".join(f'git config --global {key} "..."' for key in missing)
        yield Finding("git identity", "wrong", f"no {' and no '.join(missing)}: commits and experiments fail", remedy)
    else:
        yield Finding("git identity", "ok", f"{output('git', 'config', 'user.name')}")


def check_dvc() -> Iterator[Finding]:
    """Whether DVC can be called from here, and by DVC the command `makeweight`."""
    try:
        yield Finding("DVC", "ok", metadata.version("dvc"))
    except metadata.PackageNotFoundError:
        yield Finding("DVC", "wrong", "not installed", "pip install 'dvc==3.67.1'")
    found = shutil.which("makeweight", path=project.environment()["PATH"])
    if found is None:
        yield Finding("command", "wrong", "DVC finds no `makeweight` on the PATH", "pip install .")
    elif shutil.which("makeweight") is None:
        yield Finding(
            "command", "note", f"{found} is not on your PATH", "activate its environment before you call `dvc` yourself"
        )


def check_folder() -> Iterator[Finding]:
    """Whether the current folder is a project, can be written, and has room."""
    here = Path.cwd()
    if not os.access(here, os.W_OK | os.X_OK):
        yield Finding("folder", "wrong", f"{here} cannot be written", f"chmod u+wx '{here}', or work elsewhere")
    elif project.PARAMS.is_file() and project.PIPELINE.is_file():
        yield Finding("folder", "ok", f"{here}, a project")
    else:
        yield Finding("folder", "note", f"{here} is no project", "makeweight init")
    free = shutil.disk_usage(here).free / 1e9
    state: State = "ok" if free >= LEAST_GIGABYTES else "wrong"
    remedy = "" if state == "ok" else "make room; `dvc gc --workspace` removes results of earlier runs"
    yield Finding("disk", state, f"{free:.1f} GB free", remedy)


def check_threads() -> Finding:
    """How many threads a run will use, and whether a variable sets them to something odd."""
    count = os.cpu_count() or 1
    try:
        used, stated = cores.available(), cores.from_environment("MAKEWEIGHT_THREADS", 0, least=1)
    except InputError as fault:
        return Finding("threads", "wrong", str(fault), "set it so, or unset it")
    if used > count:
        return Finding("threads", "wrong", f"MAKEWEIGHT_THREADS is {used} on {count} cores", f"at most {count}")
    if not stated and hasattr(os, "sched_getaffinity") and len(os.sched_getaffinity(0)) < count:
        allowed = len(os.sched_getaffinity(0))
        text = f"this process may use {allowed} of {count} cores"
        return Finding("threads", "wrong", text, f"export MAKEWEIGHT_THREADS={allowed}")
    return Finding("threads", "ok", f"{used} on {count} cores")


def output(*command: str) -> str:
    """Return the first line that a command prints; empty if it fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return done.stdout.strip().partition("\n")[0] if done.returncode == 0 else ""


def examine() -> list[Finding]:
    """Return everything that was looked at, in the order in which it is shown."""
    return [
        check_python(), *check_packages(), check_gpu(), *check_git(), *check_dvc(), *check_folder(), check_threads(),
    ]  # fmt: skip


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
def command(as_json: bool) -> int:
    """Say what is wrong with this machine's set-up, and how to mend it; status 1 if something is."""
    findings = examine()
    if as_json:
        click.echo(json.dumps([asdict(finding) for finding in findings], indent=2, ensure_ascii=False))
    else:
        for finding in findings:
            click.echo(f"{finding.state:<6} {finding.name:<13} {finding.text}")
            if finding.remedy:
                click.echo(f"{'':<20} -> {finding.remedy}")
    return 1 if any(finding.state == "wrong" for finding in findings) else 0
