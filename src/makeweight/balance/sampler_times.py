"""Dates, times and durations of any pandas type as whole steps of the column's own resolution, and back."""

import datetime
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from pandas.api.types import infer_dtype


@dataclass(frozen=True)
class Times:
    """A column of dates, times or durations."""

    steps: pd.Series
    """float64: steps from the earliest one; NaN for a gap."""
    back: Callable[[np.ndarray], pd.Series]
    """Steps without gaps -> cells, in the type of the given column."""
    gaps: pd.Series
    """A gap as the given column has it; empty where it has none."""

    def cells(self, values: np.ndarray) -> pd.Series:
        """Return the cells of steps."""
        present = ~np.isnan(values)
        found = self.back(np.rint(values[present]).astype(np.int64))
        if present.all():
            return found
        joined = pd.concat([found, self.gaps], ignore_index=True)
        positions = np.full(len(values), len(found))
        positions[present] = np.arange(len(found))
        return joined.iloc[positions].reset_index(drop=True)


def times_of(column: pd.Series) -> Times | None:
    """Return a column of dates, times or durations as steps; None for every other column."""
    if isinstance(column.dtype, pd.CategoricalDtype):
        return None
    if isinstance(column.dtype, pd.PeriodDtype):
        return as_steps(column, lambda cells: cells.array.asi8, lambda ordinals: periods(ordinals, column))
    if column.dtype.kind in "mM" or isinstance(column.dtype, pd.ArrowDtype):
        return of_type(column)
    return of_objects(column) if column.dtype == object else None


def of_type(column: pd.Series) -> Times | None:
    """Return a column whose type is one of dates, times or durations."""
    kind = infer_dtype(column.astype(object), skipna=True)
    if column.dtype.kind not in "mM" or kind == "date":
        return of_objects(column) if kind in ("date", "time") else None
    unit = unit_of(column)
    if column.dtype.kind == "m":
        return as_steps(column, lambda cells: numbers_of(cells, f"m8[{unit}]"), lambda n: as_type(n, "m", unit, column))
    zone = getattr(column.dtype, "tz", None) or getattr(getattr(column.dtype, "pyarrow_dtype", None), "tz", None)
    # In local time days begin at midnight on both sides of a change of the clock.
    wall = column.dt.tz_localize(None) if zone else column
    whole_months = first_of_months(wall.dropna().to_numpy(dtype=f"M8[{unit}]"))
    steps = "M" if whole_months else unit

    def back(counts: np.ndarray) -> pd.Series:
        times = pd.Series(counts.astype(f"M8[{steps}]").astype(f"M8[{unit}]"))
        if zone:
            earlier = np.zeros(len(times), dtype=bool)
            times = times.dt.tz_localize(str(zone), ambiguous=earlier, nonexistent="shift_forward")
        return times.astype(column.dtype)

    return as_steps(wall, lambda cells: numbers_of(cells, f"M8[{unit}]", f"M8[{steps}]"), back, column)


def unit_of(column: pd.Series) -> str:
    """Return the unit of a type of times: s, ms, us or ns."""
    arrow = getattr(column.dtype, "pyarrow_dtype", None)
    unit = getattr(arrow, "unit", None) or getattr(column.dtype, "unit", None)
    return str(unit or np.datetime_data(column.dtype)[0])


def numbers_of(cells: pd.Series, *types: str) -> np.ndarray:
    """Return times without gaps as whole numbers of the last type, by way of those before it."""
    times = cells.to_numpy(dtype=types[0])
    return times.astype(types[-1]).astype(np.int64)


def as_type(numbers: np.ndarray, kind: str, unit: str, column: pd.Series) -> pd.Series:
    """Return whole numbers of a unit in the type of the given column."""
    return pd.Series(numbers.astype(f"{kind}8[{unit}]")).astype(column.dtype)


def first_of_months(times: np.ndarray) -> bool:
    """Return whether all times are the beginning of a month, as dates of monthly or yearly data are."""
    return len(times) > 1 and bool((times.astype("M8[M]").astype(times.dtype) == times).all())


