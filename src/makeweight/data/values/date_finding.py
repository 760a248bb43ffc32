"""Finds how a column of dates is written: the pattern, its style, and the resolution of the values."""

import re
from collections import Counter
from collections.abc import Callable
from typing import Literal

import numpy as np
import pandas as pd

from makeweight.data.values import date_patterns
from makeweight.data.values.column_types import is_text
from makeweight.data.values.date_steps import find_steps
from makeweight.data.values.dates import DateFormat, as_text, native_kind, native_seconds, plain_types

MOST_LOOKED_AT = 50
"""Distinct cells that say which patterns are tried on the whole column."""


def found_format(cells: pd.Series, pattern: str | None = None, day_first: bool | None = None) -> DateFormat | None:
    """Return how a column of dates is written; None where its cells are no dates.

    Args:
        cells: of pandas' own types.
        pattern: as the user says it; otherwise it is found.
        day_first: see `find_pattern`.
    """
    native = native_kind(cells)
    if native:
        return with_steps(DateFormat(None, native), cells)
    if pattern is None:
        pattern = find_pattern(cells, day_first)[0]
    else:
        pattern = styled(pattern, [as_text(cell) for cell in cells.dropna().unique()])
    if pattern is None:
        return None
    return with_steps(DateFormat(pattern, "number" if pd.api.types.is_numeric_dtype(cells.dtype) else "text"), cells)


def with_steps(written: DateFormat, cells: pd.Series) -> DateFormat:
    """Return the format with the digits, the offset and the steps of these cells."""
    kind, pattern = written.kind, written.pattern
    if pattern is None:
        seconds = native_seconds(cells)
        return DateFormat(None, kind, find_steps(seconds[~np.isnan(seconds)], 6), dtype=str(cells.dtype))
    texts = [as_text(cell) for cell in cells.dropna().unique()]
    parsed = [one for text in texts if (one := date_patterns.parse(text, pattern)) is not None]
    digits = max((fraction_digits(text) for text in texts), default=0) if "%f" in pattern else 0
    offset = Counter(one.offset for one in parsed).most_common(1)[0][0] if parsed else ""
    values = np.array([one.seconds for one in parsed]) + date_patterns.offset_seconds(offset)
    smallest: Literal["time", "month", "year"] = "time"
    if not any(directive in pattern for directive in ("d", "H", "I")):
        smallest = "month" if any(part in pattern for part in ("m", "b", "B")) else "year"
    return DateFormat(pattern, kind, find_steps(values, digits, smallest), offset, digits)


def fraction_digits(text: str) -> int:
    """Return how many digits the seconds' fraction of a text has."""
    _, separator, rest = text.replace(",", ".").rpartition(".")
    return len(rest) - len(rest.lstrip("0123456789")) if separator else 0


def find_pattern(cells: pd.Series, day_first: bool | None) -> tuple[str | None, str | None]:
    """Return the pattern that reads most of the cells, and the other one that reads as many; None where none is.

    Args:
        cells: texts, or whole numbers such as 20240131.
        day_first: which of two ambiguous orders is taken; None takes the one that is usual with the separator.
    """
    texts = [as_text(cell) for cell in cells.dropna().unique()]
    sample = texts[:: max(1, len(texts) // MOST_LOOKED_AT)]
    every = date_patterns.candidates(sample)
    tried = [pattern for pattern in every if any(date_patterns.parse(one, pattern) for one in sample)]
    if not tried:
        return None, None
    read = {pattern: sum(date_patterns.parse(text, pattern) is not None for text in texts) for pattern in tried}
    most = max(read.values())
    best = [pattern for pattern in tried if read[pattern] == most]
    chosen, other = best[0], twin(best[0])
    if other == chosen or other not in best:
        return styled(chosen, texts), None
    if day_first is not None and day_first != (chosen.find("d") < chosen.find("m")):
        chosen, other = other, chosen
    return styled(chosen, texts), styled(other, texts)


def usual_order(cells: pd.Series) -> bool | None:
    """Return whether the day comes before the month in a column of texts; None where its cells do not tell."""
    texts = plain_types(cells).dropna()
    if not len(texts) or not (is_text(texts) or all(isinstance(cell, str) for cell in texts)):
        return None
    pattern, other = find_pattern(texts, None)
    if pattern is None or other is not None or re.search(r"%\W?d[/-]%\W?m|%\W?m[/-]%\W?d", pattern) is None:
        return None
    return pattern.find("d") < pattern.find("m")


def twin(pattern: str) -> str:
    """Return the pattern with day and month exchanged."""
    return pattern.replace("%d", "\0").replace("%m", "%d").replace("\0", "%m")


def styled(pattern: str, texts: list[str]) -> str:
    """Return the pattern with the flags for missing leading zeros, capitals, and small am and pm that texts have."""
    checks: dict[str, tuple[str, Callable[[str], bool]]] = {
        **{f"%{part}": (f"%-{part}", lambda value: len(value) == 1) for part in "dmHI"},
        **{f"%{part}": (f"%^{part}", str.isupper) for part in "bB"},
        "%p": ("%P", str.islower),
    }
    regex, directives = date_patterns.expression(pattern)
    for text in texts:
        found = regex.fullmatch(text.strip())
        if found is None:
            continue
        for directive, value in zip(directives, found.groups(), strict=True):
            if directive in checks and checks[directive][1](value):
                pattern = pattern.replace(directive, checks[directive][0])
    return pattern
