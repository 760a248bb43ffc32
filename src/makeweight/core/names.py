"""Names of people's own choosing, such as those of classes, made short enough for a place that is narrow; counts."""

import os
from collections.abc import Callable, Iterable

LONGEST = 32
"""Characters of a name in a table's head or beside a picture."""
END = 8
"""Characters of its end that a shortened name keeps, since names often differ there."""
COUNTS = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")


def shortened(name: str, longest: int = LONGEST) -> str:
    """Return the name with its middle left out where it is longer."""
    return name if len(name) <= longest else f"{name[: longest - END - 1]}…{name[-END:]}"


def listed(names: Iterable[object], most: int = 20, mark: Callable[[str], str] = str) -> str:
    """Return names in one line; those beyond `most` are counted.

    Args:
        names: as they are.
        most: how many are named.
        mark: what puts a name between marks, such as `repr`.
    """
    texts = [str(name) for name in names]
    more = f" and {len(texts) - most:,} more" if len(texts) > most else ""
    return ", ".join(map(mark, texts[:most])) + more


def count_word(count: int) -> str:
    """Return a count as a word up to twelve, beyond it in digits."""
    return COUNTS[count] if count < len(COUNTS) else str(count)


def as_code(name: str) -> str:
    """Return the name between backticks, as messages write columns."""
    return f"`{name}`"


def readable(name: str) -> str:
    """Return a file's name as text that can be written anywhere: bytes that are no UTF-8 as `\\xff`."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")