def of_objects(column: pd.Series) -> Times | None:
    """Return a column of dates, times or durations that are objects of Python, pandas or numpy."""
    objects = column.astype(object)
    kind = infer_dtype(objects, skipna=True)
    if kind == "time" and any(getattr(cell, "tzinfo", None) is not None for cell in objects):
        return None
    if kind not in ("date", "time"):
        return of_inferred(objects)
    numbers, cell_of = (days_of, datetime.date.fromordinal) if kind == "date" else (microseconds_of, time_of_day)
    if kind == "date" and first_of_months(np.array(objects.dropna().tolist(), dtype="M8[D]")):
        numbers, cell_of = months_of, first_of_month

    def back(counts: np.ndarray) -> pd.Series:
        cells = [cell_of(count) for count in counts.tolist()]
        return pd.Series(cells, dtype=object).astype(column.dtype)

    return as_steps(objects, numbers, back, column)


def of_inferred(objects: pd.Series) -> Times | None:
    """Return objects that pandas has a type for, such as timestamps of one time zone, as steps of that type."""
    present = objects.dropna()
    if infer_dtype(present) not in ("datetime", "datetime64", "timedelta", "timedelta64", "period"):
        return None
    inferred = present.infer_objects()
    if inferred.dtype == object or not len(present):
        return None
    times = times_of(inferred)
    if times is None:
        return None
    given = type(present.iloc[0])
    makers: dict[type, Callable[[Any], object]] = {
        datetime.datetime: lambda cell: cell.to_pydatetime(),
        datetime.timedelta: lambda cell: cell.to_pytimedelta(),
        np.datetime64: lambda cell: cell.to_datetime64().astype(present.iloc[0].dtype),
        np.timedelta64: lambda cell: cell.to_timedelta64().astype(present.iloc[0].dtype),
    }
    make = makers.get(given, lambda cell: cell)

    def back(counts: np.ndarray) -> pd.Series:
        return pd.Series([make(cell) for cell in times.back(counts).astype(object)], dtype=object)

    steps = pd.Series(np.nan, index=objects.index)
    steps[objects.notna()] = times.steps.to_numpy()
    return Times(steps, back, objects[objects.isna()].iloc[:1])


def as_steps(
    cells: pd.Series,
    numbers: Callable[[pd.Series], np.ndarray],
    back: Callable[[np.ndarray], pd.Series],
    column: pd.Series | None = None,
) -> Times:
    """Return cells as steps: the earliest is 0, and one step is the largest that all of them are a multiple of.

    Args:
        cells: what `numbers` takes, with gaps.
        numbers: cells without gaps -> whole numbers.
        back: the reverse of `numbers`.
        column: the given column, where `cells` is another form of it.
    """
    present = cells.notna().to_numpy()
    found = numbers(cells[present]) if present.any() else np.zeros(0, dtype=np.int64)
    first = int(found.min()) if len(found) else 0
    step = math.gcd(*(found - first).tolist()) if len(found) else 1
    step = step or 1
    last = (int(found.max()) - first) // step if len(found) else 0
    steps = np.full(len(cells), np.nan)
    steps[present] = (found - first) // step
    given = cells if column is None else column
    return Times(
        pd.Series(steps), lambda counts: back(np.clip(counts, 0, last) * step + first), given[~present].iloc[:1]
    )


def days_of(cells: pd.Series) -> np.ndarray:
    """Return dates as days since the year 1."""
    return np.array([cell.toordinal() for cell in cells])


def months_of(cells: pd.Series) -> np.ndarray:
    """Return dates as months since the year 0."""
    return np.array([cell.year * 12 + cell.month - 1 for cell in cells])


def first_of_month(month: int) -> datetime.date:
    """Return the first day of a month since the year 0."""
    return datetime.date(month // 12, month % 12 + 1, 1)


def periods(ordinals: np.ndarray, column: pd.Series) -> pd.Series:
    """Return periods of the column's frequency."""
    return pd.Series(pd.PeriodIndex.from_ordinals(ordinals, freq=column.dtype.freq)).astype(column.dtype)


def microseconds_of(cells: pd.Series) -> np.ndarray:
    """Return times of day as microseconds since midnight."""
    return np.array(
        [((cell.hour * 60 + cell.minute) * 60 + cell.second) * 1_000_000 + cell.microsecond for cell in cells]
    )


def time_of_day(count: int) -> datetime.time:
    """Return the time of day of microseconds since midnight."""
    return (datetime.datetime.min + datetime.timedelta(microseconds=count)).time()
