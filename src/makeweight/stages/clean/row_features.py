"""Cleaned columns and features of one shard of raw samples, computed row by row before any rule is applied."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from makeweight.data import reserved
from makeweight.data.samples import Roles
from makeweight.stages.clean.amounts import Money, parse_number
from makeweight.stages.clean.picture_features import PictureLimits, picture_columns
from makeweight.stages.clean.texts import Texts, clean_text, is_missing, without_vendor

CARRIED = ("id", "label", "fine_label", "group", reserved.GIVEN_SPLIT)
"""Columns that are no features and come through."""


@dataclass(frozen=True, slots=True)
class RowFeatures:
    """Computes cleaned columns under their names, and features under names that start with `mw_`.

    `image` holds the bytes where they can be read, `mw_fault` why they cannot, `mw_width`, `mw_height`, `mw_digest`
    (of the pixels), `mw_thumbnail` (bytes of uint8 `(EDGE, EDGE, 3)`), `mw_contrast` (the thumbnail's standard
    deviation), `mw_unread` (the first numeric column whose text is not a number, with that text).
    """

    roles: Roles
    pictures: PictureLimits
    texts: Texts
    money: Money
    missing: Mapping[str, Sequence[str | float]]
    """Column -> the values that stand for "missing" in it."""
    label_names: Mapping[str, str]
    """Label in the source -> readable class name."""

    def __call__(self, shard: pd.DataFrame) -> pd.DataFrame:
        """Return cleaned columns and features with the shard's index."""
        # Columns are collected before they become a table, which is faster than adding them one by one.
        out: dict[str, Any] = {name: shard[name] for name in CARRIED if name in shard}
        out["label"] = out["label"].replace(dict(self.label_names))
        if self.roles.image:
            out |= picture_columns(shard[self.roles.image], self.pictures.max_pixels)
        for column in self.roles.text:
            vendors = shard["group"] if "group" in shard else [None] * len(shard)
            texts = [self.text(value, vendor) for value, vendor in zip(shard[column], vendors, strict=True)]
            out[column] = string_column(texts, shard.index)
        unread: list[str | None] = [None] * len(shard)
        for column in self.roles.numeric:
            out[column], faults = self.numbers(shard, column)
            unread = [earlier or fault for earlier, fault in zip(unread, faults, strict=True)]
        out["mw_unread"] = pd.Series(unread, index=shard.index, dtype=object)
        for column in self.roles.categorical:
            out[column] = string_column([category(value) for value in shard[column]], shard.index)
        table = pd.DataFrame(out, index=shard.index)
        for column, values in self.missing.items():
            missing = [float(value) if column in self.roles.numeric else str(value) for value in values]
            table[column] = table[column].mask(table[column].isin(missing))
        return table

    def text(self, value: Any, vendor: Any) -> str | None:
        """Return one clean text, None where nothing remains."""
        if is_missing(value):
            return None
        text = clean_text(str(value), self.texts.remove_patterns)
        if self.texts.remove_vendor_names and not is_missing(vendor):
            text = without_vendor(text, str(vendor))
        return text or None

    def numbers(self, shard: pd.DataFrame, column: str) -> tuple[np.ndarray, list[str | None]]:
        """Return a numeric column, amounts converted, and per row why a value cannot be read (else None)."""
        currency_column = self.roles.money.get(column)
        if pd.api.types.is_numeric_dtype(shard[column]):
            read: list[tuple[float, str | None]] = [
                (value, None) for value in shard[column].astype("float64").replace([np.inf, -np.inf], np.nan)
            ]
        else:
            values = shard[column].to_numpy(dtype=object)
            known = {value: self.number(value, column) for value in set(values)}  # a column is of one type
            read = [known[value] for value in values]
        if currency_column is not None:
            read = [
                (value, fault) if fault or value != value else self.converted(value, currency, column)
                for (value, fault), currency in zip(read, shard[currency_column].to_numpy(dtype=object), strict=True)
            ]
        return np.array([value for value, _ in read], dtype=np.float64), [fault for _, fault in read]

    def number(self, value: Any, column: str) -> tuple[float, str | None]:
        """Return one value as a number, or NaN and why it is not one."""
        if is_missing(value):
            return np.nan, None
        number = parse_number(str(value), column in self.roles.money)
        return (np.nan, f"{column}: {str(value)[:60]!r} is no number") if number is None else (number, None)

    def converted(self, amount: float, currency: Any, column: str) -> tuple[float, str | None]:
        """Return an amount in the target currency, or NaN and why it has no rate."""
        rate = self.money.rates.get(str(currency).strip().upper())
        if rate is None:
            return np.nan, f"{column}: no rate for the currency {str(currency)[:20]!r}"
        return amount * rate, None


def category(value: Any) -> str | None:
    """Return a category as one clean string, whole numbers without decimals; None where it is missing."""
    if is_missing(value):
        return None
    whole = isinstance(value, float) and value.is_integer()
    return clean_text(str(int(value) if whole else value)) or None


def string_column(values: list[str | None], index: pd.Index) -> pd.Series:
    """Return texts as a column of strings, which it is even if all are missing."""
    return pd.Series(values, index=index, dtype="str")
