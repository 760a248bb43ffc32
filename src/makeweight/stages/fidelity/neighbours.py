"""The nearest real neighbours of synthetic samples chosen by lot: a person sees whether they are copies."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from makeweight.stages.fidelity.privacy import distances
from makeweight.stages.fidelity.rows import Rows

ROWS_OF_USUAL_DISTANCE = 300
"""As many held-out rows tell what distance to the nearest train row is usual."""


@dataclass(frozen=True, slots=True)
class Pair:
    """A synthetic row, its nearest train row, and their distance over the median such distance of held-out rows."""

    synthetic: int
    train: int
    distance: float


def pairs_by_class(
    synthetic: np.ndarray,
    labels: np.ndarray,
    train: np.ndarray,
    held_out: np.ndarray,
    shown: Mapping[int, int],
    rng: np.random.Generator,
) -> dict[int, list[Pair]]:
    """Class index -> as many pairs as `shown` says, drawn by lot; all arrays are fingerprints but `labels`."""
    some = rng.permutation(len(held_out))[:ROWS_OF_USUAL_DISTANCE]
    usual = float(np.median(distances(held_out[some], train).min(1))) or 1.0
    pairs: dict[int, list[Pair]] = {}
    for name, wanted in shown.items():
        rows = np.flatnonzero(labels == name)
        rows = np.sort(rows[rng.permutation(len(rows))[:wanted]])
        apart = distances(synthetic[rows], train) if len(rows) else np.empty((0, len(train)))
        pairs[name] = [
            Pair(int(row), int(to_each.argmin()), float(to_each.min() / usual))
            for row, to_each in zip(rows, apart, strict=True)
        ]
    return pairs


def draw_page(pairs: Mapping[int, list[Pair]], synthetic: Rows, train: Rows, classes: list[str], title: str) -> Figure:
    """Classes in two columns: each synthetic picture, its nearest train picture at its right, the distance below."""
    most = max(len(found) for found in pairs.values())
    lines = -(-len(pairs) // 2)
    figure = Figure(figsize=(0.9 + 2.6 * most, 0.8 + 0.95 * lines))
    # One axes for all: a grid of axes takes seconds to draw.
    axes = figure.add_axes((0.0, 0.0, 1.0, 1.0), xlim=(-0.75, 4 * most + 1.15), ylim=(lines * 1.3, -1.0))
    axes.set_axis_off()
    axes.text(-0.7, -0.85, title, va="top", fontsize=9, linespacing=1.4)
    for place, (name, found) in enumerate(pairs.items()):
        top, left = 1.3 * (place % lines), (place // lines) * (2 * most + 1.0)
        axes.text(left - 0.12, top + 0.45, classes[name], rotation=90, ha="right", va="center", fontsize=7)
        for number, pair in enumerate(found):
            corner = left + 2 * number
            show(axes, synthetic.codes["image"][pair.synthetic], corner, top, "synthetic", "tab:orange")
            show(axes, train.codes["image"][pair.train], corner + 0.95, top, f"real {pair.distance:.2f}", "tab:blue")
    return figure


def show(axes: Axes, pixels: np.ndarray, left: float, top: float, caption: str, colour: str) -> None:
    """One picture in a frame, 0.9 wide and high, with a word below."""
    shown = pixels.transpose(1, 2, 0).squeeze()
    extent = (left, left + 0.9, top + 0.9, top)
    axes.imshow(shown, cmap="gray", vmin=0, vmax=255, interpolation="nearest", extent=extent, aspect="auto")
    axes.add_patch(Rectangle((left, top), 0.9, 0.9, fill=False, edgecolor=colour, linewidth=1))
    axes.text(left + 0.45, top + 0.93, caption, ha="center", va="top", fontsize=6, color=colour)


def text_neighbours(
    pairs: Mapping[int, list[Pair]], synthetic: Rows, train: Rows, classes: list[str], column: str
) -> pd.DataFrame:
    """The pairs as a table of what stands in one text column."""
    made, known = synthetic.table[column].to_numpy(), train.table[column].to_numpy()
    return pd.DataFrame(
        [
            (classes[name], pair.distance, made[pair.synthetic], known[pair.train])
            for name, found in pairs.items()
            for pair in found
        ],
        columns=["class", "distance", "synthetic", "nearest_real"],
    )
