"""The verdict as pictures: interval per arm, dose and response, change per class."""

import matplotlib
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

matplotlib.use("Agg")

COLOURS = {"helps": "#2a7f62", "inconclusive": "#7a8794", "hurts": "#b3423a"}
ENGINE_COLOURS = ("#3f7f93", "#c98a2b", "#7a5ea8", "#4f8a4a")
WIDTH = 8.0


def draw_arms(intervals: pd.DataFrame, view: str, level: float) -> Figure:
    """Each arm's difference to `none` with its interval, best on top."""
    rows = intervals.sort_values("mean", kind="stable").reset_index(drop=True)
    figure = Figure(figsize=(WIDTH, 1.1 + 0.3 * len(rows)))
    axes = figure.subplots()
    for place, row in rows.iterrows():
        colour = COLOURS[row["verdict"]]
        axes.plot([row["low"], row["high"]], [place, place], color=colour, linewidth=2.5, solid_capstyle="round")
        axes.plot(row["mean"], place, "o", color=colour, markersize=7)
    axes.axvline(0, color="#333333", linewidth=1)
    axes.set_yticks(range(len(rows)), rows["arm"])
    axes.set_xlabel(f"change in macro-F1 against none, points ({100 * (1 - level):.0f} % for all arms at once)")
    axes.set_title(f"Which way of balancing wins ({view})", loc="left")
    handles = [axes.plot([], [], "o-", color=colour, label=word)[0] for word, colour in COLOURS.items()]
    figure.legend(handles=handles, loc="outside upper right", ncols=3, frameon=False, fontsize=9)
    return tidy(figure)


def draw_doses(doses: pd.DataFrame) -> Figure | None:
    """Score against the amount of synthetic data, one band per engine, one panel per measure; None without a dose."""
    if doses.empty:
        return None
    figure = Figure(figsize=(WIDTH, 3.4))
    panels = figure.subplots(1, 2)
    panel_columns = (("macro-F1", ""), ("minority recall", "recall_"))
    for axes, (title, prefix) in zip(panels, panel_columns, strict=True):
        for colour, (engine, rows) in zip(ENGINE_COLOURS, doses.groupby("engine", sort=True), strict=False):
            axes.fill_between(rows["amount"], rows[f"{prefix}low"], rows[f"{prefix}high"], color=colour, alpha=0.18)
            axes.plot(rows["amount"], rows[f"{prefix}mean"], "o-", color=colour, label=engine)
        axes.set_title(title, loc="left")
        axes.set_xlabel("synthetic rows, % of what a full balance needs")
        axes.set_xticks(sorted(doses["amount"].unique()))
    panels[0].set_ylabel("test split, points")
    panels[0].legend(frameon=False)
    return tidy(figure)


def draw_classes(changes: pd.DataFrame, train_counts: dict[str, int]) -> Figure | None:
    """Change of every class' recall (rows, rarest on top) under every arm (columns); None where `none` is alone."""
    if changes.empty:
        return None
    labels = sorted(train_counts, key=lambda label: (train_counts[label], label))
    table = changes.pivot(index="label", columns="arm", values="mean").loc[labels]
    table = table[list(dict.fromkeys(changes["arm"]))]
    shown = changes.assign(shown=(changes["low"] > 0) | (changes["high"] < 0)).pivot(
        index="label", columns="arm", values="shown"
    )
    figure = Figure(figsize=(2.6 + 0.62 * table.shape[1], 1.6 + 0.3 * len(table)))
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
                fontweight="bold" if shown.loc[label, arm] else "normal",
                color="white" if abs(value) > 0.7 * limit else "#222222",
            )
    axes.set_yticks(range(len(table)), [f"{label} ({train_counts[label]})" for label in table.index])
    axes.set_xticks(range(table.shape[1]), table.columns, rotation=40, ha="right", rotation_mode="anchor")
    axes.set_title(
        "Who gains: change of recall against none, points (train rows; bold: interval without 0)",
        loc="left",
        fontsize=10,
    )
    return tidy(figure, grid=False)


def tidy(figure: Figure, grid: bool = True) -> Figure:
    """No box around the panels, light lines behind."""
    figure.set_layout_engine("constrained")
    for axes in figure.axes:
        for side in ("top", "right"):
            axes.spines[side].set_visible(False)
        if grid:
            axes.grid(axis="both", color="#e3e6e8", linewidth=0.8)
            axes.set_axisbelow(True)
    return figure
