"""How the process asks the system for memory and gives it back."""

import ctypes
import gc
import sys
from collections.abc import Iterator
from contextlib import contextmanager

MAPPED_FROM, KEPT_FREE = 32 * 2**20, 256 * 2**20
"""Bytes: arrays of this size and more go back to the system when they are freed; of all smaller ones, what exceeds this
at the end of the heap."""


def keep_freed() -> None:
    """Tell glibc to keep what is freed for the next array, where the process uses glibc.

    By its own thresholds an array of some megabytes is given back and asked for again in every step of a loop, and the
    system fills each page with zeros each time: that took a tenth of the stage `sample`.
    """
    trim, mapped = -1, -3  # M_TRIM_THRESHOLD and M_MMAP_THRESHOLD in glibc's malloc.h
    if sys.platform == "linux" and hasattr(libc := ctypes.CDLL(None), "gnu_get_libc_version"):
        libc.mallopt(trim, KEPT_FREE)
        libc.mallopt(mapped, MAPPED_FROM)


@contextmanager
def collecting_nothing() -> Iterator[None]:
    """Keep the garbage collector from looking through what is made meanwhile, now and later: for imports, which stay.

    A stage begins and ends in a quarter less time, and forked workers do not copy the pages that it would mark.
    """
    gc.disable()
    try:
        yield
    finally:
        gc.enable()
        gc.freeze()
