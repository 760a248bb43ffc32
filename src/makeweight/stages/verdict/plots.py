"""The change of each class's recall under each arm, as a picture."""

from collections.abc import Mapping

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from makeweight.core.names import shortened

matplotlib.use("Agg")

ORANGE_TO_BLUE = LinearSegmentedColormap.from_list("orange to blue", ["#bb4d00", "#ffffff", "#0069a3"])
"""As on every page: blue is a gain, orange a loss."""

INK = "#222222"
TITLE = (
    "Change of recall against none, points. Rarest class first (train rows, test rows).\n"
    "Blue: more of the class is found; orange: less. In a frame: the interval leaves out 0."
)


def plot_class_changes(
    changes: pd.DataFrame, train_counts: Mapping[str, int], test_counts: Mapping[str, int]
) -> Figure | None:
    """Change of every class's recall (rows, rarest on top) under every arm (columns); None where `none` is alone.

    Args:
        changes: `label, arm, mean, low, high` in points.
        train_counts: train rows by class, which the classes are ordered by.
        test_counts: test rows by class, told beside the names.
    """
    if changes.empty:
        return None
    # A class without a row in the test split has no change.
    tested = set(changes["label"])
    by_size = sorted(train_counts, key=lambda label: (train_counts[label], label))
    labels = [label for label in by_size if label in tested]
    table = changes.pivot(index="label", columns="arm", values="mean").loc[labels]
    table = table[list(dict.fromkeys(changes["arm"]))]
    conclusive = changes.assign(conclusive=(changes["low"] > 0) | (changes["high"] < 0)).pivot(
        index="label", columns="arm", values="conclusive"
    )
    names = [f"{shortened(label)} ({train_counts[label]}, {test_counts.get(label, 0)})" for label in labels]
    beside = max(2.6, 1.0 + 0.085 * max(map(len, names)))
    figure = Figure(figsize=(beside + 0.62 * table.shape[1], 1.6 + 0.3 * len(table)))
    axes = figure.subplots()
    limit = max(1.0, float(np.abs(table.to_numpy()).max()))
    axes.imshow(table.to_numpy(), cmap=ORANGE_TO_BLUE, vmin=-limit, vmax=limit, aspect="auto")
    for row, label in enumerate(table.index):
        for column, arm in enumerate(table.columns):
            put_change(axes, (column, row), table.iloc[row, column], conclusive.loc[label, arm], limit)
    axes.set_yticks(range(len(table)), names)
    axes.set_xticks(range(table.shape[1]), table.columns, rotation=40, ha="right", rotation_mode="anchor")
    axes.set_title(TITLE, loc="left", fontsize=10)
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    figure.set_layout_engine("constrained")
    return figure


def put_change(axes: Axes, cell: tuple[int, int], value: float, is_conclusive: bool, limit: float) -> None:
    """Write a change into its cell, in a frame where its interval leaves out 0."""
    colour, weight = "white" if abs(value) > 0.7 * limit else INK, "bold" if is_conclusive else "normal"
    axes.text(*cell, f"{value:+.0f}", ha="center", va="center", fontsize=8, fontweight=weight, color=colour)
    if is_conclusive:
        corner = cell[0] - 0.46, cell[1] - 0.46
        axes.add_patch(Rectangle(corner, 0.92, 0.92, fill=False, edgecolor=INK))
