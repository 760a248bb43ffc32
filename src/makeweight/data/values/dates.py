"""Dates and times: how they are written, and as numbers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class DateFormat:
    """How a column writes its dates."""

    pattern: str | None
    """As `strftime` has it; None for timestamps that need none."""
