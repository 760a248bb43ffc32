"""Cleaned columns and features of one shard of raw samples, computed row by row before any rule is applied."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pandas as pd

from makeweight.data import mapped, reserved
from makeweight.data.samples import Roles
from makeweight.data.values.missing import is_missing
from makeweight.stages.clean.input_checks import has_plain_type
from makeweight.stages.clean.picture_features import PictureLimits, picture_columns
from makeweight.stages.clean.text_changes import column_of
from makeweight.stages.clean.texts import Texts, changes, clean_text

CARRIED = ("id", "label", "fine_label", "group", reserved.GIVEN_SPLIT)
"""Columns that are no features and come through."""


@dataclass(frozen=True, slots=True)
class RowFeatures:
    """Computes cleaned columns under their names, and features under names that start with `mw_`.

    `image` holds the bytes where they can be read, `mw_fault` why they cannot, `mw_width`, `mw_height`, `mw_digest`
    (of the pixels), `mw_thumbnail` (bytes of uint8 `(EDGE, EDGE, 3)`), `mw_contrast` (the thumbnail's standard
    deviation), `mw_unread` (the first numeric column whose text is not a number, with that text), `mw_changes_<column>`
    (what changed a text or category).
    """

    roles: Roles
    pictures: PictureLimits
    texts: Texts
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
            cells = [self.text(value, vendor) for value, vendor in zip(shard[column], vendors, strict=True)]
            out |= text_columns(column, cells, shard.index)
        out |= {column: finite(shard[column]) for column in self.roles.numeric}
        nothing = mapped.on_disk(pd.Series(None, index=shard.index, dtype="str"))
        out[reserved.UNREAD] = shard.get(reserved.UNREAD, nothing)
        for column in self.roles.categorical:
            out |= self.category_columns(shard[column], nothing)
            mapped.release()
        out |= {column: shard[column] for column in self.roles.date}
        return mapped.frame(out, shard.index)

    def category_columns(self, cells: pd.Series, nothing: pd.Series) -> dict[str, pd.Series]:
        """Return a column of clean categories, and the one that says what changed them; each text is cleaned once.

        Args:
            cells: of the column.
            nothing: a column without values.
        """
        read = partial(category, texts=of_categories(self.texts))
        if not has_plain_type(cells):
            return text_columns(str(cells.name), [read(value) for value in cells], cells.index)
        codes, distinct = pd.factorize(cells)
        found = [read(value) for value in distinct]
        texts = [text for text, _ in found]
        columns = {
            str(cells.name): cells if texts == list(distinct) else spread(texts, codes, cells.index),
            column_of(str(cells.name)): nothing,
        }
        changed = [change for _, change in found]
        return columns | ({column_of(str(cells.name)): spread(changed, codes, cells.index)} if any(changed) else {})

    def text(self, value: Any, vendor: Any) -> tuple[str | None, str | None]:
        """Return one clean text (None where nothing remains) and what changed it (None where nothing did)."""
        return cleaned(value, self.texts, None if is_missing(vendor) else str(vendor))


def cleaned(value: Any, texts: Texts, vendor: str | None = None) -> tuple[str | None, str | None]:
    """Return one cell as clean text (None where nothing remains) and what changed it (None where nothing did)."""
    if is_missing(value):
        return None, None
    written = str(value)
    text = clean_text(written, texts, vendor)
    return text or None, ", ".join(changes(written, texts, vendor)) or None if text != written else None


def category(value: Any, texts: Texts) -> tuple[str | None, str | None]:
    """Return a category as one clean string, whole numbers without decimals, and what changed it."""
    whole = isinstance(value, float) and value.is_integer()
    return cleaned(int(value) if whole else value, texts)


def of_categories(texts: Texts) -> Texts:
    """Return the same without what is removed from running text only."""
    return texts.model_copy(update={"remove_patterns": (), "remove_vendor_names": False})


def text_columns(column: str, cells: Iterable[tuple[str | None, str | None]], index: pd.Index) -> dict[str, pd.Series]:
    """Return the column of clean strings, and the one that says what changed them."""
    values = list(cells)
    return {
        column: string_column([text for text, _ in values], index),
        column_of(column): string_column([change for _, change in values], index),
    }


def finite(cells: pd.Series) -> pd.Series:
    """Return numbers with infinite ones missing."""
    numbers = cells.astype("float64")
    infinite = np.isinf(numbers.to_numpy())
    return numbers.mask(infinite) if infinite.any() else numbers


def spread(texts: list[str | None], codes: np.ndarray, index: pd.Index) -> pd.Series:
    """Return a column of strings: for each cell the text of its code, none where that is -1."""
    return mapped.on_disk(pd.Series(np.array([*texts, None], dtype=object)[codes], index=index, dtype="str"))


def string_column(values: list[str | None], index: pd.Index) -> pd.Series:
    """Return texts as a column of strings, which it is even if all are missing."""
    return pd.Series(values, index=index, dtype="str")
