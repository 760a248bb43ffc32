"""Write the numbers of the last run and of the benchmarks into docs/results.md and README.md: `make tables`."""

import sys
from collections.abc import Callable, Mapping
from pathlib import Path

from makeweight.core import files
from makeweight.core.errors import InputError
from makeweight.results.run import Run
from makeweight.tools.tables import last_run, measured, public
from makeweight.tools.tables.markdown import replace_block

RUN = Run()

BLOCKS: Mapping[Path, Mapping[str, Callable[[], str]]] = {
    Path("README.md"): {"results": lambda: last_run.headline(RUN)},
    Path("docs") / "results.md": {
        "results": lambda: last_run.results(RUN),
        "few-shot": public.few_shot,
        "trials": public.trials,
        "verdicts": public.verdicts,
        "benchmarks": measured.benchmarks,
        "sweep": measured.sweep,
    },
}
"""File -> block -> what comes between the block's markers."""


def main() -> int:
    """Write every block of every file."""
    try:
        for path, blocks in BLOCKS.items():
            text = path.read_text(encoding="utf-8")
            for block, content in blocks.items():
                text = replace_block(text, block, content(), str(path))
            files.write_text(path, text)
    except InputError as mistake:
        sys.stderr.write(f"{mistake}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
