"""Columns of words: categories, texts, labels, identifiers. Words are words (`None`, `NA`); empty cells are missing."""

import decimal
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pandas as pd

from makeweight.data.values import column_types
from makeweight.data.values.classes import merged_classes, similar_classes
from makeweight.data.values.missing import is_missing
from makeweight.data.values.reading import CARD, Change, Kind, Reading, Remedies, counted, quoted
from makeweight.data.values.texts import plain_text

Words = Sequence[str | float] | None


def as_word(value: Any) -> str:
    """Return a cell as a text with every digit: whole numbers without decimals, dates as ISO writes them."""
    if isinstance(value, str):
        return value
    if isinstance(value, float | np.floating):
        return str(int(value)) if float(value).is_integer() else str(value)
    if isinstance(value, decimal.Decimal):
        return f"{value:f}"
    if isinstance(value, np.datetime64):
        value = pd.Timestamp(value)
    if isinstance(value, pd.Timestamp) and value == value.normalize():
        return value.strftime("%Y-%m-%d")
    return str(value)


def read_category(cells: pd.Series, column: str, *, missing: Words = None, remedies: Remedies = CARD) -> Reading:
    """Return a column of categories: words with single spaces, entities as characters, in composed form.

    Raises:
        InputError: lists, structs or bytes; names the column.
    """
    return read_words(cells, column, "category", plain_text, missing, remedies)


def read_text(cells: pd.Series, column: str, *, missing: Words = None, remedies: Remedies = CARD) -> Reading:
    """Return a column of texts as they were written.

    Raises:
        InputError: lists, structs or bytes; names the column.
    """
    return read_words(cells, column, "text", None, missing, remedies)


def read_identifier(cells: pd.Series, column: str, *, remedies: Remedies = CARD) -> Reading:
    """Return ids or groups as they were written, with every digit, without white space around.

    Raises:
        InputError: lists, structs or bytes; names the column.
    """
    return read_words(cells, column, "identifier", str.strip, None, remedies)


def read_label(cells: pd.Series, column: str, *, missing: Words = None, remedies: Remedies = CARD) -> Reading:
    """Return a column of labels, written as categories are; `0` and `0.0` are one class, near-equal classes are told.

    Raises:
        InputError: lists, structs or bytes; names the column.
    """
    reading = read_words(cells, column, "category", plain_text, missing, remedies)
    values, merged = merged_classes(reading.values, column)
    changes = (*reading.changes, *merged, *similar_classes(values, column))
    return Reading(
        column, reading.kind, values, None, reading.missing, reading.missing_words, changes=changes,
        examples=reading.examples,
    )  # fmt: skip


def read_words(
    cells: pd.Series,
    column: str,
    kind: Kind,
    clean: Callable[[str], str] | None,
    missing: Words,
    remedies: Remedies,
) -> Reading:
    """Return a column of words, each distinct one cleaned once."""
    codes, distinct = distinct_words(cells, column)
    counts = np.bincount(codes[codes >= 0], minlength=len(distinct))
    read = [None if is_missing(word) else (clean(word) if clean else word) or None for word in distinct]
    words: Counter[str] = Counter()
    named = {as_word(word) for word in missing or ()}
    for position, word in enumerate(read):
        if word is not None and (word in named or distinct[position].strip() in named):
            words[word] += int(counts[position])
            read[position] = None
    result = np.array([*read, None], dtype=object)[codes]
    lost = np.array([word is None for word in read], dtype=bool)
    gone = int((codes < 0).sum() + counts[lost].sum())
    return Reading(
        column=column,
        kind=kind if gone < len(result) else "empty",
        values=pd.Series(result, index=cells.index, name=cells.name, dtype=object),
        missing=gone,
        missing_words=dict(words),
        changes=spelling_change(column, distinct, read, counts),
        examples=tuple((str(w), str(r)) for w, r in zip(distinct, read, strict=True) if r is not None)[:3],
    )


def distinct_words(cells: pd.Series, column: str) -> tuple[np.ndarray, Sequence[str]]:
    """Return for each cell the position of its word, -1 where it is missing, and the words in order of appearance.

    Raises:
        InputError: lists, structs or bytes; names the column.
    """
    if column_types.is_text(cells):
        codes, words = pd.factorize(cells)
        return codes, list(words)
    values = column_types.objects_of(cells)
    column_types.check_single_values(values, column)
    absent = pd.isna(values)
    written = np.array([None if gone else as_word(value) for value, gone in zip(values, absent, strict=True)], object)
    codes, words = pd.factorize(written)
    return codes, words.tolist()


def spelling_change(
    column: str, distinct: Sequence[str], read: Sequence[str | None], counts: np.ndarray
) -> tuple[Change, ...]:
    """Tell words that were read otherwise than they were written."""
    found = [
        position
        for position, (written, word) in enumerate(zip(distinct, read, strict=True))
        if word is not None and word != written
    ]
    if not found:
        return ()
    count = int(counts[found].sum())
    pairs = tuple((str(distinct[position]), str(read[position])) for position in found[:3])
    text = (
        f"column `{column}`: white space, entities or invisible characters are taken out of {counted(count, 'cell')}, "
        f"such as {quoted(pairs[0][0])}, read as {quoted(pairs[0][1])}"
    )
    return (Change("spelling", count, text, examples=pairs),)
