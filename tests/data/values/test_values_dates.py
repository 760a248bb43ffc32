"""Dates in everyday patterns and as native types: read from the whole column, and back as they came in."""

import datetime
import json
from dataclasses import asdict

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pydantic import TypeAdapter

from makeweight.core.errors import InputError
from makeweight.data.values import infer, read_date
from makeweight.data.values.dates import DateFormat

START = pd.Timestamp(2021, 3, 1)
RNG = np.random.default_rng(0)
DAYS = [START + pd.Timedelta(days=int(day)) for day in RNG.integers(0, 700, 200)]
MOMENTS = [START + pd.Timedelta(seconds=int(second)) for second in RNG.integers(0, 70_000_000, 200)]
MONDAYS = [START + pd.Timedelta(weeks=int(week)) for week in RNG.integers(0, 50, 100)]
QUARTERS_OF_AN_HOUR = [START + pd.Timedelta(minutes=15 * int(count)) for count in RNG.integers(0, 5000, 100)]
MONTH_ENDS = [day + pd.offsets.MonthEnd(0) for day in DAYS]


@pytest.mark.parametrize(
    ("moments", "written", "pattern", "resolution"),
    [
        (DAYS, "%Y-%m-%d", "%Y-%m-%d", "1 day"),
        (DAYS, "%d.%m.%Y", "%d.%m.%Y", "1 day"),
        (DAYS, "%-m/%-d/%Y", "%-m/%-d/%Y", "1 day"),
        (DAYS, "%d/%m/%Y", "%d/%m/%Y", "1 day"),
        (DAYS, "%B %-d, %Y", "%B %-d, %Y", "1 day"),
        (DAYS, "%Y%m%d", "%Y%m%d", "1 day"),
        (DAYS, "%Y-%m", "%Y-%m", "1 month"),
        (DAYS, "%Y", "%Y", "1 year"),
        (DAYS, "%Y-%m-01", "%Y-%m-%d", "1 month"),
        (MONTH_ENDS, "%Y-%m-%d", "%Y-%m-%d", "1 month"),
        (MONDAYS, "%d.%m.%Y", "%d.%m.%Y", "1 week"),
        (QUARTERS_OF_AN_HOUR, "%d.%m.%Y %H:%M", "%d.%m.%Y %H:%M", "15 minutes"),
        (MOMENTS, "%Y-%m-%dT%H:%M:%SZ", "%Y-%m-%dT%H:%M:%S%z", "1 second"),
        (MOMENTS, "%Y-%m-%d %H:%M:%S+02:00", "%Y-%m-%d %H:%M:%S%z", "1 second"),
        (MOMENTS, "%Y-%m-%d %H:%M:%S.250", "%Y-%m-%d %H:%M:%S.%f", "0.001 seconds"),
        (MOMENTS, "%m/%d/%Y %I:%M %p", "%m/%d/%Y %I:%M %p", "1 minute"),
        (MOMENTS, "%H:%M", "%H:%M", "1 minute"),
        (MOMENTS, "%a, %d %b %Y %H:%M:%S +0000", "%a, %d %b %Y %H:%M:%S %z", "1 second"),
    ],
)
def test_everyday_patterns_come_back_as_they_were_written(
    moments: list[pd.Timestamp], written: str, pattern: str, resolution: str
) -> None:
    cells = pd.Series([*(moment.strftime(written) for moment in moments), None])
    reading = read_date(cells, "day")
    found = reading.format
    assert isinstance(found, DateFormat) and reading.kind == "date" and reading.missing == 1
    assert (found.pattern, found.resolution) == (pattern, resolution)
    assert not any(change.loud for change in reading.changes), reading.notes
    numbers = found.to_numbers(cells)
    assert found.from_numbers(numbers).fillna("").tolist() == cells.fillna("").tolist()
    assert TypeAdapter(DateFormat).validate_python(json.loads(json.dumps(asdict(found)))) == found
    between = found.from_numbers(np.linspace(np.nanmin(numbers), np.nanmax(numbers), 50))
    assert not np.isnan(found.to_numbers(between)).any()


@pytest.mark.parametrize(
    ("cells", "resolution"),
    [
        (pd.Series([*DAYS, pd.NaT]), "1 day"),
        (pd.Series(DAYS).dt.tz_localize("Europe/Paris"), "1 day"),
        (pd.Series(MOMENTS, dtype="datetime64[ns]"), "1 second"),
        (pd.Series([*(day.date() for day in DAYS), None]), "1 day"),
        (pd.Series([moment.time() for moment in MOMENTS]), "1 second"),
        (pd.Series(MOMENTS) - START, "1 second"),
        (pd.Series(DAYS, dtype=pd.ArrowDtype(pa.timestamp("ms", tz="UTC"))), "1 day"),
    ],
)
def test_native_types_come_back_in_their_type(cells: pd.Series, resolution: str) -> None:
    reading = read_date(cells, "day")
    found = reading.format
    assert isinstance(found, DateFormat) and found.pattern is None and found.resolution == resolution
    back = found.from_numbers(found.to_numbers(reading.values))
    pd.testing.assert_series_equal(back, reading.values, check_names=False)


