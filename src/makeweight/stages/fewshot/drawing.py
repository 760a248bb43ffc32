"""Pictures for people: one episode with its answers, and the map of the novel classes before and after training."""

import numpy as np
import openTSNE
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from makeweight.core import cores
from makeweight.stages.fewshot.episodes import Episodes
from makeweight.stages.fewshot.loop import Collection

MARKERS = "o^"
"""With ten colours each."""

MOST_NAMED = 20
"""So many classes an eye can tell apart; beyond, the largest are named and the others are one grey crowd."""

MOST_SHOWN = 5
"""Supports and queries per class in the picture of an episode."""

RIGHT, WRONG = "#1b7837", "#c51b7d"


def place(points: np.ndarray, perplexity: float, seed: int) -> np.ndarray:
    """t-SNE coordinates `(n, 2)`; the perplexity is lowered where there are too few points for it."""
    fitting = min(perplexity, (len(points) - 1) / 3)
    tsne = openTSNE.TSNE(perplexity=fitting, random_state=seed, n_jobs=cores.available())
    return np.asarray(tsne.fit(points))


def draw_maps(maps: dict[str, np.ndarray], told: dict[str, str], method: str, side: Collection) -> Figure:
    """Maps before and after training, each with what is `told` about it; the smaller of many classes are grey."""
    figure = Figure(figsize=(6.2 * len(maps), 6.4))
    axes = figure.subplots(1, len(maps), squeeze=False)[0]
    sizes = np.bincount(side.classes, minlength=len(side.names))
    named = np.argsort(-sizes, kind="stable")[:MOST_NAMED]
    others = ~np.isin(side.classes, named)
    for axis, (title, coordinates) in zip(axes, maps.items(), strict=True):
        if others.any():
            label = f"{len(side.names) - len(named)} smaller classes"
            axis.scatter(*coordinates[others].T, s=9, color="#cccccc", linewidths=0, label=label)
        for number, one in enumerate(sorted(named)):
            style = {"color": colormaps["tab10"](number % 10), "marker": MARKERS[number // 10]}
            rows = side.classes == one
            axis.scatter(*coordinates[rows].T, s=22, alpha=0.85, linewidths=0, label=side.names[one], **style)
        classes = f"{len(side.names)} classes never trained on"
        axis.set_title(f"{classes}, {title} {method} training\n{told[title]}", fontsize=11)
        axis.set_xticks([])
        axis.set_yticks([])
    figure.subplots_adjust(left=0.01, right=0.99, bottom=0.01, top=0.9, wspace=0.03)
    axes[-1].legend(loc="center left", bbox_to_anchor=(1.01, 0.5), fontsize=9, frameon=False, markerscale=1.5)
    return figure


def draw_episode(side: Collection, asked: Episodes, answers: np.ndarray, method: str, number: int = 0) -> Figure:
    """Supports on the left, queries on the right, one class a row; the answer stands under each query."""
    support, query = asked.support[number, :, :MOST_SHOWN], asked.query[number, :, :MOST_SHOWN]
    ways, shots = support.shape
    names = [side.names[side.classes[rows[0]]] for rows in support]
    widths = [1.0] * shots + [0.35] + [1.0] * query.shape[1]
    figure = Figure(figsize=(1.15 * sum(widths) + 1.6, 1.42 * ways + 0.9))
    axes = figure.subplots(ways, len(widths), squeeze=False, width_ratios=widths)
    for way in range(ways):
        axes[way, shots].axis("off")
        for place, row in enumerate(support[way]):
            show(axes[way, place], side, row, "#777777")
        axes[way, 0].set_ylabel(broken(names[way]), rotation=0, ha="right", va="center", fontsize=9)
        for place, row in enumerate(query[way]):
            answer = int(answers[number, way, place])
            colour = RIGHT if answer == way else WRONG
            axis = axes[way, shots + 1 + place]
            show(axis, side, row, colour)
            axis.set_xlabel("right" if answer == way else broken(names[answer]), color=colour, fontsize=8)
    figure.subplots_adjust(left=0.12, right=0.99, bottom=0.05, top=0.89, hspace=0.35, wspace=0.08)
    right = float((answers[number] == np.arange(ways)[:, None]).mean())
    shown = f"{asked.shots} shown" if asked.shots == shots else f"{shots} of {asked.shots} shown"
    figure.suptitle(
        f"The first {ways}-way episode, answered by {method}: {right:.0%} right (chance {1 / ways:.0%})\n"
        f"left: examples of classes never trained on ({shown}); right: queries with the answer given",
        fontsize=11,
    )
    return figure


def unhandiness(asked: Episodes) -> tuple[int, int]:
    """How far an episode is from one that fits a picture; the least is drawn."""
    return abs(asked.ways - MOST_SHOWN), abs(asked.shots - MOST_SHOWN)


def broken(name: str) -> str:
    """A class name on several lines."""
    return name.replace(" ", "\n").replace("/", "/\n")


def show(axis: Axes, side: Collection, row: int, colour: str) -> None:
    """One picture in a coloured frame."""
    picture = side.pictures[row].permute(1, 2, 0).numpy()
    axis.imshow(picture if picture.shape[2] == 3 else picture[..., 0], cmap="gray", vmin=0, vmax=255)
    axis.set_xticks([])
    axis.set_yticks([])
    for spine in axis.spines.values():
        spine.set_color(colour)
        spine.set_linewidth(2.5)
