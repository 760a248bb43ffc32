"""What is measured of one shard of raw samples before any rule judges them."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from makeweight.core.params import Section
from makeweight.data import pictures
from makeweight.data.samples import Roles
from makeweight.stages.clean.amounts import Money, parse_number
from makeweight.stages.clean.hashes import EDGE
from makeweight.stages.clean.texts import Texts, clean_text, without_vendor


class Pictures(Section):
    """Limits on pictures."""

    max_pixels: int
    max_edge_pixels: int
    """Larger pictures are scaled down to this edge."""


@dataclass(frozen=True, slots=True)
class Redraw:
    """The pictures of one shard as RGB PNG on white, none of them larger than wanted."""

    pictures: Pictures

    def __call__(self, shard: pd.DataFrame) -> pd.DataFrame:
        """The shard's column `image`."""
        redrawn = [None if is_missing(content) else self.redraw(content) for content in shard["image"]]
        return pd.DataFrame({"image": pd.Series(redrawn, index=shard.index, dtype=object)})

    def redraw(self, content: bytes) -> bytes:
        """One picture that is known to be readable."""
        picture = pictures.decode(content, self.pictures.max_pixels)
        return pictures.encode(pictures.shrunk(picture, self.pictures.max_edge_pixels))


HALVED = {EDGE * factor: factor for factor in (1, 2, 4)}
"""Edges of squares that become `EDGE` by halving."""
SUMMED = 256
"""Pixels that are summed in float32: so many squares of a byte it adds up exactly."""
SEEN = ("image", "_fault", "_width", "_height", "_digest", "_thumbnail")
"""What is found out about a picture."""


@dataclass(frozen=True, slots=True)
class Measure:
    """The measuring of one shard: cleaned columns under their names, findings under names that start with `_`.

    `image` as it came, where it can be read, `_fault` why it cannot, `_width`, `_height`, `_digest` (of its pixels),
    `_thumbnail` (bytes of uint8 `(EDGE, EDGE, 3)`), `_contrast` (the thumbnail's standard deviation), `_unread` (the
    first numeric column whose text is no number, with the text).
    """

    roles: Roles
    pictures: Pictures
    texts: Texts
    money: Money
    missing: Mapping[str, Sequence[str | float]]
    """Column -> the values that stand for "missing" in it."""
    label_names: Mapping[str, str]
    """Label as the source has it -> readable class name."""

    def __call__(self, shard: pd.DataFrame) -> pd.DataFrame:
        """Cleaned columns and findings, with the index of the shard."""
        # Columns are gathered before they become a table: put in one by one, they take longer than the numbers do.
        out: dict[str, Any] = {name: shard[name] for name in ("id", "label", "fine_label", "group") if name in shard}
        out["label"] = out["label"].replace(dict(self.label_names))
        if self.roles.image:
            out |= self.seen(shard[self.roles.image])
        for column in self.roles.text:
            vendors = shard["group"] if "group" in shard else [None] * len(shard)
            out[column] = strings([self.text(*pair) for pair in zip(shard[column], vendors, strict=True)], shard.index)
        unread: list[str | None] = [None] * len(shard)
        for column in self.roles.numeric:
            out[column], faults = self.numbers(shard, column)
            unread = [earlier or fault for earlier, fault in zip(unread, faults, strict=True)]
        out["_unread"] = pd.Series(unread, index=shard.index, dtype=object)
        for column in self.roles.categorical:
            out[column] = strings([word(value) for value in shard[column]], shard.index)
        table = pd.DataFrame(out, index=shard.index)
        for column, values in self.missing.items():
            wanted = [float(value) if column in self.roles.numeric else str(value) for value in values]
            table[column] = table[column].mask(table[column].isin(wanted))
        return table

    def seen(self, contents: pd.Series) -> dict[str, Any]:
        """The columns of `SEEN` and `_contrast`; what a shard shows twice is looked at once."""
        looks = {content: self.look(content) for content in set(contents)}
        found = zip(*(looks[content] for content in contents), strict=True)
        columns = {name: pd.Series(each, index=contents.index) for name, each in zip(SEEN, found, strict=False)}
        columns = columns or {name: pd.Series(dtype=object) for name in SEEN}
        return columns | {"_contrast": contrast(columns["_thumbnail"])}

    def look(self, content: Any) -> tuple[Any, ...]:
        """Findings about one picture, in the order of `SEEN`."""
        if not isinstance(content, bytes):
            return None, None, 0, 0, None, None
        try:
            picture = pictures.read(content, self.pictures.max_pixels)
        except pictures.PictureError as error:
            return None, str(error), 0, 0, None, None
        width, height = picture.size
        digest = hashlib.sha256(f"{width}x{height}".encode())
        digest.update(picture.tobytes())
        return content, None, width, height, digest.hexdigest(), thumbnail(picture).tobytes()

    def text(self, value: Any, vendor: Any) -> str | None:
        """One clean text, None where nothing is left."""
        if is_missing(value):
            return None
        text = clean_text(str(value), self.texts.remove_patterns)
        if self.texts.remove_vendor_names and not is_missing(vendor):
            text = without_vendor(text, str(vendor))
        return text or None

    def numbers(self, shard: pd.DataFrame, column: str) -> tuple[np.ndarray, list[str | None]]:
        """A numeric column, amounts converted, and for each row what could not be read (None where all went well)."""
        money = self.roles.money.get(column)
        if pd.api.types.is_numeric_dtype(shard[column]):
            read: list[tuple[float, str | None]] = [
                (value, None) for value in shard[column].astype("float64").replace([np.inf, -np.inf], np.nan)
            ]
        else:
            given = shard[column].to_numpy(dtype=object)
            known = {value: self.number(value, column) for value in set(given)}  # a column is of one type
            read = [known[value] for value in given]
        if money is not None:
            read = [
                (value, fault) if fault or value != value else self.converted(value, currency, column)
                for (value, fault), currency in zip(read, shard[money].to_numpy(dtype=object), strict=True)
            ]
        return np.array([value for value, _ in read], dtype=np.float64), [fault for _, fault in read]

    def number(self, value: Any, column: str) -> tuple[float, str | None]:
        """One value as a number, or why it is none."""
        if is_missing(value):
            return np.nan, None
        number = parse_number(str(value), column in self.roles.money)
        return (np.nan, f"{column}: {str(value)[:60]!r} is no number") if number is None else (number, None)

    def converted(self, amount: float, currency: Any, column: str) -> tuple[float, str | None]:
        """An amount in the one currency, or why not."""
        rate = self.money.rates.get(str(currency).strip().upper())
        if rate is None:
            return np.nan, f"{column}: no rate for the currency {str(currency)[:20]!r}"
        return amount * rate, None


