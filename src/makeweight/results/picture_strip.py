"""Real pictures beside synthetic ones of the rarest classes, cut out of the sheet that the stage `sample` wrote."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from io import BytesIO

from PIL import Image

from makeweight.data.picture_sheet import BORDER, GAP, HEAD, MARGIN, PITCH
from makeweight.results.fidelity import picture_detection
from makeweight.results.pictures import png_of
from makeweight.results.run import Run

CLASSES, PICTURES = 4, 4
"""Classes of a strip, and pictures of each side."""


@dataclass(frozen=True, slots=True)
class ClassPictures:
    """Pictures of one class in a row, as PNG: real ones of the train split, and synthetic ones of the engine."""

    label: str
    engine: str
    real: bytes
    synthetic: bytes


def read_strip(run: Run) -> tuple[ClassPictures, ...]:
    """The rarest classes of the train split with their pictures; empty where the data have no pictures."""
    engine = engine_shown(run)
    sheet = None if engine is None else run.comparison(engine)
    sizes = tuple((size.label, size.real) for size in run.class_sizes)
    return () if engine is None or sheet is None or not sizes else cut_strip(engine, sheet, sizes)


@lru_cache(maxsize=2)
def cut_strip(engine: str, sheet: bytes, class_sizes: tuple[tuple[str, int], ...]) -> tuple[ClassPictures, ...]:
    """The rarest classes, cut out of an engine's sheet; kept, since a page asks for every picture by itself.

    Args:
        engine: the one that the sheet is of.
        sheet: a PNG with a row per class, in name order.
        class_sizes: each class with its train rows.
    """
    sizes = dict(class_sizes)
    names = sorted(sizes)
    with Image.open(BytesIO(sheet)) as picture:
        columns = (picture.width - MARGIN - GAP) // (2 * PITCH)
        if columns < 1 or picture.height != HEAD + len(names) * PITCH:  # the sheet is of other classes
            return ()
        shown, width = sorted(names, key=lambda name: (sizes[name], name))[:CLASSES], min(columns, PICTURES) * PITCH
        lefts = (MARGIN, MARGIN + columns * PITCH + GAP)
        found = []
        for name in shown:
            top = HEAD + names.index(name) * PITCH
            boxes = [(left, top, left + width - BORDER, top + PITCH - BORDER) for left in lefts]
            found.append(ClassPictures(name, engine, *(png_of(picture.crop(box)) for box in boxes)))
    return tuple(found)


def engine_shown(run: Run) -> str | None:
    """Of the engines that have pictures, the one whose pictures a network tells from real ones least often.

    It is not that of the best arm: a tenth of a point would change it. Engines that were not measured come last.
    """
    told_apart = picture_detection(run.folders)
    engines = sorted((one.engine for one in run.synthetic), key=lambda engine: told_apart.get(engine, math.inf))
    return next((engine for engine in engines if run.comparison(engine) is not None), None)
