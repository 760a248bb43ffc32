"""A folder of pictures, understood as by `makeweight add`: class folders, or metadata files."""

from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from makeweight.cards import folders
from makeweight.cards.found import FEATURES, Described
from makeweight.core.errors import InputError
from makeweight.core.names import listed, readable
from makeweight.data import pictures
from makeweight.data.codecs.image import ImageCodec
from makeweight.data.values.reading import counted
from makeweight.stages.ingest.folder.walk import Walk
from makeweight.trial.compare import MOST_CLASSES
from makeweight.trial.understood import REMEDIES, Understood, check_rare, groups_of

SIDE = 32
"""Pixels: larger pictures are shrunk, as the pipeline's are by default."""
LEAST_SIDE = 8


def understand(
    path: Path, walked: Walk, label: str | None, rare: str | None, group: str | None
) -> tuple[np.ndarray, Understood]:
    """Return the pictures `(n, side, side, channels)`, and what is understood of them, as by `makeweight add`.

    Args:
        path: the folder.
        walked: what is below it.
        label: the column of metadata that is the label, where the user names it.
        rare: the class that matters, where the user names it.
        group: a column of metadata, or `subfolder`, whose rows stay on one side of a split.

    Raises:
        InputError: no picture can be read, there is no class, or no such class or group.
    """
    place = readable(str(path))
    found = folders.understand(path, walked, label, group, most_classes=MOST_CLASSES, remedies=REMEDIES)
    check_rare(place, found.label, rare, found.classes)
    present = found.classes.notna().to_numpy()
    decoded, broken = decoded_of(found.table[folders.FILE_NAME].where(present), walked)
    present = np.array([picture is not None for picture in decoded])
    kept = [picture for picture in decoded if picture is not None]
    if not kept:
        raise InputError(f"{place}: no picture can be read; the first fault is {broken[0]}")
    y = found.classes[present].reset_index(drop=True)
    groups, told = groups_of(place, found.described, present, y, group)
    array, resized = of_one_size(kept)
    notes = [*found.notes, *told, *unused(found.described)]
    notes += [f"{counted(len(broken), 'picture')} cannot be read and are left out ({broken[0]})"] if broken else []
    title = title_of(path, y, array)
    return array, Understood(pd.DataFrame(), y, groups, (), (*notes, *resized), (), title)


def decoded_of(names: pd.Series, walked: Walk) -> tuple[list[np.ndarray | None], list[str]]:
    """Return each picture, None for one that has no name or cannot be read, and why it cannot."""
    decoded: list[np.ndarray | None] = []
    broken = []
    for name in names:
        picture = None
        try:
            picture = None if pd.isna(name) else pictures.decode(walked.pictures[name].read_bytes())
        except (pictures.PictureError, OSError) as error:
            broken.append(f"{name}: {error}")
        decoded.append(picture)
    return decoded, broken


def unused(described: Described) -> list[str]:
    """Return a line on columns of metadata, which a contest of pictures does not learn from."""
    names = [column.name for column in described.columns if column.role in FEATURES]
    return [f"not learned from beside the pictures: {listed(names)}"] if names else []


def of_one_size(decoded: list[np.ndarray]) -> tuple[np.ndarray, list[str]]:
    """Return pictures as one array, padded to squares and shrunk; grey ones have one channel."""
    sizes = sorted({picture.shape[:2] for picture in decoded})
    side = int(np.clip(max(max(size) for size in sizes), LEAST_SIDE, SIDE))
    grey = all((picture == picture[..., :1]).all() for picture in decoded)
    codec = ImageCodec(side, "grey" if grey else "rgb")
    fitted = [np.asarray(codec.fitted(Image.fromarray(picture))) for picture in decoded]
    array = np.stack(fitted)
    array = array[..., None] if grey else array
    changed = [size for size in sizes if size != (side, side)]
    shown = listed((f"{width} x {height}" for height, width in changed), 3)
    return array, [f"pictures of other sizes ({shown}) are fitted into {side} x {side} pixels"] if changed else []


def title_of(path: Path, labels: pd.Series, array: np.ndarray) -> str:
    """Return the first line: what there is."""
    colour = "grey" if array.shape[3] == 1 else "colour"
    size = f"{array.shape[2]} x {array.shape[1]} pixels"
    return f"{readable(str(path))}: {counted(len(labels), 'picture')} in {colour}, {size}"