def thumbnail(picture: Image.Image) -> Image.Image:
    """The picture averaged to `EDGE` x `EDGE`; where halves do that they give the same pixels in less time."""
    factor = HALVED.get(picture.width) if picture.width == picture.height else None
    if factor:
        return picture.reduce((factor, 1)).reduce((1, factor))
    return picture.resize((EDGE, EDGE), Image.Resampling.BOX)


def contrast(thumbnails: pd.Series) -> pd.Series:
    """The standard deviation of each thumbnail, in the colour where it is greatest; 0 where there is none."""
    there = thumbnails[thumbnails.notna()]
    pixels = np.frombuffer(b"".join(there), dtype=np.uint8).reshape(-1, SUMMED * 3).astype(np.float32)
    by_colour = np.tile(np.eye(3, dtype=np.float32), (SUMMED, 1))
    mean, mean_square = (
        (values @ by_colour).reshape(len(there), EDGE**2 // SUMMED, 3).sum(axis=1, dtype=np.float64) / EDGE**2
        for values in (pixels, np.square(pixels))
    )
    variance = mean_square - np.square(mean)
    most = pd.Series(np.sqrt(variance.max(axis=1, initial=0)), index=there.index)
    return most.reindex(thumbnails.index, fill_value=0.0)


def is_missing(value: Any) -> bool:
    """None, NaN, or a text of nothing but white space."""
    if isinstance(value, str):
        return not value.strip()
    return value is None or value is pd.NA or value != value


def word(value: Any) -> str | None:
    """A category as one clean string."""
    if is_missing(value):
        return None
    whole = isinstance(value, float) and value.is_integer()
    return clean_text(str(int(value) if whole else value)) or None


def strings(values: list[str | None], index: pd.Index) -> pd.Series:
    """Texts as a column of strings, also where all are missing."""
    return pd.Series(values, index=index, dtype="str")
