"""Which cells are missing: empty ones, and in columns of numbers the usual words."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

MISSING_WORDS = frozenset(
    {"na", "n/a", "n.a.", "#n/a", "#na", "<na>", "nan", "-nan", "nat", "null", "none", "nil", "?", "-", "--", ".", ".."}
    | {"\u2013", "\u2014", "\u2212"}
    # Of dumps of databases, of SPSS, and of Excel in German; Stata has a point and a letter.
    | {"\\n", "#null!", "#nv"}
    | {f".{letter}" for letter in "abcdefghijklmnopqrstuvwxyz"}
)
"""Words that mean "missing" in a column of numbers or dates, in any case."""


def is_missing(value: Any) -> bool:
    """Return whether a value is None, NaN, NaT, or a text of white space only."""
    if isinstance(value, str):
        return not value.strip()
    if isinstance(value, list | tuple | dict | set | np.ndarray):
        return False
    return value is None or value is pd.NA or value is pd.NaT or bool(value != value)


def is_missing_word(text: str, words: Sequence[str | float] | None) -> bool:
    """Return whether a cell of a column of numbers is a word for "missing".

    Args:
        text: the cell, not empty.
        words: those of the card, instead of the usual ones; None for the usual ones.
    """
    word = text.strip().casefold()
    if words is None:
        return word in MISSING_WORDS
    return any(isinstance(known, str) and word == known.strip().casefold() for known in words)


def missing_numbers(words: Sequence[str | float] | None) -> list[float]:
    """Return the numbers among the card's words for "missing", such as -999 or "999"."""
    numbers = []
    for word in words or ():
        try:
            numbers.append(float(word))
        except ValueError:
            continue
    return [number for number in numbers if number == number]
