"""Memory that does not suffice, and a GPU that is gone: one line that says what would help."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

from makeweight.core.errors import InputError

NO_MEMORY = ("out of memory", "can't allocate memory", "not enough memory", "ALLOC_FAILED")
"""What torch writes in a RuntimeError: CUDA, Linux, Windows, and the libraries of the GPU."""
NO_GPU = ("busy or unavailable", "no CUDA-capable device", "uncorrectable ECC", "unspecified launch failure")
ASKED = re.compile(r"allocate ([\d.]+) (bytes|[KMGTP]iB)")
GIBIBYTE = 2**30


def lacking(error: BaseException) -> str | None:
    """Return what is lacking, with the size of memory that was asked for where it is known; None for another error."""
    text = str(error)
    of_torch = text if isinstance(error, RuntimeError) else ""
    where = "the memory of the GPU" if "CUDA" in text or "CUBLAS" in text else "memory"
    if isinstance(error, MemoryError) or any(sign in of_torch for sign in NO_MEMORY):
        found = ASKED.search(text)
        return f"{where} does not suffice{size_of(found) if found else ''}"
    if any(sign in of_torch for sign in NO_GPU):
        return f"the GPU no longer answers ({text.splitlines()[0]})"
    return None


def size_of(found: re.Match[str]) -> str:
    """Return the size that was asked for, in brackets."""
    size = f"{float(found[1]) / GIBIBYTE:.2g} GiB" if found[2] == "bytes" else f"{found[1]} {found[2]}"
    return f" ({size} more were asked for)"


@contextmanager
def sufficient(place: str, remedy: str) -> Iterator[None]:
    """Turn what is lacking inside into one line.

    Args:
        place: what stands before the colon: a file or an argument.
        remedy: what would be right, as a clause of its own.

    Raises:
        InputError: memory does not suffice, or the GPU is gone.
    """
    try:
        yield
    except (MemoryError, RuntimeError) as error:
        what = lacking(error)
        if what is None:
            raise
        raise InputError(f"{place}: {what}; {remedy}") from error
