"""The project in the current folder: what subcommands ask of it before they begin."""

import os
import shutil
import sys
import sysconfig
from pathlib import Path

from makeweight.core.errors import InputError

PARAMS = Path("params.yaml")
PIPELINE = Path("dvc.yaml")
REPORT = Path("plots/report.html")


def check_project() -> None:
    """Check that the current folder holds a project.

    Raises:
        InputError: says how to make one.
    """
    for path in (PARAMS, PIPELINE):
        if not path.is_file():
            raise InputError(
                f"{path}: no such file in {Path.cwd()}; go to the folder of a project, or make one: `makeweight init`"
            )


def check_git() -> None:
    """Check that git can be called.

    Raises:
        InputError: it is not installed.
    """
    if shutil.which("git") is None:
        raise InputError("git is not installed or not on the PATH, and DVC needs it: https://git-scm.com/downloads")


def environment() -> dict[str, str]:
    """Return the environment of the stages: the commands of this installation come first on the PATH."""
    own = [sysconfig.get_path("scripts"), str(Path(sys.executable).parent)]
    path = os.pathsep.join([*dict.fromkeys(own), os.environ.get("PATH", os.defpath)])
    return {**os.environ, "PATH": path, "DVC_NO_ANALYTICS": "1", "PYTHONUNBUFFERED": "1"}


def dvc(*arguments: str) -> list[str]:
    """Return the command that runs DVC in this installation.

    Raises:
        InputError: DVC is not installed beside this package.
    """
    import importlib.util

    if importlib.util.find_spec("dvc") is None:
        raise InputError(f"DVC is not installed for {sys.executable}: pip install 'dvc==3.67.1'")
    return [sys.executable, "-m", "dvc", *arguments]


def check_writable(folder: Path) -> None:
    """Check that files can be written in a folder.

    Raises:
        InputError: names the folder.
    """
    if not os.access(folder, os.W_OK | os.X_OK):
        raise InputError(f"{folder}: no permission to write there; choose another folder, or `chmod u+wx {folder}`")


def show(page: Path) -> None:
    """Open a page in the browser."""
    import webbrowser

    webbrowser.open(page.absolute().as_uri())
