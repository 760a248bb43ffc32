"""The entry point of every stage: `python src/stage.py clean`, `python src/stage.py preprocess image`.

Run as a script, so that the `src/` of this checkout comes first on Python's path: an experiment in a queue or a
temporary copy then runs its own code, whatever is installed in the environment.
"""

import importlib
import importlib.util
import os
import sys
from types import ModuleType


def limit_threads() -> None:
    """Limit the thread pools of numeric libraries to the available cores, before any such library is imported."""
    from makeweight.core import cores

    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"):
        os.environ.setdefault(name, str(cores.available()))
    # How long a thread spins before it sleeps. Without a limit, two experiments on two cores block each other (a step
    # took fifty times as long); with no spinning at all, a single run takes nearly twice as long.
    os.environ.setdefault("GOMP_SPINCOUNT", "10000")


def find_stage(name: str) -> ModuleType | None:
    """Return the module that holds the stage's `main`, or None if there is no such stage."""
    address = f"makeweight.stages.{name}"
    spec = importlib.util.find_spec(address) if name.isidentifier() else None
    if spec is None:
        return None
    is_folder = spec.submodule_search_locations is not None
    module = importlib.import_module(f"{address}.__main__" if is_folder else address)
    return module if callable(getattr(module, "main", None)) else None


def run(arguments: list[str]) -> int:
    """Run one stage and return the exit status: 1 and one line for a user's mistake; a defect keeps its traceback."""
    from makeweight.core import cells
    from makeweight.core.errors import InputError
    from makeweight.tools import loggers

    if not arguments:
        sys.stderr.write("usage: python src/stage.py STAGE [CELL ...]\n")
        return 1
    stage, *cell = arguments
    try:
        module = find_stage(stage)
        if module is None:
            raise InputError(f"there is no stage {stage!r}; `dvc stage list` names them")
        cells.remove_stale()
        with loggers.logging_run(stage, cell):
            module.main(*cell)
    except InputError as mistake:
        sys.stderr.write(f"{' '.join(arguments)}: {mistake}\n")
        return 1
    return 0


if __name__ == "__main__":
    limit_threads()
    sys.exit(run(sys.argv[1:]))
