"""How long the cells of stages took, kept where DVC does not look: the clock differs from run to run."""

import json
from pathlib import Path

from makeweight.core import files, paths

SECONDS = paths.SCRATCH / "seconds"
"""One file per cell of a stage: the clock differs from run to run, so that it stands where DVC does not look."""


def write_seconds(stage: str, cell: str, seconds: float) -> None:
    """Keep how long a cell took."""
    files.write_json(seconds_path(stage, cell), {"seconds": round(seconds, 1)})


def read_seconds(stage: str, cell: str) -> float | None:
    """How long a cell took last time on this machine, if it ever ran here."""
    path = seconds_path(stage, cell)
    return float(json.loads(path.read_text(encoding="utf-8"))["seconds"]) if path.is_file() else None


def seconds_path(stage: str, cell: str) -> Path:
    """.scratch/seconds/<stage>/<cell>.json."""
    return SECONDS / stage / f"{cell}.json"
