"""Dates and times as a type of their own: from text or native timestamps to numbers, and back as they came in."""

import datetime
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd

from makeweight.data.values import date_patterns
from makeweight.data.values.column_types import is_text
from makeweight.data.values.date_steps import Steps

Kind = Literal["text", "number", "timestamp", "date", "time", "duration"]
"""How the cells came in: text or whole numbers (both with a pattern), or one of four native types."""
EPOCH = datetime.date(1970, 1, 1)


@dataclass(frozen=True, slots=True)
class DateFormat:
    """How a column's dates are written, and at which resolution they lie.

    As numbers dates are seconds, or months where all of them are first (or last) days of a month. Seconds are those of
    the clock of the column's time zone or offset.
    """

    pattern: str | None
    """As `strftime` has it, `%-d` without a leading zero; None for native types."""
    kind: Kind = "text"
    steps: Steps = field(default_factory=Steps)
    offset: str = ""
    """The offset from UTC as most cells write it, such as +02:00."""
    digits: int = 0
    """Of the fraction of a second."""
    dtype: str = ""
    """Of native timestamps, such as `datetime64[us, Europe/Paris]`."""

    @property
    def resolution(self) -> str:
        """The step in words, such as `1 day` or `15 minutes`."""
        if self.steps.unit != "seconds":
            return counted(self.steps.step, (("year", 12), ("month", 1)))
        return counted(self.steps.step, (("week", 604_800), ("day", 86_400), ("hour", 3600), ("minute", 60)))

    def to_numbers(self, cells: pd.Series) -> np.ndarray:
        """Return float64 `(n,)`; NaN where a cell is missing or no date of this format."""
        return self.steps.to_numbers(self.seconds(cells))

    def seconds(self, cells: pd.Series) -> np.ndarray:
        """Return the seconds of each cell; NaN where it has none."""
        if self.pattern is None:
            return native_seconds(cells)
        codes, distinct = pd.factorize(cells)
        known = np.full(len(distinct) + 1, np.nan)
        ahead = date_patterns.offset_seconds(self.offset)
        for position, cell in enumerate(distinct):
            parsed = date_patterns.parse(as_text(cell), self.pattern)
            known[position] = np.nan if parsed is None else parsed.seconds + ahead
        return known[codes]

    def from_numbers(self, numbers: np.ndarray) -> pd.Series:
        """Return the nearest dates at the column's resolution, as they came in; NaN gives a missing cell."""
        seconds = self.steps.to_seconds(np.asarray(numbers, dtype=np.float64))
        if self.kind in ("timestamp", "duration"):
            return native_series(seconds, self.dtype)
        distinct, where = np.unique(seconds, return_inverse=True)
        values = [None if np.isnan(value) else self.cell(float(value)) for value in distinct]
        cells = pd.Series([values[position] for position in where], dtype=object)
        return cells.astype({"text": "str", "number": "Int64"}.get(self.kind, object))

    def cell(self, seconds: float) -> Any:
        """Return one date as the column has them."""
        if self.pattern is None:
            moment = datetime.datetime.combine(EPOCH, datetime.time()) + datetime.timedelta(seconds=seconds)
            return moment.date() if self.kind == "date" else moment.time()
        text = date_patterns.write(seconds, self.pattern, self.offset, self.digits)
        return int(text) if self.kind == "number" else text


def counted(step: float, units: tuple[tuple[str, int], ...]) -> str:
    """Return a step in the largest unit that divides it."""
    name, size = next((unit for unit in units if step % unit[1] == 0), ("second", 1))
    count = step / size
    return f"{count:g} {name}" + ("" if count == 1 else "s")


def as_text(cell: Any) -> str:
    """Return a cell as text, whole numbers without decimals."""
    return str(int(cell)) if isinstance(cell, (float, np.floating)) and cell == int(cell) else str(cell)


def native_kind(cells: pd.Series) -> Kind | None:
    """Return the native type of all present cells; None where they are text or numbers."""
    if pd.api.types.is_datetime64_any_dtype(cells.dtype):
        return "timestamp"
    if pd.api.types.is_timedelta64_dtype(cells.dtype):
        return "duration"
    if is_text(cells):
        return None
    types = {type(cell) for cell in cells.dropna()}
    kinds: dict[type, Kind] = {datetime.date: "date", datetime.time: "time"}
    return kinds[types.pop()] if len(types) == 1 and types <= set(kinds) else None


def plain_types(cells: pd.Series) -> pd.Series:
    """Return the cells with pandas' own types of dates instead of Arrow's or of single timestamps."""
    if isinstance(cells.dtype, pd.ArrowDtype):
        return cells.array.__arrow_array__().to_pandas().set_axis(cells.index).rename(cells.name)
    types = {type(cell) for cell in cells.dropna()} if cells.dtype == object else set()
    if types and types <= {datetime.datetime, pd.Timestamp}:
        return pd.to_datetime(cells)
    return cells


def native_seconds(cells: pd.Series) -> np.ndarray:
    """Return the seconds of native timestamps (of their own clock), dates, times and durations."""
    if pd.api.types.is_datetime64_any_dtype(cells.dtype):
        local = cells.dt.tz_localize(None) if getattr(cells.dtype, "tz", None) is not None else cells
        # In the unit of the column: 1582 and 9999 are beyond what nanoseconds reach.
        return (local - pd.Timestamp(0).as_unit(local.dt.unit)).dt.total_seconds().to_numpy()
    if pd.api.types.is_timedelta64_dtype(cells.dtype):
        return cells.dt.total_seconds().to_numpy()
    return np.array([cell_seconds(cell) for cell in cells], dtype=np.float64)


def cell_seconds(cell: Any) -> float:
    """Return the seconds of one native date or time, or of one as ISO 8601 writes it; NaN for anything else."""
    if isinstance(cell, str):
        try:
            return date_patterns.parse_iso(cell.strip())
        except ValueError:
            return np.nan
    if isinstance(cell, datetime.time):
        return cell.hour * 3600 + cell.minute * 60 + cell.second + cell.microsecond / 1e6
    if isinstance(cell, datetime.date) and cell is not pd.NaT:
        return (cell.toordinal() - EPOCH.toordinal()) * 86_400.0
    return np.nan


def native_series(seconds: np.ndarray, dtype: str) -> pd.Series:
    """Return timestamps or durations of this type."""
    present = ~np.isnan(seconds)
    micros = np.full(len(seconds), np.datetime64("NaT").astype("int64"))
    micros[present] = np.round(seconds[present] * 1e6).astype("int64")
    if dtype.startswith("timedelta"):
        return pd.Series(micros.view("timedelta64[us]")).astype(dtype)
    local = pd.Series(micros.view("datetime64[us]"))
    unit, _, zone = dtype.removesuffix("]").partition(", ")
    if not zone:
        return local.astype(dtype)
    # Where the clock is put back an hour comes twice: the first is taken. Where it is put forward there is none.
    first = np.ones(len(local), dtype=bool)
    return local.dt.tz_localize(zone, ambiguous=first, nonexistent="shift_forward").astype(f"{unit}, {zone}]")
