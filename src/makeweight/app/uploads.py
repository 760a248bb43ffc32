"""What a visitor of Classify gave, checked and encoded as models read it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from makeweight.app.generation import codecs
from makeweight.app.limits import Limits
from makeweight.core.errors import InputError


@dataclass(frozen=True, slots=True)
class Field:
    """A column that an upload may fill in; `choices` are its known categories."""

    name: str
    modality: str
    kind: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True)
class Upload:
    """What a visitor gave."""

    picture: bytes
    """As `checked_picture` returns it; empty where there is none."""
    cells: Mapping[str, str]
    """Column -> its cell; an empty one counts as not given."""
    arm: str
    """The arm to compare with; empty: `default_arm`."""


@dataclass(frozen=True)
class Encoded:
    """An upload as models read it, and the arm to compare with."""

    rows: Mapping[str, Any]
    """Modality -> one row as its codec encodes it, an array; of texts a table, as they were given."""
    arm: str


def fields() -> list[Field]:
    """Return the columns that can be filled in, besides the picture; text columns first."""
    from makeweight.data.codecs import TabularCodec, TextCodec

    found: list[Field] = []
    for name, codec in codecs().items():
        if isinstance(codec, TextCodec):
            found += [Field(column, name, "text") for column in codec.columns]
        elif isinstance(codec, TabularCodec):
            found += [Field(column.column, name, "date" if column.date else "number") for column in codec.numbers]
            found += [Field(category.column, name, "category", category.names) for category in codec.categories]
    return sorted(found, key=lambda field: field.modality != "text")


def encoded(upload: Upload, known: Mapping[str, Field], limits: Limits) -> dict[str, Any]:
    """Check and encode an upload: the rows of `Encoded`.

    Raises:
        InputError: nothing was given, a column does not exist, or a value is invalid.
    """
    import pandas as pd

    from makeweight.data.codecs import ImageCodec

    given = {name: text.strip() for name, text in upload.cells.items() if text.strip()}
    unknown = sorted(set(given) - set(known))
    if unknown:
        raise InputError(f"there is no column {unknown[0][:50]!r}; there are {', '.join(known)}")
    values = {name: cell_value(known[name], text, limits) for name, text in given.items()}
    rows: dict[str, Any] = {}
    for modality, codec in codecs().items():
        own = [field for field in known.values() if field.modality == modality]
        if isinstance(codec, ImageCodec) and upload.picture:
            rows[modality] = codec.encode(pd.DataFrame({codec.column: [upload.picture]}))
        elif any(field.name in values for field in own):
            row = {field.name: values.get(field.name, math.nan if field.kind == "number" else None) for field in own}
            table = pd.DataFrame({name: [value] for name, value in row.items()})
            rows[modality] = table if modality == "text" else codec.encode(table)
    if not rows:
        raise InputError("give at least a picture, a text or a number")
    return rows


def cell_value(field: Field, text: str, limits: Limits) -> str | float:
    """Parse a cell: a float in a column of numbers, otherwise the text."""
    if len(text) > limits.text_characters:
        raise InputError(f"{field.name}: more than {limits.text_characters} characters")
    if field.kind != "number":
        return text
    try:
        value = float(text)
    except ValueError:
        raise InputError(f"{field.name}: {text[:50]!r} is not a number") from None
    if not math.isfinite(value):
        raise InputError(f"{field.name}: a number must be finite")
    return value


def checked_picture(content: bytes, limits: Limits) -> bytes:
    """Decode an uploaded picture within limits and encode it again, so that only its pixels are kept."""
    from makeweight.data import pictures

    if len(content) > limits.picture_bytes:
        raise InputError(f"the picture has more than {limits.picture_bytes} bytes")
    try:
        return pictures.encode(pictures.decode(content, limits.picture_pixels))
    except pictures.PictureError as reason:
        raise InputError(f"the picture cannot be read: {reason}") from None
