"""Checks of the raw samples and of the card before cleaning starts."""

from pathlib import Path

import numpy as np
import pandas as pd

from makeweight.core.errors import InputError
from makeweight.data import samples
from makeweight.data.samples import Samples
from makeweight.data.values.column_types import is_text


def has_plain_type(cells: pd.Series) -> bool:
    """Return whether a column has a type of numbers or strings, so that no cell is to be looked at."""
    return is_text(cells) or (isinstance(cells.dtype, np.dtype) and cells.dtype.kind != "O")


def check_columns(raw: Samples, path: Path) -> None:
    """Check that every column has a type that can be cleaned.

    Raises:
        InputError: a picture column without bytes, an amount without its currency, or a list instead of one value.
    """
    samples.check(raw, path)
    if raw.roles.image and not raw.table[raw.roles.image].notna().any():
        raise InputError(
            f"{path}: none of the {len(raw)} samples has a picture; failures.parquet and excluded.parquet beside it "
            f"say why; without pictures, take `columns.image` out of the card"
        )
    for column in (*raw.roles.features, *raw.roles.money.values()):
        if column not in raw.table:
            raise InputError(f"{path}: column `{column}` is missing; the card names it as a currency")
        if column in raw.roles.date:
            continue
        if column != raw.roles.image and has_plain_type(raw.table[column]):
            continue
        values = raw.table[column].dropna()
        types = bytes if column == raw.roles.image else (str, int, float, bool)
        valid = values.map(lambda value, types=types: isinstance(value, types) or hasattr(value, "dtype"))
        if not valid.all():
            found = type(values[~valid].iloc[0]).__name__
            expected = "encoded bytes" if types is bytes else "a text or a number"
            raise InputError(f"{path}: column `{column}` holds a {found}; right would be {expected}")
