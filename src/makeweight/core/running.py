"""One process at a time runs a cell of the pipeline in a folder: DVC sees to that, and this does without DVC."""

import fcntl
import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from makeweight.core import paths
from makeweight.core.errors import InputError

FOLDER = paths.SCRATCH / "running"
"""A file per cell that runs. The system gives its lock free when the process ends, however it ends."""


@contextmanager
def alone(arguments: Sequence[str]) -> Iterator[None]:
    """Hold a cell until the block ends; under torchrun the process with rank 0 does so for all.

    Raises:
        InputError: another process runs it.
    """
    if os.environ.get("RANK", "0") != "0":
        yield
        return
    FOLDER.mkdir(parents=True, exist_ok=True)
    with (FOLDER / "-".join(arguments).replace("/", "_")).open("a+") as file:
        try:
            # Not `flock`: workers that were forked would hold that one after their parent has died.
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except (BlockingIOError, PermissionError):
            file.seek(0)
            raise InputError(
                f"process {file.read().strip() or '?'} is running this stage in this folder; wait for it, or end it"
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield
