"""Patterns of dates as text: their directives are those of `strftime`, names of months and weekdays are English.

`%-d` (and `%-m`, `%-H`, `%-I`) is written without a leading zero, `%^b` in capitals, `%P` is am or pm; all forms of a
directive are read. `%f` is the fraction of a second, with as many digits as the column has.
"""

import calendar
import datetime
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from makeweight.core.errors import InputError

MONTHS, SHORT_MONTHS = tuple(calendar.month_name)[1:], tuple(calendar.month_abbr)[1:]
WEEKDAYS, SHORT_WEEKDAYS = tuple(calendar.day_name), tuple(calendar.day_abbr)


def any_of(names: tuple[str, ...]) -> str:
    """Return a regular expression for one of the names."""
    return "|".join(names)


DIRECTIVES = {
    "%Y": r"\d{4}",
    "%y": r"\d{2}",
    "%m": r"\d{1,2}",
    "%d": r"\d{1,2}",
    "%H": r"\d{1,2}",
    "%I": r"\d{1,2}",
    "%M": r"\d{2}",
    "%S": r"\d{2}",
    "%f": r"\d{1,9}",
    "%p": r"[AaPp][Mm]",
    "%P": r"[AaPp][Mm]",
    "%b": any_of(SHORT_MONTHS),
    "%B": any_of(MONTHS),
    "%a": any_of(SHORT_WEEKDAYS),
    "%A": any_of(WEEKDAYS),
    "%z": r"Z|[+-]\d{2}:?\d{2}|[+-]\d{2}|(?:UTC|GMT)[+-]\d{1,2}(?::?\d{2})?|UTC|GMT",
}
"""Directive -> what it reads."""
DIRECTIVE = re.compile(r"%[-^]?[A-Za-z%]")

DAYS = ("%Y-%m-%d", "%Y/%m/%d", "%Y.%m.%d", "%d.%m.%Y", "%d.%m.%y")
AMBIGUOUS_DAYS = (
    ("%m/%d/%Y", "%d/%m/%Y"),
    ("%d-%m-%Y", "%m-%d-%Y"),
    ("%m/%d/%y", "%d/%m/%y"),
    ("%d-%m-%y", "%m-%d-%y"),
)
"""Two readings of the same text; the first is taken where no cell of the column tells them apart."""
NAMED_DAYS = (
    *("%d %b %Y", "%d %B %Y", "%b %d, %Y", "%B %d, %Y", "%b %d %Y", "%B %d %Y", "%d-%b-%Y", "%d-%b-%y", "%d. %B %Y"),
    *("%d/%b/%Y", "%Y-%b-%d", "%d%b%Y", "%a, %d %b %Y", "%A, %B %d, %Y", "%d %B, %Y"),
)
MONTHLY = ("%Y-%m", "%Y/%m", "%m/%Y", "%m.%Y", "%m-%Y", "%b %Y", "%B %Y", "%b-%Y", "%b-%y", "%Y %b", "%Y-%b")
TIMES = ("%H:%M", "%H:%M:%S", "%H:%M:%S.%f", "%I:%M %p", "%I:%M:%S %p", "%I:%M%p", "%H:%M:%S,%f")
COMPACT = ("%Y%m%d", "%Y%m%d%H%M%S", "%Y%m%dT%H%M%S", "%Y%m%d%H%M")


@dataclass(frozen=True, slots=True)
class Parsed:
    """One date: UTC seconds since the start of 1970 (or of the day, without a date), and its offset as written."""

    seconds: float
    offset: str = ""


def plain(directive: str) -> str:
    """Return a directive without its flags."""
    return directive.replace("-", "").replace("^", "")


def candidates(texts: Sequence[str]) -> list[str]:
    """Return the patterns that may read these texts, those that say most first; of two ambiguous ones the usual first.

    A day with a time is a candidate where a text begins with such a day: a fraction of the patterns is then compiled.
    """
    days = [*DAYS, *(pattern for pair in AMBIGUOUS_DAYS for pattern in pair), *NAMED_DAYS]
    zones = ("", "%z", " %z")
    begun = [day for day in days if any(expression(day)[0].match(text.strip()) for text in texts)]
    times = [f"{day}{joint}{time}" for day in begun for joint in (" ", "T", ", ") for time in TIMES]
    zoned = [f"{pattern}{zone}" for pattern in times for zone in zones]
    return [*days, *TIMES, *MONTHLY, *COMPACT, "%Y", *zoned]


@lru_cache(maxsize=4096)
def expression(pattern: str) -> tuple[re.Pattern[str], tuple[str, ...]]:
    """Return the regular expression of a pattern, and the directive of each group.

    Raises:
        InputError: the pattern has a directive that is not read.
    """
    parts, directives, position = [], [], 0
    for found in DIRECTIVE.finditer(pattern):
        parts.append(re.escape(pattern[position : found.start()]))
        position, directive = found.end(), plain(found[0])
        if directive == "%%":
            parts.append("%")
            continue
        if directive not in DIRECTIVES:
            raise InputError(f"the date pattern {pattern!r} has {found[0]}; known are {' '.join(DIRECTIVES)}")
        parts.append(f"({DIRECTIVES[directive]})")
        directives.append(directive)
    parts.append(re.escape(pattern[position:]))
    return re.compile("".join(parts), re.IGNORECASE), tuple(directives)


def parse(text: str, pattern: str) -> Parsed | None:
    """Return the date that a text means by this pattern; None where it is none."""
    regex, directives = expression(pattern)
    found = regex.fullmatch(text.strip())
    if found is None:
        return None
    parts = dict(zip(directives, found.groups(), strict=True))
    try:
        days = day_number(parts)
        seconds = time_of_day(parts)
    except ValueError:
        return None
    offset = parts.get("%z", "")
    return Parsed(days * 86400 + seconds - offset_seconds(offset), offset)


def parse_iso(text: str) -> float:
    """Return the seconds of a date, a date with a time, or a time, as ISO 8601 writes it.

    Raises:
        ValueError: it is none of them.
    """
    for time in (text, f"1970-01-01T{text}"):
        try:
            moment = datetime.datetime.fromisoformat(time).replace(tzinfo=None)
        except ValueError:
            continue
        return (moment - datetime.datetime(1970, 1, 1)).total_seconds()
    raise ValueError(text)


def day_number(parts: dict[str, str]) -> int:
    """Return the days since the start of 1970; 0 without a year.

    Raises:
        ValueError: there is no such day.
    """
    if "%Y" not in parts and "%y" not in parts:
        return 0
    short = int(parts.get("%y", 0))
    year = int(parts["%Y"]) if "%Y" in parts else short + (1900 if short >= 69 else 2000)
    day = datetime.date(year, month_number(parts), int(parts.get("%d", 1)))
    return day.toordinal() - datetime.date(1970, 1, 1).toordinal()


def month_number(parts: dict[str, str]) -> int:
    """Return the month, 1 to 12 where it is right; 1 where the pattern has none."""
    name = parts.get("%b") or parts.get("%B")
    if name:
        return [month.lower() for month in SHORT_MONTHS].index(name[:3].lower()) + 1
    return int(parts.get("%m", 1))


def time_of_day(parts: dict[str, str]) -> float:
    """Return the seconds since midnight.

    Raises:
        ValueError: there is no such time.
    """
    hour = int(parts.get("%H", 0))
    if "%I" in parts:
        hour = int(parts["%I"])
        if not 1 <= hour <= 12:
            raise ValueError
        hour = hour % 12 + (12 if (parts.get("%p") or parts.get("%P") or "").lower().startswith("p") else 0)
    minute, second = int(parts.get("%M", 0)), int(parts.get("%S", 0))
    if hour > 23 or minute > 59 or second > 59:
        raise ValueError
    return hour * 3600 + minute * 60 + second + (float(f"0.{parts['%f']}") if "%f" in parts else 0)


def offset_seconds(offset: str) -> int:
    """Return the seconds that an offset such as +02:00 or GMT+2 is ahead of UTC; 0 for Z and for none."""
    digits = re.sub(r"\D", "", offset)
    digits = digits.zfill(len(digits) + len(digits) % 2).ljust(4, "0")
    seconds = int(digits[:2]) * 3600 + int(digits[2:4]) * 60
    return -seconds if "-" in offset else seconds


def write(seconds: float, pattern: str, offset: str = "", digits: int = 0) -> str:
    """Return the text of a date by its pattern.

    Args:
        seconds: on the clock of the offset, since the start of 1970, or of the day where the pattern has no date.
        pattern: with `%-d` for a day without a leading zero.
        offset: as it is written, such as +02:00.
        digits: of the fraction of a second.
    """
    whole, fraction = divmod(round(seconds * 10**digits), 10**digits)
    days, rest = divmod(whole, 86400)
    day = datetime.date.fromordinal(days + datetime.date(1970, 1, 1).toordinal())
    hour, minute, second = rest // 3600, rest // 60 % 60, rest % 60
    written = {
        "%Y": f"{day.year:04d}",
        "%y": f"{day.year % 100:02d}",
        "%m": f"{day.month:02d}",
        "%d": f"{day.day:02d}",
        "%H": f"{hour:02d}",
        "%I": f"{(hour - 1) % 12 + 1:02d}",
        "%M": f"{minute:02d}",
        "%S": f"{second:02d}",
        "%f": f"{fraction:0{digits}d}" if digits else "0",
        "%p": "PM" if hour >= 12 else "AM",
        "%P": "pm" if hour >= 12 else "am",
        "%b": SHORT_MONTHS[day.month - 1],
        "%B": MONTHS[day.month - 1],
        "%a": SHORT_WEEKDAYS[day.weekday()],
        "%A": WEEKDAYS[day.weekday()],
        "%z": offset,
        "%%": "%",
    }

    def text(found: re.Match[str]) -> str:
        value = written[plain(found[0])]
        if "-" in found[0]:
            return value.lstrip("0") or "0"
        return value.upper() if "^" in found[0] else value

    return DIRECTIVE.sub(text, pattern)
