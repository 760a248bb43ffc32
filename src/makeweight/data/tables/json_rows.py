"""JSON Lines, and a JSON list of objects: one object is one row, and what is a number stays a number."""

import json
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from makeweight.core.errors import InputError
from makeweight.data.tables import cells, decoding

RIGHT = 'right would be one object per line, or a list of objects: [{"column": value, ...}, ...]'


def read_json(content: bytes, encoding: str | None = None) -> tuple[pd.DataFrame, np.ndarray, tuple[str, ...]]:
    """Return the table, the row of each object (its line in JSON Lines, its number in a list), and notes.

    A column that an object lacks is missing there. Lists and objects inside a row stay what they are.

    Raises:
        InputError: it is no JSON of this form, or an object has one name twice.
    """
    decoded = decoding.decode(content, encoding, "save it as UTF-8")
    written = "".join(decoded.text)
    text = written.strip()
    if not text:
        raise InputError("the file is empty")
    numbered = list(from_list(text) if text.startswith("[") else from_lines(written))
    names = list(dict.fromkeys(name for _, row in numbered for name in row))
    if not names:
        raise InputError(f"it has no row with a value; {RIGHT}")
    columns = {name: [row.get(name) for _, row in numbered] for name in names}
    mixed = [name for name, values in columns.items() if cells.is_mixed(values)]
    notes = [*decoded.notes, *(f"column `{name}` has texts and other values: all are read as texts" for name in mixed)]
    table = pd.DataFrame({name: cells.as_column(values) for name, values in columns.items()})
    return table, np.array([line for line, _ in numbered], np.int64), tuple(notes)


def from_list(text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield number and object of a list."""
    try:
        values = json.loads(text, object_pairs_hook=without_repetition)
    except (json.JSONDecodeError, RecursionError) as error:
        raise InputError(f"not readable as JSON: {error}") from None
    for number, value in enumerate(values, start=1):
        yield number, checked(value, f"item {number}")


def from_lines(text: str) -> Iterator[tuple[int, dict[str, Any]]]:
    """Yield number and object of each line."""
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            value = json.loads(line, object_pairs_hook=without_repetition)
        except (json.JSONDecodeError, RecursionError) as error:
            fault = (
                f"row {number}: not readable as JSON: {error.msg if isinstance(error, json.JSONDecodeError) else error}"
            )
            raise InputError(f"{fault}; {RIGHT}") from None
        except InputError as error:
            raise InputError(f"row {number}: {error}") from None
        yield number, checked(value, f"row {number}")
        if all(isinstance(inner, dict | list) for inner in value.values()) and number == 1 and "\n" not in text.strip():
            raise InputError(f"it is one object, with a list or an object for each of its names; {RIGHT}")


def checked(value: Any, where: str) -> dict[str, Any]:
    """Return a row's object."""
    if not isinstance(value, dict):
        raise InputError(f"{where} is no object but {json.dumps(value)[:60]}; {RIGHT}")
    return value


def without_repetition(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Return an object; refuse one that has a name twice, of which JSON readers silently keep the last."""
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise InputError(f"an object has the name {twice!r} twice")
    return found
