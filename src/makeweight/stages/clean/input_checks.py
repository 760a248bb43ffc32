"""Checks of the raw samples and of the card before cleaning starts."""

from pathlib import Path

from makeweight.core import params
from makeweight.core.errors import InputError
from makeweight.data import card, samples
from makeweight.data.card import Card
from makeweight.data.samples import Samples
from makeweight.data.values.amounts import parse_number


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
        values = raw.table[column].dropna()
        types = bytes if column == raw.roles.image else (str, int, float, bool)
        valid = values.map(lambda value, types=types: isinstance(value, types) or hasattr(value, "dtype"))
        if not valid.all():
            found = type(values[~valid].iloc[0]).__name__
            expected = "encoded bytes" if types is bytes else "a text or a number"
            raise InputError(f"{path}: column `{column}` holds a {found}; right would be {expected}")


def check_missing_values(raw: Samples, chosen: Card) -> None:
    """Check that the card's `missing` names feature columns, and numbers where the column is numeric.

    Raises:
        InputError: names the column or the value.
    """
    known = (*raw.roles.text, *raw.roles.numeric, *raw.roles.categorical)
    path = card.path_of(str(params.value("dataset")))
    for column, values in chosen.missing.items():
        if column not in known:
            raise InputError(f"{path}: `missing.{column}` is no feature column; those are {', '.join(known)}")
        wrong = [value for value in values if column in raw.roles.numeric and parse_number(str(value)) is None]
        if wrong:
            raise InputError(f"{path}: `missing.{column}` has {wrong[0]!r}, which is no number")
