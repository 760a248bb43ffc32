"""How long each cell of a stage took, kept outside DVC, because the numbers differ from run to run."""

import json
from pathlib import Path

from makeweight.core import files, paths

SECONDS = paths.SCRATCH / "seconds"
"""One file per cell of a stage."""


def write_seconds(stage: str, cell: str, seconds: float) -> None:
    """Write the seconds that a cell took."""
    files.write_json(seconds_path(stage, cell), {"seconds": round(seconds, 1)})


def read_seconds(stage: str, cell: str) -> float | None:
    """Return the seconds of the cell's last run on this machine, or None if it never ran here."""
    path = seconds_path(stage, cell)
    return float(json.loads(path.read_text(encoding="utf-8"))["seconds"]) if path.is_file() else None


def seconds_path(stage: str, cell: str) -> Path:
    """Return .scratch/seconds/<stage>/<cell>.json."""
    return SECONDS / stage / f"{cell}.json"
