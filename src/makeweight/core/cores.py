"""How many processes or threads may work at once; free of numeric libraries, so that workers start quickly."""

import os

from makeweight.core.errors import InputError

MOST = 4096
"""Processes or threads; far more than that end in the operating system's refusal."""


def available() -> int:
    """MAKEWEIGHT_THREADS, or all cores of the machine; processes that torchrun starts on it share them.

    Raises:
        InputError: a variable of the environment is no such number.
    """
    stated = from_environment("MAKEWEIGHT_THREADS", 0, least=1)
    return stated or max(1, (os.cpu_count() or 1) // from_environment("LOCAL_WORLD_SIZE", 1, least=1))


def from_environment(name: str, default: int, least: int = 0) -> int:
    """Return the whole number in a variable of the environment; the default where it is not set, or empty.

    Raises:
        InputError: it is no whole number, or none from `least` to `MOST`.
    """
    text = os.environ.get(name, "").strip()
    if not text:
        return default
    if not (text.isascii() and text.isdecimal() and len(text) < 10 and least <= int(text) <= MOST):
        raise InputError(f"environment variable {name} is {text!r}; right would be a whole number, {least} to {MOST}")
    return int(text)
