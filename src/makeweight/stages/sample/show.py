"""Untouched pictures per class, real beside synthetic, and some whole listings chosen by the seed alone."""

import numpy as np
import pandas as pd
from PIL import Image, ImageDraw

from makeweight.core import outputs
from makeweight.core.names import shortened
from makeweight.data import pictures
from makeweight.data.encoded import Encoded
from makeweight.data.samples import Roles


def show(engine: str, table: pd.DataFrame, data: Encoded, roles: Roles, columns: int, listings: int, seed: int) -> None:
    """Write what the report shows of an engine: the sheet of pictures, and listings with theirs."""
    rng = np.random.default_rng(seed)
    if roles.image is not None and roles.image in table:
        sheet = real_and_synthetic(data, table, roles.image, columns, rng)
        outputs.write_png("sample", "real_and_synthetic.png", sheet, engine)
    chosen = table.iloc[np.sort(rng.choice(len(table), min(listings, len(table)), replace=False))]
    shown = [name for name in (*roles.text, *roles.tabular) if name in chosen]
    outputs.write_csv("sample", "listings.csv", chosen[["id", "label", *shown]], engine)
    if roles.image is not None and roles.image in chosen and len(chosen):
        strip = Image.new("RGB", (96 * len(chosen), 96), "white")
        for index, content in enumerate(chosen[roles.image]):
            strip.paste(enlarged(pictures.decode(content), 96), (96 * index, 0))
        outputs.write_png("sample", "listings.png", strip, engine)


def enlarged(pixels: np.ndarray, edge: int) -> Image.Image:
    """A picture `(height, width)` or `(height, width, 3)` in a square of `edge`, enlarged without smoothing."""
    picture = Image.fromarray(pixels)
    scale = max(1, edge // max(picture.size))
    picture = picture.resize((picture.width * scale, picture.height * scale), Image.Resampling.NEAREST)
    picture.thumbnail((edge, edge))
    square = Image.new("RGB", (edge, edge), "white")
    square.paste(picture, ((edge - picture.width) // 2, (edge - picture.height) // 2))
    return square


def real_and_synthetic(
    data: Encoded, table: pd.DataFrame, image: str, columns: int, rng: np.random.Generator, edge: int = 64
) -> Image.Image:
    """A row per class: real train pictures left, synthetic right, both chosen at random, with names and headings.

    Real pictures are shown at the size that the engines see, so that both sides are alike.
    """
    margin, gap, head = 150, 24, 24
    width = margin + 2 * columns * edge + gap
    sheet = Image.new("RGB", (width, head + len(data.classes) * edge), "white")
    pen = ImageDraw.Draw(sheet)
    pen.text((margin, 6), "real (train split)", fill="black")
    pen.text((margin + columns * edge + gap, 6), "synthetic, as it came out", fill="black")
    rows, labels = data.rows("train"), data.table["label"].to_numpy()
    for row, name in enumerate(data.classes):
        pen.text((6, head + row * edge + edge // 2 - 6), shortened(name, 24), fill="black")
        real = rows[labels[rows] == name]
        synthetic = table.loc[table["label"] == name, image].to_numpy()
        for side, own in enumerate((real, synthetic)):
            for column, index in enumerate(rng.choice(len(own), min(columns, len(own)), replace=False)):
                pixels = pictures.decode(synthetic[index]) if side else as_pixels(data.arrays["image"][real[index]])
                left = margin + side * (columns * edge + gap) + column * edge
                sheet.paste(enlarged(pixels, edge), (left, head + row * edge))
    return sheet


def as_pixels(array: np.ndarray) -> np.ndarray:
    """An encoded picture `(channels, size, size)` as pixels."""
    return array[0] if len(array) == 1 else array.transpose(1, 2, 0)
