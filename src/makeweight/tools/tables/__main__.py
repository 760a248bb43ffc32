"""Write the numbers of the last run and of the benchmarks into docs and README.md: `make tables`.

These are the project's own pages, about the built-in catalogue: the report of a run, whatever its data, holds its
numbers, and neither benchmarks nor sweeps.
"""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from makeweight.core import entry, files, params
from makeweight.core.errors import InputError
from makeweight.results.run import Run
from makeweight.tools.tables import (
    arms,
    confirmation,
    faults,
    last_run,
    main_job,
    measured,
    parameters,
    peers,
    pictures,
    planted,
    public,
    scale,
)
from makeweight.tools.tables import suite as many_tables
from makeweight.tools.tables.markdown import replace_block

RUN = Run()
PARAMETERS = Path("docs") / "parameters.md"
CATALOGUE = "openclipart"
"""The data set that these pages are about."""

BLOCKS: Mapping[Path, Mapping[str, Callable[[], str]]] = {
    Path("README.md"): {"results": lambda: last_run.headline(RUN)},
    Path("docs") / "results.md": {
        "results": lambda: last_run.results(RUN),
        "pictures": pictures.sheets,
        "listings": lambda: pictures.listings(RUN),
        "few-shot": public.few_shot,
        "trials": public.trials,
        "verdicts": public.verdicts,
        "suite": many_tables.suite,
        "peers": peers.peers,
        "arms": arms.arms,
        "confirmation": confirmation.confirmation,
        "benchmarks": measured.benchmarks,
        "sweep": measured.sweep,
    },
    Path("docs") / "method.md": {"planted rule": planted.planted_rule},
    Path("docs") / "running.md": {"main job": main_job.main_job},
    Path("docs") / "scale.md": {
        "tables": scale.table_scale,
        "memory curve": scale.memory_curve,
        "ray nodes": scale.ray_nodes,
    },
    Path("docs") / "reliability.md": {"faults": faults.faults, "kills": faults.kills},
}
"""File -> block -> what comes between the block's markers."""


def main() -> None:
    """Write every block of every file.

    Raises:
        InputError: the last run is of other data, or a number or a block's marker is missing.
    """
    check_dataset()
    values, pipeline = params.read_yaml(params.FILE), params.read_yaml(Path("dvc.yaml"))
    files.write_text(PARAMETERS, parameters.page(values, pipeline["stages"]))
    for path, blocks in BLOCKS.items():
        text = path.read_text(encoding="utf-8")
        for block, content in blocks.items():
            text = replace_block(text, block, content(), str(path))
        files.write_text(path, text)


def check_dataset() -> None:
    """Check that the last run is of the built-in catalogue.

    Raises:
        InputError: params.yaml names another data set.
    """
    dataset = str(params.value("dataset"))
    if dataset != CATALOGUE:
        raise InputError(
            f"params.yaml: `dataset` is {dataset!r}, but docs/results.md and README.md are about the built-in one "
            f"({CATALOGUE}); the numbers of this run are in plots/report.html"
        )


if __name__ == "__main__":
    sys.exit(entry.run_tool("make tables", main))
