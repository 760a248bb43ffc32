"""What a column without a card holds, found from its cells."""

import numpy as np
import pandas as pd

from makeweight.core.errors import InputError
from makeweight.data.values import column_types
from makeweight.data.values.date_column import read_date
from makeweight.data.values.decimal_sign import NO_EVIDENCE, DecimalEvidence
from makeweight.data.values.missing import is_missing_word
from makeweight.data.values.number import is_native, read_number
from makeweight.data.values.number_cells import take_apart
from makeweight.data.values.reading import APPLICATION, Reading, Remedies
from makeweight.data.values.words import read_category, read_identifier, read_text

LEAST_ROWS = 20
MOST_CELLS = 1000
MOST_UNREAD_WORDS = 2
"""Words without digits that may stand in a column of numbers, such as "unknown"."""


def infer(
    cells: pd.Series,
    column: str,
    *,
    evidence: DecimalEvidence = NO_EVIDENCE,
    remedies: Remedies = APPLICATION,
) -> Reading:
    """Return a column read as what its cells are.

    Dates and numbers are such if all cells are; whole numbers that merely count the rows, and words that hardly
    repeat, are identifiers or texts; everything else is a category.

    Raises:
        InputError: lists, structs or bytes; names the column.
    """
    if pd.api.types.is_bool_dtype(cells.dtype):
        return read_category(cells, column, remedies=remedies)
    if is_native(cells):
        reading = read_number(cells, column, remedies=remedies)
        if has_lost_digits(reading):
            return as_words(cells, column, remedies)
        return read_identifier(cells, column, remedies=remedies) if counts_rows(reading) else reading
    dates = as_dates(cells, column, remedies)
    if dates is not None:
        return dates
    numbers = as_numbers(cells, column, evidence, remedies)
    if numbers is not None:
        return read_identifier(cells, column, remedies=remedies) if counts_rows(numbers) else numbers
    return as_words(cells, column, remedies)


def as_dates(cells: pd.Series, column: str, remedies: Remedies) -> Reading | None:
    """Return the column as dates, None where it holds others."""
    try:
        reading = read_date(cells, column, inferred=True, remedies=remedies)
    except InputError:
        return None
    return reading if reading.kind == "date" and not len(reading.unread) else None


def as_numbers(cells: pd.Series, column: str, evidence: DecimalEvidence, remedies: Remedies) -> Reading | None:
    """Return the column as numbers, None where it holds others: words, numbers with leading zeros or with units."""
    values = column_types.objects_of(cells)
    column_types.check_single_values(values, column)
    if any(column_types.is_time(value) for value in values) or has_other_words(values):
        return None
    try:
        reading = read_number(cells, column, evidence=evidence, remedies=remedies)
    except InputError:
        return None
    words = set(reading.unread)
    if len(words) > MOST_UNREAD_WORDS or any(letter.isdigit() for word in words for letter in word):
        return None
    whats = {change.what for change in reading.changes}
    return None if whats & {"boolean", "unit", "precision"} or reading.kind == "empty" else reading


def has_other_words(values: np.ndarray) -> bool:
    """Return whether the first distinct texts are clearly words, so that a long column need not be read as numbers."""
    texts = [
        text for text in pd.unique(values[:MOST_CELLS]) if isinstance(text, str) and not is_missing_word(text, None)
    ]
    return len([text for text in texts if take_apart(text) is None and text.strip()]) > MOST_UNREAD_WORDS


def has_lost_digits(reading: Reading) -> bool:
    """Return whether whole numbers are larger than a float holds, as identifiers are."""
    return any(change.what == "precision" for change in reading.changes)


def as_words(cells: pd.Series, column: str, remedies: Remedies) -> Reading:
    """Return a column of words: categories where they repeat, texts where they have several words, else identifiers."""
    reading = read_category(cells, column, remedies=remedies)
    present = reading.values.dropna()
    if not len(present):
        return reading
    distinct = present.nunique()
    if distinct <= max(LEAST_ROWS, len(present) // LEAST_ROWS):
        return reading
    several = present.drop_duplicates().str.contains(r"\s").mean()
    return (read_text if several > 0.5 else read_identifier)(cells, column, remedies=remedies)


def counts_rows(reading: Reading) -> bool:
    """Return whether whole numbers merely number the rows, as an id does."""
    numbers = reading.values.to_numpy()
    if len(numbers) <= LEAST_ROWS or np.isnan(numbers).any() or (numbers != np.rint(numbers)).any():
        return False
    return bool(numbers.max() - numbers.min() == len(numbers) - 1 and len(np.unique(numbers)) == len(numbers))
