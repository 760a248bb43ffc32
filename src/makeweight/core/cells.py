"""The cells of stages that this run declares in params.yaml, and files that an earlier run left of other cells.

DVC runs a cell per entry of a list in params.yaml. When an entry goes, DVC forgets its cell, but leaves its files,
which would then be taken for results of this run, perhaps of another data set.
"""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from makeweight.core import params, paths
from makeweight.core.errors import InputError
from makeweight.core.progress import say

LISTS = {"preprocess": "modalities", "train_gan": "engines", "contest": "arms", "fewshot": "labelings"}
"""Stage -> the list in params.yaml that names its cells."""
WITHOUT_CELLS = "fewshot"
"""The stage that a run may do without: its list may be empty, and then all of its files are stale."""


def declared(stage: str, values: Mapping[str, Any] | None = None) -> tuple[str, ...] | None:
    """Return the cells of a stage; None where params.yaml does not say.

    Args:
        stage: one of `LISTS`; any other stage has no cells.
        values: the content of params.yaml, where it is already known.
    """
    values = read_values() if values is None else values
    cells = values.get(LISTS.get(stage, ""))
    return tuple(str(cell) for cell in cells) if isinstance(cells, list) else None


def read_values() -> Mapping[str, Any]:
    """Return the content of params.yaml; nothing where it cannot be read."""
    try:
        values = params.read_yaml(params.FILE)
    except InputError:
        return {}
    return values if isinstance(values, dict) else {}


def stale() -> Iterator[Path]:
    """Yield the files and folders of cells that params.yaml no longer declares: DVC has no stage for them."""
    values = read_values()
    for stage in LISTS:
        cells = declared(stage, values)
        if cells is None or not (cells or stage == WITHOUT_CELLS):
            continue
        for path in [*(paths.DATA / stage).glob("*"), *(paths.PLOTS / stage).glob("*")]:
            if path.is_dir() and not path.name.startswith(".") and path.name not in cells:
                yield path
        for path in (paths.METRICS / stage).glob("*.json"):
            if path.stem not in cells and not path.name.startswith("."):
                yield path


def remove_stale() -> None:
    """Remove what `stale` yields, and say so.

    Stages that read a whole folder (`verdict` reads data/contest, `report` reads metrics) would otherwise depend on it.
    DVC keeps data in its cache and git keeps metrics and plots, so that an entry that comes back has its results.
    """
    for path in sorted(stale()):
        if path.is_dir():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink(missing_ok=True)
        say(f"removed {path}: `{LISTS[path.parts[1]]}` in {params.FILE} does not have it (any more)")
