"""The resolution of a column of dates: the steps, in seconds or in months, that all its values lie on."""

from dataclasses import dataclass
from typing import Literal

import numpy as np

DAY = 86_400
Unit = Literal["seconds", "months", "month ends"]
CALENDAR: tuple[Unit, ...] = ("months", "month ends")
CERTAIN = 5
"""Distinct values that make a step of a week or of a quarter of an hour more than chance."""
SECONDS = (86_400.0, 3600.0, 60.0, 1.0)
"""Steps that writing has: a day, an hour, a minute, a second."""
UNUSUAL = (7 * 86_400.0, 86_400.0, 43_200.0, 21_600.0, 10_800.0, 3600.0, 1800.0, 900.0, 600.0, 300.0)
"""Further steps, larger than the column's own of those, in which all values may lie: a week, a quarter of an hour."""


@dataclass(frozen=True, slots=True)
class Steps:
    """Values are `origin` plus a whole number of `step`; months are counted from January 1970."""

    unit: Unit = "seconds"
    step: float = 1.0
    origin: float = 0.0

    def to_numbers(self, seconds: np.ndarray) -> np.ndarray:
        """Return float64 `(n,)` in this unit; NaN stays NaN."""
        if self.unit == "seconds":
            return seconds
        numbers = np.full(len(seconds), np.nan)
        present = ~np.isnan(seconds)
        days = np.floor(seconds[present] / DAY).astype("int64").astype("datetime64[D]")
        months = days.astype("datetime64[M]")
        day = (days - months.astype("datetime64[D]")).astype(int)
        length = ((months + 1).astype("datetime64[D]") - months.astype("datetime64[D]")).astype(int)
        anchor = 0 if self.unit == "months" else length - 1
        numbers[present] = months.astype(int) + (day - anchor) / length
        return numbers

    def to_seconds(self, numbers: np.ndarray) -> np.ndarray:
        """Return the seconds of the nearest steps."""
        nearest = np.round((numbers - self.origin) / self.step) * self.step + self.origin
        if self.unit == "seconds":
            return nearest
        seconds = np.full(len(numbers), np.nan)
        present = ~np.isnan(nearest)
        months = nearest[present].astype(int).astype("datetime64[M]")
        days = months.astype("datetime64[D]")
        if self.unit == "month ends":
            days = (months + 1).astype("datetime64[D]") - 1
        seconds[present] = days.astype(int) * float(DAY)
        return seconds


def find_steps(seconds: np.ndarray, digits: int, smallest: Literal["time", "month", "year"] = "time") -> Steps:
    """Return the largest steps that all values lie on.

    Args:
        seconds: of the column's dates, without NaN.
        digits: of the fraction of a second.
        smallest: what the pattern's smallest part is; a day counts as a time.
    """
    values = np.unique(seconds)
    if not len(values):
        return Steps()
    if smallest != "time":
        return monthly("months", values, smallest)
    if len(values) >= 3 and is_grid(values, DAY, 0):
        for unit in CALENDAR:
            months = Steps(unit).to_numbers(values)
            if (months == np.round(months)).all():
                return monthly(unit, values, smallest)
    natural = next((step for step in SECONDS if is_grid(values, step, 0)), 10.0**-digits)
    if len(values) >= CERTAIN:
        for step in UNUSUAL:
            if step > natural and is_grid(values, step, values[0]):
                return Steps(step=step, origin=float(values[0]))
    return Steps(step=natural)


def monthly(unit: Unit, values: np.ndarray, smallest: str) -> Steps:
    """Return steps of a month, of a quarter, or of a year."""
    months = Steps(unit).to_numbers(values)
    origin = float(np.round(months[0]))
    if smallest == "year":
        return Steps(unit, 12.0, origin)
    certain = len(months) >= CERTAIN
    return Steps(unit, next((step for step in (12.0, 3.0) if certain and is_grid(months, step, origin)), 1.0), origin)


def is_grid(values: np.ndarray, step: float, origin: float) -> bool:
    """Return whether all values are `origin` plus a whole number of steps."""
    return bool(((values - origin) % step == 0).all())
