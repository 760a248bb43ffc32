"""The figure of synthetic pictures beside their nearest train pictures."""

from collections.abc import Mapping

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from makeweight.core.names import shortened
from makeweight.stages.fidelity.neighbours import Pair
from makeweight.stages.fidelity.rows import Rows

TITLE = (
    "{engine}: synthetic pictures chosen at random, each with the nearest train picture of any class.\n"
    "The number is their distance: 1 is usual between an unseen real picture and its nearest, 0 is a copy."
)


def plot_neighbours(
    pairs: Mapping[int, list[Pair]], synthetic: Rows, train: Rows, classes: list[str], engine: str
) -> Figure:
    """Classes in two columns: each synthetic picture, its nearest train picture at its right, the distance below."""
    widest = max(len(of_class) for of_class in pairs.values())
    lines = -(-len(pairs) // 2)
    figure = Figure(figsize=(0.9 + 2.6 * widest, 0.8 + 0.95 * lines))
    # One axes for all pictures: a grid of axes takes seconds to render.
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0), xlim=(-0.75, 4 * widest + 1.15), ylim=(lines * 1.3, -1.0))
    axes.set_axis_off()
    axes.text(-0.7, -0.85, TITLE.format(engine=engine), va="top", fontsize=9, linespacing=1.4)
    for index, (label, of_class) in enumerate(pairs.items()):
        top, left = 1.3 * (index % lines), (index // lines) * (2 * widest + 1.0)
        axes.text(left - 0.12, top + 0.45, shortened(classes[label]), rotation=90, ha="right", va="center", fontsize=7)
        for number, pair in enumerate(of_class):
            x = left + 2 * number
            plot_picture(axes, synthetic.encoded["image"][pair.synthetic], x, top, "synthetic", "tab:orange")
            caption = f"real {pair.distance:.2f}"
            plot_picture(axes, train.encoded["image"][pair.train], x + 0.95, top, caption, "tab:blue")
    return figure


def plot_picture(axes: Axes, pixels: np.ndarray, left: float, top: float, caption: str, colour: str) -> None:
    """One picture `(channels, height, width)` in a frame, 0.9 wide and high, with its caption below."""
    image = pixels.transpose(1, 2, 0).squeeze()
    extent = (left, left + 0.9, top + 0.9, top)
    axes.imshow(image, cmap="gray", vmin=0, vmax=255, interpolation="nearest", extent=extent, aspect="auto")
    axes.add_patch(Rectangle((left, top), 0.9, 0.9, fill=False, edgecolor=colour, linewidth=1))
    axes.text(left + 0.45, top + 0.93, caption, ha="center", va="top", fontsize=6, color=colour)
