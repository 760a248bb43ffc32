"""A stage in a process that is forked from this one, where everything is imported: a case takes no three seconds."""

import ctypes
import gc
import importlib
import math
import os
import pkgutil
import resource
import select
import signal
import sys
import time
import traceback
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from PIL import Image

from makeweight import stages
from makeweight.core import entry, progress

DEFECT = 70
"""Exit status where an exception would have been a traceback of the interpreter."""
LATE = (
    *("torch._dynamo", "sklearn.ensemble", "sklearn.compose", "imblearn.over_sampling"),
    *("pyarrow.dataset", "pyarrow.acero", "pydantic.dataclasses", "dvc.repo"),
)
"""What libraries import when it is first needed, which takes longer than all the rest of a small stage."""
READY = b"\0"
"""Written when signals are dealt with: before that, a script ends as any program does."""
PATIENCE = 900.0
"""Seconds after which a stage is taken to hang."""


@dataclass(frozen=True)
class Ended:
    """How a process ended: its status (negative for a signal), what it wrote to standard error, and its seconds."""

    status: int
    text: str
    seconds: float


@dataclass(frozen=True)
class Stop:
    """A signal that the process gets at a moment."""

    number: int
    after: float
    """Seconds."""
    once: str = ""
    """A pattern of files in the project: the seconds are counted from when one is there."""


def nothing() -> None:
    """Change nothing before a stage."""


@cache
def import_stages() -> None:
    """Import all that stages need, once, so that processes that are forked from this one have it."""
    for late in LATE:
        importlib.import_module(late)
    for module in pkgutil.walk_packages(stages.__path__, f"{stages.__name__}."):
        if not module.name.endswith(("frontier", "browser")):
            importlib.import_module(module.name)
    Image.init()
    # The garbage collector of a new process then leaves alone what was imported, which takes it a quarter of the time.
    gc.collect()
    gc.freeze()


def run(
    folder: Path, arguments: tuple[str, ...], stop: Stop | None = None, before: Callable[[], None] = nothing
) -> Ended:
    """Run one stage in a project, as `src/stage.py` does.

    Args:
        folder: of the project.
        arguments: stage and cell.
        stop: the signal that it gets.
        before: is called in the new process, such as to limit what it may do.
    """
    import_stages()
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        become_stage(folder, arguments, writer, before)
    os.close(writer)
    os.read(reader, len(READY))
    start = time.monotonic()
    text, status = followed(pid, reader, folder, stop)
    return Ended(status, text, time.monotonic() - start)


def become_stage(folder: Path, arguments: tuple[str, ...], writer: int, before: Callable[[], None]) -> None:
    """In the new process: run the stage and end."""
    status = DEFECT
    try:
        os.setsid()
        os.dup2(writer, 1)
        os.dup2(writer, 2)
        sys.stdout = sys.stderr = os.fdopen(2, "w", buffering=1, closefd=False)
        os.chdir(folder)
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.SIG_DFL)
        entry.stop_in_order()
        progress.SECONDS_BETWEEN_LINES = math.inf  # on a slow machine there would be lines that the first run has not
        before()
        os.write(writer, READY)
        status = entry.run_stage(list(arguments), lambda stage, cell: nullcontext())
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(status)


def followed(pid: int, reader: int, folder: Path, stop: Stop | None) -> tuple[str, int]:
    """What the process writes until it ends, and its status; sends the signal when its time has come."""
    written, status = b"", None
    start = begin = time.monotonic()
    sent = stop is None
    while status is None:
        now = time.monotonic() - begin
        if stop is not None and not sent:
            if stop.once and not any(folder.glob(stop.once)):
                begin = time.monotonic()
            elif now >= stop.after:
                os.kill(pid, stop.number)
                sent = True
        if time.monotonic() - start > PATIENCE:
            os.kill(pid, signal.SIGKILL)
            raise AssertionError(f"hangs after {written.decode(errors='replace')}")
        pause = 0.02 if sent or stop is None else max(0.0, min(0.02, stop.after - now))
        if select.select([reader], [], [], pause)[0]:
            written += os.read(reader, 1 << 16)
        ended, code = os.waitpid(pid, os.WNOHANG)
        status = os.waitstatus_to_exitcode(code) if ended else None
    while select.select([reader], [], [], 0)[0] and (more := os.read(reader, 1 << 16)):
        written += more
    os.close(reader)
    return written.decode(errors="replace"), status


def without_privileges() -> None:
    """Have this process obey the rights of files, which root does not."""
    if os.geteuid() == 0:
        header = (ctypes.c_uint32 * 2)(0x20080522, 0)
        if ctypes.CDLL(None, use_errno=True).capset(header, (ctypes.c_uint32 * 6)()) != 0:
            raise OSError(ctypes.get_errno(), "capset")


def limit_files(size: int) -> Callable[[], None]:
    """Have every write beyond this size of a file fail, as on a full disk."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
