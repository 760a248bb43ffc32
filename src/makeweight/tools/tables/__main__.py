"""Write the numbers of the last run and of the benchmarks into docs/results.md and README.md: `make tables`.

These are the project's own pages, about the built-in catalogue: the report of a run, whatever its data, holds its
numbers, and neither benchmarks nor sweeps.
"""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from makeweight.core import files, params
from makeweight.core.errors import InputError
from makeweight.results.run import Run
from makeweight.tools.tables import arms, last_run, measured, public
from makeweight.tools.tables import suite as many_tables
from makeweight.tools.tables.markdown import replace_block

RUN = Run()
CATALOGUE = "openclipart"
"""The data set that these pages are about."""

BLOCKS: Mapping[Path, Mapping[str, Callable[[], str]]] = {
    Path("README.md"): {"results": lambda: last_run.headline(RUN)},
    Path("docs") / "results.md": {
        "results": lambda: last_run.results(RUN),
        "few-shot": public.few_shot,
        "trials": public.trials,
        "verdicts": public.verdicts,
        "suite": many_tables.suite,
        "arms": arms.arms,
        "benchmarks": measured.benchmarks,
        "sweep": measured.sweep,
    },
}
"""File -> block -> what comes between the block's markers."""


def main() -> int:
    """Write every block of every file."""
    try:
        check_dataset()
        for path, blocks in BLOCKS.items():
            text = path.read_text(encoding="utf-8")
            for block, content in blocks.items():
                text = replace_block(text, block, content(), str(path))
            files.write_text(path, text)
    except InputError as mistake:
        sys.stderr.write(f"{mistake}\n")
        return 1
    return 0


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
    sys.exit(main())
