"""Projects with the repository's parameters, of which some are changed, and stages that run in them."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from makeweight.core import params

ROOT = Path(__file__).parents[1]


def write_params(folder: Path, changes: Mapping[str, Any]) -> None:
    """Write the repository's params.yaml with values changed by their dotted names; one that it lacks ends this."""
    values = params.read_yaml(ROOT / "params.yaml")
    for name, value in changes.items():
        *sections, last = name.split(".")
        section = values
        for name_of_section in sections:
            section = section[name_of_section]
        if last not in section:
            sys.exit(f"params.yaml has no {name}")
        section[last] = value
    with (folder / "params.yaml").open("w", encoding="utf-8") as file:
        YAML().dump(values, file)


def start(folder: Path, stage: str, environment: Mapping[str, str], **options: Any) -> subprocess.Popen[Any]:
    """Start a stage such as `preprocess image` in a project's folder, by this checkout's code.

    Args:
        folder: of the project.
        stage: with its cell, if it has cells.
        environment: variables beside those of this process.
        options: of `Popen`.
    """
    command = [sys.executable, str(ROOT / "src" / "stage.py"), *stage.split()]
    variables = {**os.environ, "PYTHONPATH": str(ROOT / "src"), **environment}
    return subprocess.Popen(command, cwd=folder, env=variables, **options)
