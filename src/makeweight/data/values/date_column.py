"""A column of dates or times, however it is written."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from makeweight.core.errors import InputError
from makeweight.data.values import column_types, date_patterns
from makeweight.data.values.date_finding import find_pattern, found_format
from makeweight.data.values.dates import DateFormat, as_text, plain_types
from makeweight.data.values.missing import is_missing, is_missing_word, missing_numbers
from makeweight.data.values.reading import CARD, Change, Reading, Remedies, counted, quoted

NO_DATES = frozenset({"0000-00-00", "0000-00-00 00:00:00", "00.00.0000", "00/00/0000"})
"""What databases write where there is no date."""
LIKE_NUMBERS = frozenset({"%Y", "%m.%Y", *date_patterns.COMPACT})
"""Patterns of texts that are rather numbers, where nobody says that they are dates."""


def read_date(
    cells: pd.Series,
    column: str,
    *,
    pattern: str | None = None,
    missing: Sequence[str | float] | None = None,
    day_first: bool | None = None,
    inferred: bool = False,
    remedies: Remedies = CARD,
) -> Reading:
    """Return a column of dates, unchanged, with its format; cells that are missing or no dates become missing.

    Args:
        cells: texts, whole numbers such as 20240131, or native timestamps, dates, times or durations.
        column: its name, for messages.
        pattern: as the user says it; otherwise it is found from the whole column.
        missing: words that mean "missing", instead of the usual ones.
        day_first: which order is taken where no cell of the column tells 01/02/2024 apart.
        inferred: whether nobody says that these are dates; then texts that may be numbers are none.
        remedies: what the user can do, for messages.

    Raises:
        InputError: more than half of the cells are no dates; names the column, a row and what would be right.
    """
    plain = plain_types(cells)
    if not column_types.is_text(plain):
        column_types.check_single_values(column_types.objects_of(plain), column)
    values, words = without_missing(plain, missing)
    if not values.notna().any():
        return Reading(column, "empty", values, missing=len(values), missing_words=words)
    found = found_format(values, pattern, day_first)
    if found is None or (inferred and found.kind in ("text", "number") and found.pattern in LIKE_NUMBERS):
        raise InputError(refusal(column, values, values.notna(), remedies))
    unread = values.notna().to_numpy() & np.isnan(found.seconds(values))
    read = int(values.notna().sum() - unread.sum())
    if unread.sum() > read:
        raise InputError(refusal(column, values, pd.Series(unread, index=values.index), remedies))
    lost = {int(row): str(values.iloc[row]) for row in np.flatnonzero(unread)}
    kept = values.mask(unread) if unread.any() else values
    return Reading(
        column=column,
        kind="date",
        values=kept,
        format=found,
        missing=len(values) - read - len(lost),
        missing_words=words,
        unread=pd.Series(lost, dtype=object),
        changes=changes(kept, column, found, words, lost, (pattern, day_first), remedies),
        examples=examples_of(kept, found),
    )


def without_missing(cells: pd.Series, missing: Sequence[str | float] | None) -> tuple[pd.Series, dict[str, int]]:
    """Return texts without white space around and with the words for "missing" gone, and the counts of these."""
    if pd.api.types.is_numeric_dtype(cells.dtype):
        gone = cells.isin(missing_numbers(missing))
        return cells.mask(gone), {as_text(cell): int(count) for cell, count in cells[gone].value_counts().items()}
    if not column_types.is_text(cells):
        if not any(isinstance(cell, str) for cell in cells):
            return cells, {}
        objects = [None if is_missing(cell) else as_text(cell) for cell in column_types.objects_of(cells)]
        cells = pd.Series(objects, index=cells.index, name=cells.name, dtype="str")
    codes, distinct = pd.factorize(cells)
    counts = np.bincount(codes[codes >= 0], minlength=len(distinct))
    words: dict[str, int] = {}
    texts: list[str | None] = []
    for cell, count in zip(distinct, counts.tolist(), strict=True):
        text = cell.strip()
        if text and (is_missing_word(text, missing) or (missing is None and text in NO_DATES)):
            words[text] = words.get(text, 0) + count
            text = ""
        texts.append(text or None)
    if texts == list(distinct):
        return cells, words
    values = np.array([*texts, None], dtype=object)[codes]
    return pd.Series(values, index=cells.index, name=cells.name, dtype="str"), words


def refusal(column: str, values: pd.Series, unread: pd.Series, remedies: Remedies) -> str:
    """Return the line about a column that holds no dates."""
    row = int(np.flatnonzero(unread.to_numpy())[0])
    remedy = remedies.date.format(column=column)
    if pd.to_numeric(values.dropna(), errors="coerce").notna().all():
        remedy += "; or if they are numbers, such as a count of days or seconds: name it under `numeric`"
    return (
        f"column `{column}`: {counted(int(unread.sum()), 'cell')} of {int(values.notna().sum()):,} cannot be read as "
        f"dates, such as {quoted(values.iloc[row])} (row {row + 1}); {remedy}"
    )


def changes(
    values: pd.Series,
    column: str,
    found: DateFormat,
    words: dict[str, int],
    unread: dict[int, str],
    said: tuple[str | None, bool | None],
    remedies: Remedies,
) -> tuple[Change, ...]:
    """Return what the user is told: how dates are read, the ambiguous order, and what is missing."""
    present = int(values.notna().sum())
    how = f"written {found.pattern}" if found.pattern else f"of the type {found.kind}"
    text = f"column `{column}` holds dates {how}, in steps of {found.resolution}"
    told = [Change("date", present, text, examples=examples_of(values, found))]
    if found.pattern and said[0] is None:
        other = find_pattern(values, said[1])[1]
        if other:
            told.append(ambiguous(values, column, found, other, remedies, loud=said[1] is None))
    offsets = {one.offset for one in parsed(values, found)} if found.pattern and "%z" in found.pattern else set()
    if len(offsets) > 1:
        text = f"column `{column}` has several offsets from UTC; generated dates are written with {found.offset}"
        told.append(Change("date", present, text))
    if words:
        listed = ", ".join(f"{word!r} ({count:,})" for word, count in list(words.items())[:5])
        remedy = remedies.missing.format(column=column)
        text = f"column `{column}`: read as missing: {listed}; otherwise: {remedy}"
        pairs = tuple((word, "missing") for word in list(words)[:3])
        told.append(Change("missing", sum(words.values()), text, remedy, pairs))
    if unread:
        first, samples = min(unread), list(dict.fromkeys(unread.values()))[:3]
        remedy = remedies.date.format(column=column)
        text = (
            f"column `{column}`: {counted(len(unread), 'cell')} cannot be read as dates and count as missing (the "
            f"first in row {first + 1}): {', '.join(map(quoted, samples))}; {remedy}"
        )
        told.append(Change("unread", len(unread), text, remedy, tuple((one, "missing") for one in samples), loud=True))
    return tuple(told)


def ambiguous(values: pd.Series, column: str, found: DateFormat, other: str, remedies: Remedies, loud: bool) -> Change:
    """Tell that no cell of the column says whether the day or the month comes first, by a cell that reads otherwise."""
    cell, one, two = differing(values, found.pattern or "", other)
    remedy = remedies.date_pattern.format(column=column, pattern=other)
    text = f"column `{column}`: {quoted(cell)} can be {one} or {two}, and no cell tells; it is read as {one}"
    text += f"; for {two}: {remedy}"
    return Change("date", int(values.notna().sum()), text, remedy, ((cell, one),), loud)


def differing(values: pd.Series, pattern: str, other: str) -> tuple[str, str, str]:
    """Return the first cell that two patterns read differently, with both dates; the first cell where none does."""
    first: tuple[str, str, str] | None = None
    for cell in map(as_text, values.dropna().unique()):
        readings = [date_patterns.parse(cell, one) for one in (pattern, other)]
        one, two = (date_patterns.write(found.seconds, "%Y-%m-%d") if found else "no date" for found in readings)
        if one != two:
            return cell, one, two
        first = first or (cell, one, two)
    assert first is not None, "a column without a date has no pattern"
    return first


def parsed(values: pd.Series, found: DateFormat) -> list[date_patterns.Parsed]:
    """Return the distinct dates of a column of texts."""
    each = (date_patterns.parse(as_text(cell), found.pattern or "") for cell in values.dropna().unique())
    return [one for one in each if one is not None]


def examples_of(values: pd.Series, found: DateFormat) -> tuple[tuple[str, str], ...]:
    """Return up to three cells and what they mean, as ISO 8601 writes it."""
    shown = values.dropna().drop_duplicates().iloc[:3]
    iso = "%H:%M:%S" if is_time_of_day(found) else "%Y-%m-%d" if found.steps.step % 86_400 == 0 else "%Y-%m-%d %H:%M:%S"
    if found.steps.unit != "seconds":
        iso = "%Y-%m-%d"
    return tuple(
        (str(cell), date_patterns.write(seconds, iso))
        for cell, seconds in zip(shown, found.seconds(shown), strict=True)
    )


def is_time_of_day(found: DateFormat) -> bool:
    """Return whether the column holds times without a date."""
    if found.pattern is None:
        return found.kind in ("time", "duration")
    return not any(part in found.pattern for part in ("%Y", "%y"))
