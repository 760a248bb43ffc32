"""The entry point of every stage: `python src/stage.py clean`, `python src/stage.py preprocess image`.

Run as a script, so that the `src/` of this checkout comes first on Python's path: an experiment in a queue or a
temporary copy then runs its own code, whatever is installed in the environment.
"""

import errno
import importlib
import importlib.util
import os
import signal
import sys
from types import FrameType, ModuleType

NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EROFS)
"""No space, no quota, a file system that can only be read: what a user can mend."""


class Terminated(BaseException):
    """SIGTERM came."""


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
        return told(arguments, str(mistake), 1)
    except KeyboardInterrupt:
        return told(
            arguments, "stopped by Ctrl-C; nothing half-written is left, and the same command begins again", 130
        )
    except Terminated:
        return told(
            arguments, "stopped by SIGTERM; nothing half-written is left, and the same command begins again", 143
        )
    except OSError as error:
        if error.errno not in NO_ROOM:
            raise
        return told(arguments, f"{error.filename or 'the disk'}: {error.strerror}; nothing half-written is left", 1)
    return 0


def told(arguments: list[str], line: str, status: int) -> int:
    """Write why a stage ended, and return its exit status."""
    sys.stderr.write(f"{' '.join(arguments)}: {line}\n")
    return status


def stop_in_order() -> None:
    """Have SIGTERM end this process as Ctrl-C does, so that what is half-written is removed.

    Workers that were forked inherit this; they end at once, as they would without it.
    """
    own = os.getpid()

    def stop(number: int, frame: FrameType | None) -> None:
        if os.getpid() != own:
            os._exit(128 + number)
        raise Terminated

    signal.signal(signal.SIGTERM, stop)


if __name__ == "__main__":
    limit_threads()
    stop_in_order()
    sys.exit(run(sys.argv[1:]))
