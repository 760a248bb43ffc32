"""Regular expressions that a user gives, with a time limit: with some it doubles with each character of a text."""

import re
import signal
import threading
from collections.abc import Callable
from types import FrameType
from typing import TypeVar

from makeweight.core.errors import InputError

SECONDS = 5.0
"""Of this process's computing, for one pattern and one text: a text of a million characters takes a hundredth."""

Result = TypeVar("Result")


def substitute(pattern: re.Pattern[str], replacement: str, text: str, setting: str) -> str:
    """Return the text with every match replaced.

    Args:
        pattern: given by the user.
        replacement: as `re.sub` takes it.
        text: any.
        setting: the name under which the user gave it, for the message.

    Raises:
        InputError: it takes longer than `SECONDS`.
    """
    return limited(lambda: pattern.sub(replacement, text), pattern, text, setting)


def found(pattern: re.Pattern[str], text: str, setting: str) -> bool:
    """Return whether the pattern matches anywhere in the text.

    Raises:
        InputError: it takes longer than `SECONDS`.
    """
    return limited(lambda: pattern.search(text) is not None, pattern, text, setting)


def limited(work: Callable[[], Result], pattern: re.Pattern[str], text: str, setting: str) -> Result:
    """Return what `work` returns; where no signal can stop it (in another thread, on Windows) it has all the time.

    Raises:
        InputError: it takes longer than `SECONDS`.
    """
    if threading.current_thread() is not threading.main_thread() or not hasattr(signal, "setitimer"):
        return work()

    def stop(number: int, frame: FrameType | None) -> None:
        raise InputError(
            f"`{setting}`: {pattern.pattern!r} takes more than {SECONDS:g} s for a text of {len(text):,} characters "
            f"that begins {text[:40]!r}; a pattern without repeats inside repeats would be right"
        )

    before = signal.signal(signal.SIGVTALRM, stop)
    try:
        signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
        return work()
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)
