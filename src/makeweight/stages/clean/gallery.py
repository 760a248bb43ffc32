"""A few of the pictures that a rule dropped, so that a person can judge the rule."""

import textwrap

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from makeweight.data import pictures

SHOWN = 8
"""Dropped rows per rule."""
EDGE = 96
"""Pixels of a picture in the gallery."""


def drawn_by_lot(dropped: pd.DataFrame, rule: str, seed: int) -> pd.DataFrame:
    """A few of the rows that a rule dropped, the same at every run, in the order of their ids."""
    rows = dropped[dropped["rule"] == rule]
    return rows.sample(n=min(SHOWN, len(rows)), random_state=seed).sort_values("id")


def draw_rule(rule: str, count: int, rows: pd.DataFrame) -> Figure:
    """The dropped pictures of one rule in a row; below each (marked =) the row that it repeats, where there is one.

    Args:
        rule: its name.
        count: how many rows it dropped in all.
        rows: the few that are shown: `label, title, detail, image, kept_image, kept_label` (bytes or None).
    """
    twins = rows["kept_image"].notna().any()
    lines = 2 if twins else 1
    figure = Figure(figsize=(1.55 * SHOWN, 0.6 + 2.05 * lines), layout="constrained")
    figure.suptitle(f"{rule.replace('_', ' ')}: {count:,} dropped", fontsize=13, fontweight="bold", x=0.01, ha="left")
    axes = figure.subplots(lines, SHOWN, squeeze=False)
    for axis in axes.flat:
        axis.set_axis_off()
    for place, row in enumerate(rows.itertuples()):
        show(axes[0, place], row.image, f"- {row.label}" if twins else row.label, row.title if twins else row.detail)
        if twins and isinstance(row.kept_image, bytes):
            show(axes[1, place], row.kept_image, f"= {row.kept_label}", row.kept_title)
    return figure


def show(axis: Axes, content: bytes | None, title: str, words: object) -> None:
    """One picture with a title above and a line about it below."""
    axis.imshow(square(content), interpolation="nearest")
    axis.set_title(title, fontsize=8, pad=2)
    said = textwrap.shorten(words, 44, placeholder="...") if isinstance(words, str) else ""
    axis.text(0.5, -0.03, textwrap.fill(said, 22), fontsize=7, ha="center", va="top", transform=axis.transAxes)


def square(content: bytes | None) -> np.ndarray:
    """The picture in the middle of a grey square; a crossed square where it is none."""
    paper = Image.new("RGB", (EDGE, EDGE), "#e6e6e6")
    try:
        picture = pictures.shrunk(pictures.decode(content or b""), EDGE)
    except pictures.PictureError:
        crossed = np.array(paper)
        steps = np.arange(EDGE)
        crossed[steps, steps] = crossed[steps, ::-1][steps, EDGE - 1 - steps] = (180, 60, 60)
        crossed[steps, EDGE - 1 - steps] = (180, 60, 60)
        return crossed
    scale = max(1, EDGE // max(picture.shape[:2]))
    picture = picture.repeat(scale, axis=0).repeat(scale, axis=1)
    height, width = picture.shape[:2]
    paper.paste(Image.fromarray(picture), ((EDGE - width) // 2, (EDGE - height) // 2))
    return np.array(paper)
