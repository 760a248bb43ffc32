"""Some of the pictures that a rule dropped, so that a person can judge the rule."""

import textwrap

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from makeweight.data import pictures

PICTURES_PER_RULE = 8
EDGE = 96
"""Pixels of a picture in the gallery."""


def sample_dropped(dropped: pd.DataFrame, rule: str, seed: int) -> pd.DataFrame:
    """Return some of the rows that a rule dropped, sampled with a fixed seed, in the order of their ids."""
    rows = dropped[dropped["rule"] == rule]
    return rows.sample(n=min(PICTURES_PER_RULE, len(rows)), random_state=seed).sort_values("id")


def plot_dropped(rule: str, count: int, rows: pd.DataFrame) -> Figure:
    """Return a row of the pictures that a rule dropped; below each (marked =) the listing that it copies, if any.

    Args:
        rule: its name.
        count: how many rows it dropped in total.
        rows: the ones that are shown: `label, title, detail, image, kept_image, kept_label` (bytes or None).
    """
    copies = rows["kept_image"].notna().any()
    lines = 2 if copies else 1
    figure = Figure(figsize=(1.55 * PICTURES_PER_RULE, 0.6 + 2.05 * lines), layout="constrained")
    figure.suptitle(f"{rule.replace('_', ' ')}: {count:,} dropped", fontsize=13, fontweight="bold", x=0.01, ha="left")
    axes = figure.subplots(lines, PICTURES_PER_RULE, squeeze=False)
    for axis in axes.flat:
        axis.set_axis_off()
    for column, row in enumerate(rows.itertuples()):
        title, caption = (f"- {row.label}", row.title) if copies else (row.label, row.detail)
        plot_picture(axes[0, column], row.image, title, caption)
        if copies and isinstance(row.kept_image, bytes):
            plot_picture(axes[1, column], row.kept_image, f"= {row.kept_label}", row.kept_title)
    return figure


def plot_picture(axis: Axes, content: bytes | None, title: str, caption: object) -> None:
    """Plot one picture with a title above and a caption below."""
    axis.imshow(squared_picture(content), interpolation="nearest")
    axis.set_title(title, fontsize=8, pad=2)
    text = textwrap.shorten(caption, 44, placeholder="...") if isinstance(caption, str) else ""
    axis.text(0.5, -0.03, textwrap.fill(text, 22), fontsize=7, ha="center", va="top", transform=axis.transAxes)


def squared_picture(content: bytes | None) -> np.ndarray:
    """Return the picture centred on a grey square, uint8 `(EDGE, EDGE, 3)`; a crossed square if it is unreadable."""
    background = Image.new("RGB", (EDGE, EDGE), "#e6e6e6")
    try:
        picture = pictures.shrunk(pictures.decode(content or b""), EDGE)
    except pictures.PictureError:
        crossed = np.array(background)
        diagonal = np.arange(EDGE)
        crossed[diagonal, diagonal] = crossed[diagonal, EDGE - 1 - diagonal] = (180, 60, 60)
        return crossed
    scale = max(1, EDGE // max(picture.shape[:2]))
    picture = picture.repeat(scale, axis=0).repeat(scale, axis=1)
    height, width = picture.shape[:2]
    background.paste(Image.fromarray(picture), ((EDGE - width) // 2, (EDGE - height) // 2))
    return np.array(background)
