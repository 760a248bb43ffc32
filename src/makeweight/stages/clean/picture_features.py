"""What is computed from a picture's bytes: size, digest, thumbnail and contrast, and the picture that is kept."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from PIL import Image

from makeweight.core.params import Section
from makeweight.core.ranges import Count, Pixels
from makeweight.data import pictures, reserved
from makeweight.data.values.missing import is_missing
from makeweight.stages.clean.perceptual_hashes import EDGE

HALVINGS = {EDGE * factor: factor for factor in (1, 2, 4)}
"""Edge of a square picture -> the factor by which halving reduces it to `EDGE`."""
PIXELS_PER_SUM = 256
"""Pixels that are summed in float32, in which so many squares of a byte are exact."""


class PictureLimits(Section):
    """Limits on pictures."""

    max_pixels: Count
    """A picture of more pixels counts as unreadable."""
    max_edge_pixels: Pixels
    """Larger pictures are scaled down to this longer edge."""


@dataclass(frozen=True, slots=True)
class EncodePictures:
    """Encodes the pictures of one shard as RGB PNG on white, scaled down to the limit."""

    limits: PictureLimits

    def __call__(self, shard: pd.DataFrame) -> pd.DataFrame:
        """Return the shard's column `image` with the new bytes."""
        encoded = [None if is_missing(content) else self.encode(content) for content in shard["image"]]
        return pd.DataFrame({"image": pd.Series(encoded, index=shard.index, dtype=object)})

    def encode(self, content: bytes) -> bytes:
        """Return one readable picture as PNG bytes."""
        picture = pictures.decode(content, self.limits.max_pixels)
        return pictures.encode(pictures.shrunk(picture, self.limits.max_edge_pixels))


class PictureFeatures(NamedTuple):
    """Features of one picture; the defaults stand for a missing one."""

    image: bytes | None = None
    """The bytes, where they can be read."""
    fault: str | None = None
    """Why they cannot be read."""
    width: int = 0
    height: int = 0
    digest: str | None = None
    """SHA-256 of the size and the pixels."""
    thumbnail: bytes | None = None
    """Pixels of the thumbnail: uint8 `(EDGE, EDGE, 3)`."""
    notes: str | None = None
    """What reading it left out or scaled, a line each."""


COLUMNS = tuple(name if name == "image" else f"{reserved.PREFIX}{name}" for name in PictureFeatures._fields)
"""Columns of the row features that hold the `PictureFeatures`."""


def picture_columns(contents: pd.Series, max_pixels: int) -> dict[str, pd.Series]:
    """Return the columns `COLUMNS` and `mw_contrast` of pictures; equal bytes are decoded once."""
    given = [content if isinstance(content, bytes) else None for content in contents]
    features = {content: picture_features(content, max_pixels) for content in set(given)}
    values: Sequence[Any] = list(zip(*(features[content] for content in given), strict=True)) or [()] * len(COLUMNS)
    columns = {
        name: pd.Series(column, index=contents.index, dtype=None if len(contents) else object)
        for name, column in zip(COLUMNS, values, strict=True)
    }
    return columns | {"mw_contrast": contrast(columns["mw_thumbnail"])}


def picture_features(content: Any, max_pixels: int) -> PictureFeatures:
    """Return the features of one picture from its bytes."""
    if not isinstance(content, bytes):
        return PictureFeatures()
    try:
        picture, notes = pictures.read(content, max_pixels)
    except pictures.PictureError as error:
        return PictureFeatures(fault=str(error))
    width, height = picture.size
    digest = hashlib.sha256(f"{width}x{height}".encode())
    digest.update(picture.tobytes())
    pixels = thumbnail(picture).tobytes()
    return PictureFeatures(content, None, width, height, digest.hexdigest(), pixels, "\n".join(notes) or None)


def counted_notes(table: pd.DataFrame) -> list[str]:
    """Return a line for each way in which pictures were read as something else than they are, with the number.

    Args:
        table: with `id` and, where there are pictures, `mw_notes`.
    """
    if "mw_notes" not in table:
        return []
    notes = table.set_index("id")["mw_notes"].dropna().str.split("\n").explode()
    return [
        f"{len(ids)} of {len(table)} pictures: {note}, such as {ids[0]}"
        for note, ids in notes.groupby(notes).groups.items()
    ]


def thumbnail(picture: Image.Image) -> Image.Image:
    """Return the picture averaged to `EDGE` x `EDGE`; halving gives the same pixels faster where the size allows it."""
    factor = HALVINGS.get(picture.width) if picture.width == picture.height else None
    if factor:
        return picture.reduce((factor, 1)).reduce((1, factor))
    return picture.resize((EDGE, EDGE), Image.Resampling.BOX)


def contrast(thumbnails: pd.Series) -> pd.Series:
    """Return the standard deviation of each thumbnail in its most varied colour channel, of 255; 0 where none."""
    present = thumbnails[thumbnails.notna()]
    pixels = np.frombuffer(b"".join(present), dtype=np.uint8).reshape(-1, PIXELS_PER_SUM * 3).astype(np.float32)
    by_channel = np.tile(np.eye(3, dtype=np.float32), (PIXELS_PER_SUM, 1))
    mean, mean_square = (
        (values @ by_channel).reshape(len(present), EDGE**2 // PIXELS_PER_SUM, 3).sum(axis=1, dtype=np.float64)
        / EDGE**2
        for values in (pixels, np.square(pixels))
    )
    variance = mean_square - np.square(mean)
    largest = pd.Series(np.sqrt(variance.max(axis=1, initial=0)), index=present.index)
    return largest.reindex(thumbnails.index, fill_value=0.0)
