"""Ctrl-C, SIGTERM and kill -9: a process that is stopped ends in order, and its child processes end with it."""

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from multiprocessing import resource_tracker
from types import FrameType

PARENT_SECONDS = 0.3
"""How often a child process looks whether its parent is alive."""
AGAIN_SECONDS = 0.05
"""After which a signal is raised again whose exception was lost."""

arrived: list[int] = []
"""The signals that came to this process; a library may turn their exception into another one, or lose it."""


class Terminated(BaseException):
    """SIGTERM came."""


def stop_in_order() -> None:
    """Have SIGTERM end this process as Ctrl-C does, so that what is half-written is removed.

    Workers that were forked inherit this; they end at once and in silence. A signal that this process was started to
    ignore, as `nohup` and a shell's background jobs do, stays ignored.
    """
    own = os.getpid()

    def stop(number: int, frame: FrameType | None) -> None:
        if os.getpid() != own:
            os._exit(128 + number)
        arrived.append(number)
        raise KeyboardInterrupt if number == signal.SIGINT else Terminated

    def try_again(lost: "sys.UnraisableHookArgs") -> None:
        """Python goes on where an exception comes in a hook of its own, such as those of `fork`: raise it later."""
        if not isinstance(lost.exc_value, KeyboardInterrupt | Terminated) or os.getpid() != own:
            sys.__unraisablehook__(lost)
        elif threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGALRM, lambda number, frame: stop(arrived[-1], frame))
            signal.setitimer(signal.ITIMER_REAL, AGAIN_SECONDS)

    arrived.clear()
    sys.unraisablehook = try_again
    for number in (signal.SIGINT, signal.SIGTERM):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, stop)


@contextmanager
def held() -> Iterator[Callable[[], None]]:
    """Hold Ctrl-C and SIGTERM in this block until it ends, or until the function that it gets is called.

    For compiled code that calls Python on its way and cannot be left by an exception: it would go on with what is
    half computed, or crash. Call the function where an exception does no harm, such as between two steps.
    """
    came: list[int] = []
    numbers = (signal.SIGINT, signal.SIGTERM) if threading.current_thread() is threading.main_thread() else ()
    before = {number: signal.getsignal(number) for number in numbers}

    def release() -> None:
        if came:
            for number, handler in before.items():
                signal.signal(number, handler)
            signal.raise_signal(came.pop(0))

    for number, handler in before.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, lambda number, frame: came.append(number))
    try:
        yield release
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
        release()


def let_end() -> None:
    """Have a further signal end this process in silence: what it had to say has been said."""
    if threading.current_thread() is threading.main_thread():
        for number in (signal.SIGINT, signal.SIGTERM):
            if signal.getsignal(number) is not signal.SIG_IGN:
                signal.signal(number, signal.SIG_DFL)


def end_with_parent() -> None:
    """Have this child process end soon after its parent, which `kill -9` gives no time to end its children."""
    creator = multiprocessing.parent_process()
    parent = os.getppid() if creator is None else creator.pid

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(PARENT_SECONDS)
        os._exit(1)

    threading.Thread(target=watch, name="parent", daemon=True).start()


@contextmanager
def starting_children() -> Iterator[None]:
    """Start child processes in this block: they do not get Ctrl-C, which a terminal sends to all; this process does."""
    resource_tracker.ensure_running()  # with the first process that is spawned it would let the signal through again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def ending_children() -> Iterator[None]:
    """End the child processes that were started in this block at once if it is left by an exception."""
    others = set(multiprocessing.active_children())
    try:
        yield
    except BaseException:
        for child in set(multiprocessing.active_children()) - others:
            child.kill()
        raise
