"""Untouched pictures per class, real beside synthetic, and some whole listings chosen by the seed alone."""

import numpy as np
import pandas as pd
from PIL import Image

from makeweight.core import outputs
from makeweight.data import pictures
from makeweight.data.encoded import Encoded
from makeweight.data.picture_sheet import as_pixels, enlarged, sheet
from makeweight.data.samples import Roles


def show(engine: str, table: pd.DataFrame, data: Encoded, roles: Roles, columns: int, listings: int, seed: int) -> None:
    """Write what the report shows of an engine: the sheet of pictures, and listings with theirs."""
    rng = np.random.default_rng(seed)
    if roles.image is not None and roles.image in table:
        compared = real_and_synthetic(data, table, roles.image, columns, rng)
        outputs.write_png("sample", "real_and_synthetic.png", compared, engine)
    chosen = table.iloc[np.sort(rng.choice(len(table), min(listings, len(table)), replace=False))]
    shown = [name for name in (*roles.text, *roles.tabular) if name in chosen]
    outputs.write_csv("sample", "listings.csv", chosen[["id", "label", *shown]], engine)
    if roles.image is not None and roles.image in chosen and len(chosen):
        strip = Image.new("RGB", (96 * len(chosen), 96), "white")
        for index, content in enumerate(chosen[roles.image]):
            strip.paste(enlarged(pictures.decode(content), 96), (96 * index, 0))
        outputs.write_png("sample", "listings.png", strip, engine)


def real_and_synthetic(
    data: Encoded, table: pd.DataFrame, image: str, columns: int, rng: np.random.Generator
) -> Image.Image:
    """Return a row per class: real train pictures left, synthetic right, chosen at random, with names and headings.

    Real pictures are shown at the size that the engines see, so that both sides are alike.
    """
    rows, labels = data.rows("train"), data.table["label"].to_numpy()
    real_rows: list[list[np.ndarray]] = []
    synthetic_rows: list[list[np.ndarray]] = []
    for name in data.classes:
        real = sample_of(rows[labels[rows] == name], columns, rng)
        synthetic = sample_of(table.loc[table["label"] == name, image].to_numpy(), columns, rng)
        real_rows.append([as_pixels(data.arrays["image"][index]) for index in real])
        synthetic_rows.append([pictures.decode(content) for content in synthetic])
    sides = [("real (train split)", real_rows), ("synthetic, as it came out", synthetic_rows)]
    return sheet(data.classes, sides, columns)


def sample_of(values: np.ndarray, most: int, rng: np.random.Generator) -> np.ndarray:
    """Return up to `most` of the values, chosen at random."""
    chosen: np.ndarray = values[rng.choice(len(values), min(most, len(values)), replace=False)]
    return chosen
