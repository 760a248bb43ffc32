"""Plots: one episode with its predictions, and the novel classes by t-SNE before and after training."""

import numpy as np
import openTSNE
from matplotlib import colormaps
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from makeweight.core import cores
from makeweight.core.names import in_legend, shortened
from makeweight.stages.fewshot.episodes import Episodes
from makeweight.stages.fewshot.picture_set import PictureSet

MARKERS = "o^"
"""With ten colours each."""

MAX_NAMED = 20
"""As many classes as a reader can distinguish; of more classes the largest are named and the others are grey."""

MAX_PLOTTED = 5
"""Supports and queries per class in the plot of an episode."""

RIGHT, WRONG = "#1b7837", "#c51b7d"


def tsne_coordinates(points: np.ndarray, perplexity: float, seed: int) -> np.ndarray:
    """t-SNE coordinates `(n, 2)`; the perplexity is lowered where there are too few points for it."""
    possible = min(perplexity, (len(points) - 1) / 3)
    tsne = openTSNE.TSNE(perplexity=possible, random_state=seed, n_jobs=cores.available())
    return np.asarray(tsne.fit(points))


def plot_tsne(coordinates: dict[str, np.ndarray], captions: dict[str, str], method: str, rows: PictureSet) -> Figure:
    """One panel each for "before" and "after" training, with its caption; the smaller of many classes are grey."""
    figure = Figure(figsize=(6.2 * len(coordinates), 6.4))
    panels = figure.subplots(1, len(coordinates), squeeze=False)[0]
    sizes = np.bincount(rows.classes, minlength=len(rows.names))
    named = np.argsort(-sizes, kind="stable")[:MAX_NAMED]
    others = ~np.isin(rows.classes, named)
    for axes, (when, points) in zip(panels, coordinates.items(), strict=True):
        if others.any():
            label = f"{len(rows.names) - len(named)} smaller classes"
            axes.scatter(*points[others].T, s=9, color="#cccccc", linewidths=0, label=label)
        for number, one in enumerate(sorted(named)):
            style = {"color": colormaps["tab10"](number % 10), "marker": MARKERS[number // 10]}
            of_class = rows.classes == one
            axes.scatter(*points[of_class].T, s=22, alpha=0.85, linewidths=0, label=in_legend(rows.names[one]), **style)
        title = f"{len(rows.names)} classes never trained on, {when} {method} training"
        axes.set_title(f"{title}\n{captions[when]}", fontsize=11)
        axes.set_xticks([])
        axes.set_yticks([])
    figure.subplots_adjust(left=0.01, right=0.99, bottom=0.01, top=0.9, wspace=0.03)
    panels[-1].legend(loc="center left", bbox_to_anchor=(1.01, 0.5), fontsize=9, frameon=False, markerscale=1.5)
    return figure


def plot_episode(rows: PictureSet, sampled: Episodes, predictions: np.ndarray, method: str, number: int = 0) -> Figure:
    """Supports on the left, queries on the right, one class per line; the predicted class below each query."""
    support, query = sampled.support[number, :, :MAX_PLOTTED], sampled.query[number, :, :MAX_PLOTTED]
    ways, shots = support.shape
    names = [rows.names[rows.classes[of_class[0]]] for of_class in support]
    widths = [1.0] * shots + [0.35] + [1.0] * query.shape[1]
    figure = Figure(figsize=(1.15 * sum(widths) + 1.6, 1.42 * ways + 0.9))
    panels = figure.subplots(ways, len(widths), squeeze=False, width_ratios=widths)
    for way in range(ways):
        panels[way, shots].axis("off")
        for index, row in enumerate(support[way]):
            plot_picture(panels[way, index], rows, row, "#777777")
        panels[way, 0].set_ylabel(wrapped(names[way]), rotation=0, ha="right", va="center", fontsize=9)
        for index, row in enumerate(query[way]):
            predicted = int(predictions[number, way, index])
            colour = RIGHT if predicted == way else WRONG
            axes = panels[way, shots + 1 + index]
            plot_picture(axes, rows, row, colour)
            axes.set_xlabel("right" if predicted == way else wrapped(names[predicted]), color=colour, fontsize=8)
    figure.subplots_adjust(left=0.12, right=0.99, bottom=0.05, top=0.89, hspace=0.35, wspace=0.08)
    accuracy = float((predictions[number] == np.arange(ways)[:, None]).mean())
    examples = f"{sampled.shots}" if sampled.shots == shots else f"{shots} of {sampled.shots}"
    figure.suptitle(
        f"The first {ways}-way episode, classified by {method}: {accuracy:.0%} right (chance {1 / ways:.0%})\n"
        f"left: {examples} examples of classes never trained on; right: queries with the predicted class",
        fontsize=11,
    )
    return figure


def distance_from_plotted_size(sampled: Episodes) -> tuple[int, int]:
    """How far ways and shots are from the size that a plot can show; the episode with the least is plotted."""
    return abs(sampled.ways - MAX_PLOTTED), abs(sampled.shots - MAX_PLOTTED)


def wrapped(name: str) -> str:
    """A class name on several lines."""
    return shortened(name).replace(" ", "\n").replace("/", "/\n")


def plot_picture(axes: Axes, rows: PictureSet, row: int, colour: str) -> None:
    """One picture in a coloured frame."""
    picture = rows.pictures[row].permute(1, 2, 0).numpy()
    axes.imshow(picture if picture.shape[2] == 3 else picture[..., 0], cmap="gray", vmin=0, vmax=255)
    axes.set_xticks([])
    axes.set_yticks([])
    for spine in axes.spines.values():
        spine.set_color(colour)
        spine.set_linewidth(2.5)
