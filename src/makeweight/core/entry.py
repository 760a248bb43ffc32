"""How a command or a stage begins and ends: threads, signals, one line and an exit status for what a user can mend."""

import errno
import importlib
import importlib.util
import os
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from types import ModuleType

from makeweight.core import cores, memory, resources, stopping
from makeweight.core.errors import InputError
from makeweight.core.stopping import stop_in_order as stop_in_order

DISK_FAULTS = frozenset(
    (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EACCES, errno.EPERM, errno.EIO, errno.EMFILE)
)
"""No space or quota, a file too large for its limit, no right to write or read, a broken disk, too many open files:
what a user can mend."""


def limit_threads() -> None:
    """Limit the thread pools of numeric libraries to the available cores, before any such library is imported.

    Ends the process where the environment asks for no possible number of them.
    """
    try:
        threads = str(cores.available())
    except InputError as mistake:
        sys.exit(told("makeweight", str(mistake), 1))
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMEXPR_NUM_THREADS"):
        os.environ.setdefault(name, threads)
    # How long a thread spins before it sleeps. Without a limit, two experiments on two cores block each other (a step
    # took fifty times as long); with no spinning at all, a single run takes nearly twice as long.
    os.environ.setdefault("GOMP_SPINCOUNT", "10000")


def exit_status(name: str, work: Callable[[], object]) -> int:
    """Do the work and return the exit status; what a user can mend is one line on standard error.

    Args:
        name: what stands before the line, such as `clean`.
        work: returns nothing that matters; a defect in it keeps its traceback.

    Returns:
        0; 1 for a user's mistake or a disk that cannot be written; 130 after Ctrl-C; 143 after SIGTERM, and so on.
    """
    try:
        work()
    except SystemExit:
        raise
    except BaseException as error:
        number = signal_of(error)
        if number:
            stopping.let_end()
            what = "Ctrl-C" if number == signal.SIGINT else number.name
            line = f"stopped by {what}; nothing half-written is left, and the same command begins again"
            return told(name, line, 128 + number)
        told_line = line_of(error)
        if told_line is None:
            raise
        return told(name, told_line, 1)
    return 0


def run_tool(name: str, main: Callable[[], int | None]) -> int:
    """Run a tool's `main` and return the exit status, as `exit_status` does; `main` may return one of its own."""
    stopping.stop_in_order()
    status = 0

    def work() -> None:
        nonlocal status
        status = main() or 0

    return exit_status(name, work) or status


def signal_of(error: BaseException) -> signal.Signals | None:
    """Return the signal that ended the work; libraries may have turned its exception into another one."""
    if stopping.arrived:
        return signal.Signals(stopping.arrived[-1])
    if isinstance(error, KeyboardInterrupt):
        return signal.SIGINT
    return signal.SIGTERM if isinstance(error, stopping.Terminated) else None


def line_of(error: BaseException) -> str | None:
    """Return what a user can do something about, in one line; None for a defect of the program."""
    if isinstance(error, InputError):
        return str(error)
    for cause in causes(error):
        lack = resources.lacking(cause)
        if lack:
            return f"{lack}; fewer rows, a smaller `preprocess.image.size` or MAKEWEIGHT_THREADS=1 would need less"
        if isinstance(cause, OSError) and cause.errno in DISK_FAULTS:
            from makeweight.core import files

            reason = cause.strerror or os.strerror(cause.errno)
            place = f"{files.final_name(os.fsdecode(cause.filename))}: " if cause.filename else ""
            return f"{place}{files.final_name(' '.join(reason.split()))}; nothing half-written is left"
    return None


def causes(error: BaseException | None) -> Iterator[BaseException]:
    """Yield an exception and those that led to it."""
    while error is not None:
        yield error
        error = error.__cause__ or (None if error.__suppress_context__ else error.__context__)


def told(name: str, line: str, status: int) -> int:
    """Write why something ended, and return its exit status."""
    sys.stderr.write(f"{name}: {line}\n")
    return status


def find_stage(name: str) -> ModuleType | None:
    """Return the module that holds the stage's `main`, or None if there is no such stage."""
    address = f"makeweight.stages.{name}"
    spec = importlib.util.find_spec(address) if name.isidentifier() else None
    if spec is None:
        return None
    is_folder = spec.submodule_search_locations is not None
    module = importlib.import_module(f"{address}.__main__" if is_folder else address)
    return module if callable(getattr(module, "main", None)) else None


def run_stage(arguments: list[str], logged: Callable[[str, list[str]], AbstractContextManager[object]]) -> int:
    """Run one stage in the current folder and return the exit status.

    Args:
        arguments: the stage's name and its cell, such as `["contest", "smote"]`.
        logged: opens the loggers that params.yaml asks for, around one stage and cell.
    """
    if not arguments:
        sys.stderr.write("usage: stage STAGE [CELL ...]\n")
        return 1
    stage, *cell = arguments
    memory.keep_freed()

    def work() -> None:
        with memory.collecting_nothing():
            from makeweight.core import cells, files, running

            module = find_stage(stage)
        if module is None:
            raise InputError(f"there is no stage {stage!r}; `dvc stage list` names them")
        with running.alone(arguments):
            files.remove_partial()
            cells.remove_stale()
            with logged(stage, cell):
                module.main(*cell)

    return exit_status(" ".join(arguments), work)
