"""How long each cell of a stage took, kept outside DVC, because the numbers differ from run to run; times in words."""

import json
from pathlib import Path

from makeweight.core import files, paths

SECONDS = paths.SCRATCH / "seconds"
"""One file per cell of a stage."""


def write_seconds(stage: str, cell: str, seconds: float) -> None:
    """Write the seconds that a cell took."""
    files.write_json(seconds_path(stage, cell), {"seconds": round(seconds, 1)})


def read_seconds(stage: str, cell: str) -> float | None:
    """Return the seconds of the cell's last run on this machine, or None if it never ran here or its file is damaged.

    Nothing depends on them, and the next run writes them again.
    """
    path = seconds_path(stage, cell)
    try:
        return float(json.loads(path.read_text(encoding="utf-8"))["seconds"]) if path.is_file() else None
    except (ValueError, TypeError, LookupError, OSError):
        return None


def seconds_path(stage: str, cell: str) -> Path:
    """Return .scratch/seconds/<stage>/<cell>.json."""
    return SECONDS / stage / f"{cell}.json"


def duration_text(seconds: float) -> str:
    """Return `40 s`, `3 min` or `1 h 20 min`."""
    if seconds < 55:
        return f"{max(5, round(seconds / 5) * 5)} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
