"""Follows the output of DVC: which stage runs, how many are done, how long the rest will take."""

import re
import shutil
import sys
import time
from collections.abc import Sequence

from makeweight.command import stages
from makeweight.core import timings

STARTS = re.compile(r"Running stage '(?:dvc\.yaml:)?([^']+)'")
SKIPS = re.compile(r"Stage '(?:dvc\.yaml:)?([^']+)' (?:didn't change|is cached)")
FAILS = re.compile(r"ERROR: failed to reproduce '(?:dvc\.yaml:)?([^']+)'(?:: (?!failed to run)(.+))?")
NOISE = re.compile(
    r"^(> |WARNING: |(Updating|Generating) lock file|Use `dvc |To track the changes|\s*git add |\s*dvc config |"
    r"To enable auto |$)"
)
PROGRESS = re.compile(r"crawl: \d|[\w ]+: \d+ of \d+, \d+ s$")
"""How far a long stage is, as `core.progress` and the crawl say it every ten seconds."""
DVC_ERROR = re.compile(r"^ERROR: (?!failed to reproduce|.*failed to run: )")
MOST_LINES = 12


class Watch:
    """Takes the lines of DVC one by one and shows a line of progress."""

    def __init__(self, addresses: Sequence[str], times: dict[str, float]) -> None:
        self.waiting = list(addresses)
        self.total = len(addresses)
        self.done = 0
        self.times = times
        self.current: str | None = None
        self.failed: str | None = None
        self.seconds: dict[str, float] = {}
        """Stage -> how long it took in this run."""
        self.started = 0.0
        self.lines: list[str] = []
        """What the current stage wrote."""
        self.errors: list[str] = []
        self.on_terminal = sys.stderr.isatty()

    def take(self, line: str) -> None:
        """Take one line of output."""
        if found := STARTS.search(line):
            self.finish_current()
            self.current, self.started, self.lines = found[1], time.monotonic(), []
            self.remove(found[1])
            self.show()
        elif found := SKIPS.search(line):
            self.finish_current()
            self.remove(found[1])
            self.done += 1
        elif found := FAILS.search(line):
            self.failed = found[1]
            self.errors += [f"{found[1]}: {found[2]}"] if found[2] else []
        elif DVC_ERROR.match(line):
            self.errors.append(line.removeprefix("ERROR: "))
        elif not NOISE.match(line):
            self.lines.append(line)
            if PROGRESS.match(line):
                self.show(line)

    def remove(self, address: str) -> None:
        """Take a stage from those that wait."""
        if address in self.waiting:
            self.waiting.remove(address)

    def finish_current(self) -> None:
        """Note how long the stage took that has just ended."""
        if self.current is not None:
            self.seconds[self.current] = round(time.monotonic() - self.started, 1)
            self.done += 1
        self.current = None

    def show(self, doing: str = "") -> None:
        """Show which stage runs, and how far it is: one line that changes on a terminal, lines elsewhere."""
        of = f" {min(self.done + 1, self.total)} of {self.total}" if self.total else ""
        text = f"stage{of}: {self.current}"
        left = stages.seconds_left([*self.waiting, self.current or ""], self.times) if self.total else None
        if doing:
            text += f"; {doing}"
        elif left is not None:
            text += f", {timings.duration_text(left)} left at most"
        if self.on_terminal:
            width = shutil.get_terminal_size().columns - 1
            sys.stderr.write(f"\r{text[:width]:<{width}}")
        else:
            sys.stderr.write(f"{text}\n")
        sys.stderr.flush()

    def close(self) -> None:
        """Clear the line of progress; a stage that was stopped has no time."""
        if self.failed is None and not self.errors:
            self.finish_current()
        if self.on_terminal:
            sys.stderr.write(f"\r{'':<{shutil.get_terminal_size().columns - 1}}\r")

    def reasons(self) -> list[str]:
        """Return the lines that say why a run failed: those of the stage, else those of DVC."""
        if self.errors and self.failed != self.current:  # DVC did not start it
            return self.errors
        stage = (self.failed or self.current or "").partition("@")[0]
        own = [line for line in self.lines if stage and line.startswith(f"{stage}")]
        has_traceback = any(line.startswith("Traceback") for line in self.lines)
        if has_traceback or not (own or self.errors):
            return self.lines[-MOST_LINES:] or self.errors
        return own[-1:] or self.errors

    def place(self) -> str:
        """Return the stage that failed, for a message."""
        return f"stage {self.failed}" if self.failed else "DVC"
