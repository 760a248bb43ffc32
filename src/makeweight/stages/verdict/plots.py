"""The change of each class's recall under each arm, as a picture."""

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from makeweight.core.names import shortened

matplotlib.use("Agg")


def plot_class_changes(changes: pd.DataFrame, train_counts: dict[str, int]) -> Figure | None:
    """Change of every class's recall (rows, rarest on top) under every arm (columns); None where `none` is alone."""
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
    names = [f"{shortened(label)} ({train_counts[label]})" for label in labels]
    beside = max(2.6, 1.0 + 0.085 * max(map(len, names)))
    figure = Figure(figsize=(beside + 0.62 * table.shape[1], 1.6 + 0.3 * len(table)))
    axes = figure.subplots()
    limit = max(1.0, float(np.abs(table.to_numpy()).max()))
    axes.imshow(table.to_numpy(), cmap="BrBG", vmin=-limit, vmax=limit, aspect="auto")
    for row, label in enumerate(table.index):
        for column, arm in enumerate(table.columns):
            value = table.iloc[row, column]
            axes.text(
                column,
                row,
                f"{value:+.0f}",
                ha="center",
                va="center",
                fontsize=8,
                fontweight="bold" if conclusive.loc[label, arm] else "normal",
                color="white" if abs(value) > 0.7 * limit else "#222222",
            )
    axes.set_yticks(range(len(table)), names)
    axes.set_xticks(range(table.shape[1]), table.columns, rotation=40, ha="right", rotation_mode="anchor")
    axes.set_title(
        "Change of recall against none, points (train rows; bold: interval without 0)", loc="left", fontsize=10
    )
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    figure.set_layout_engine("constrained")
    return figure
