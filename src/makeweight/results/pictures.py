"""Pictures of a run, as the bytes of PNG files, and whole synthetic samples with theirs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from io import BytesIO
from itertools import pairwise
from typing import Any

from PIL import Image

from makeweight.results.folders import Folders, naming_files
from makeweight.results.values import records

DROPPED = "dropped_"


@dataclass(frozen=True)
class Example:
    """One whole synthetic sample."""

    values: Mapping[str, Any]
    """Column -> value; None or NaN where missing."""
    picture: bytes | None


@naming_files
def read_comparison(folders: Folders, engine: str) -> bytes | None:
    """Real pictures beside an engine's, a row per class."""
    return folders.picture("sample", engine, "real_and_synthetic.png")


@naming_files
def read_examples(folders: Folders, engine: str) -> tuple[Example, ...]:
    """Some samples of an engine, each with its part of the strip of pictures where there is one."""
    rows = records(folders.words("sample", engine, "listings.csv"))
    pictures = cut(folders.picture("sample", engine, "listings.png"), len(rows)) if rows else []
    return tuple(Example(row, picture) for row, picture in zip(rows, pictures, strict=True))


def cut(strip: bytes | None, count: int) -> list[bytes] | list[None]:
    """The `count` equally wide pictures side by side in one PNG."""
    if strip is None:
        return [None] * count
    with Image.open(BytesIO(strip)) as image:
        edges = [round(index * image.width / count) for index in range(count + 1)]
        return [png_of(image.crop((left, 0, right, image.height))) for left, right in pairwise(edges)]


def png_of(picture: Image.Image) -> bytes:
    """A picture as PNG."""
    buffer = BytesIO()
    picture.save(buffer, format="PNG", optimize=True)
    return buffer.getvalue()


@naming_files
def read_training_grids(folders: Folders, engine: str) -> tuple[bytes, ...]:
    """What an engine made at the end of its training, a row per class."""
    return pictures_at(folders, "train_gan", f"{engine}/*.png")


@naming_files
def read_dropped(folders: Folders) -> dict[str, bytes]:
    """Cleaning rule -> some pictures that it dropped."""
    found = {parts[-1]: folders.picture(*parts) for parts in folders.names("clean", f"{DROPPED}*.png")}
    return {name.removeprefix(DROPPED).removesuffix(".png"): png for name, png in found.items() if png is not None}


@naming_files
def read_fewshot_pictures(folders: Folders, labeling: str) -> dict[str, bytes]:
    """What a picture of a labeling shows -> the picture."""
    found = {parts[-1]: folders.picture(*parts) for parts in folders.names("fewshot", f"{labeling}/*.png")}
    return {name.removesuffix(".png"): png for name, png in found.items() if png is not None}


def pictures_at(folders: Folders, stage: str, pattern: str) -> tuple[bytes, ...]:
    """The pictures that match, in name order."""
    found = (folders.picture(*parts) for parts in folders.names(stage, pattern))
    return tuple(picture for picture in found if picture is not None)