def test_whole_numbers_as_dates_come_back_as_whole_numbers() -> None:
    reading = read_date(pd.Series([20240131, 20240229, 20231124, 20240707]), "day")
    assert isinstance(reading.format, DateFormat)
    back = reading.format.from_numbers(reading.format.to_numbers(reading.values))
    assert back.tolist() == [20240131, 20240229, 20231124, 20240707] and back.dtype == "Int64"


def test_one_cell_decides_whether_the_day_or_the_month_comes_first() -> None:
    told = read_date(pd.Series(["01/02/2024", "03/04/2023", "13/04/2023"]), "day")
    assert isinstance(told.format, DateFormat) and told.format.pattern == "%d/%m/%Y"
    assert not any(change.loud for change in told.changes)
    open_ = read_date(pd.Series(["01/02/2024", "03/04/2023"]), "day")
    assert isinstance(open_.format, DateFormat) and open_.format.pattern == "%m/%d/%Y"
    (loud,) = [change for change in open_.changes if change.loud]
    assert "`day`" in loud.text and "2024-01-02" in loud.text and "2024-02-01" in loud.text
    assert 'formats: {day: {date: "%d/%m/%Y"}}' in loud.text
    alike = read_date(pd.Series(["05/05/2024", None, "01/02/2024"]), "day")
    (note,) = [change for change in alike.changes if change.loud]
    assert "'01/02/2024' can be 2024-01-02 or 2024-02-01" in note.text and note.examples == (
        ("01/02/2024", "2024-01-02"),
    )
    said = read_date(pd.Series(["01/02/2024", "03/04/2023"]), "day", pattern="%d/%m/%Y")
    assert said.examples[0] == ("01/02/2024", "2024-02-01") and not any(change.loud for change in said.changes)
    other = read_date(pd.Series(["01/02/2024", "03/04/2023"]), "day", day_first=True)
    assert other.examples[0] == ("01/02/2024", "2024-02-01")


def test_words_for_missing_and_cells_that_are_no_dates_are_counted_and_told() -> None:
    cells = pd.Series(["2024-05-31", " 2024-06-01 ", "NA", "0000-00-00", "", "soon", "2024-02-30", *["2024-01-05"] * 4])
    reading = read_date(cells, "day")
    assert reading.missing_words == {"NA": 1, "0000-00-00": 1} and reading.missing == 3
    assert reading.unread.to_dict() == {5: "soon", 6: "2024-02-30"}
    assert reading.values.isna().sum() == 5
    (loud,) = [change for change in reading.changes if change.loud]
    assert "row 6" in loud.text and "'soon'" in loud.text
    kept = read_date(cells, "day", missing=["soon"])
    assert kept.missing_words == {"soon": 1} and kept.unread.tolist() == ["NA", "0000-00-00", "2024-02-30"]


@pytest.mark.parametrize("cells", [["red", "blue", "green"], ["2024-05-31", "x", "y"], [1.5, 2.5, 3.5]])
def test_a_column_that_holds_no_dates_is_refused_in_one_line(cells: list) -> None:
    with pytest.raises(InputError, match=r"^column `day`: .* \(row \d\); dates such as .*formats: \{day"):
        read_date(pd.Series(cells), "day")


def test_a_pattern_with_an_unknown_directive_is_refused() -> None:
    with pytest.raises(InputError, match="%j"):
        read_date(pd.Series(["2024-151"]), "day", pattern="%Y-%j")


def test_numbers_are_not_taken_for_dates_where_nobody_says_so() -> None:
    years = pd.Series(["2019", "2020", "2021", "2020"] * 10)
    assert infer(years, "year").kind == "number"
    assert infer(pd.Series(["2019-01-04", "2020-05-07"] * 10), "day").kind == "date"
    assert infer(pd.Series([datetime.date(2020, 1, 1), datetime.date(2021, 1, 1)]), "day").kind == "date"


def test_the_zone_of_a_form_is_read_as_an_offset() -> None:
    written = ["2024/09/14 9:05:11 PM GMT+1", "2024/07/02 12:30:00 AM GMT-5", "2024/01/20 1:00:01 AM GMT+5:30"]
    reading = read_date(pd.Series(written), "Timestamp")
    assert isinstance(reading.format, DateFormat) and reading.unread.empty
    true = pd.to_datetime(["2024-09-14 20:05:11", "2024-07-02 05:30:00", "2024-01-19 19:30:01"])
    numbers = reading.format.to_numbers(reading.values)
    assert np.diff(numbers).tolist() == (np.diff(true) / np.timedelta64(1, "s")).tolist()
