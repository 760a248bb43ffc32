"""Plots: one episode with its predictions, and the novel classes by t-SNE before and after training."""

import numpy as np
import openTSNE
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from makeweight.core import cores
from makeweight.core.names import shortened
from makeweight.stages.fewshot.episodes import Episodes
from makeweight.stages.fewshot.picture_set import PictureSet

MAX_SHOWN = 6
"""Classes with a panel of their own in the plot of all pictures."""

MAX_PLOTTED = 5
"""Supports and queries per class in the plot of an episode."""

RIGHT, WRONG, OTHERS = "#0069a3", "#bb4d00", "#d5d5d5"
"""As on the pages: blue is right, orange is wrong."""


def tsne_coordinates(points: np.ndarray, perplexity: float, seed: int) -> np.ndarray:
    """t-SNE coordinates `(n, 2)`; the perplexity is lowered where there are too few points for it."""
    possible = min(perplexity, (len(points) - 1) / 3)
    tsne = openTSNE.TSNE(perplexity=possible, random_state=seed, n_jobs=cores.available())
    return np.asarray(tsne.fit(points))


def plot_tsne(coordinates: dict[str, np.ndarray], captions: dict[str, str], method: str, rows: PictureSet) -> Figure:
    """A line of panels each for "before" and "after" training, a panel per class: its pictures in blue, all in grey.

    Of many classes those with the most pictures are shown.
    """
    sizes = np.bincount(rows.classes, minlength=len(rows.names))
    shown = np.argsort(-sizes, kind="stable")[:MAX_SHOWN]
    figure = Figure(figsize=(0.2 + 2.2 * len(shown), 0.5 + 2.8 * len(coordinates)), layout="constrained")
    which = f"{len(shown)} largest of " if len(shown) < len(rows.names) else ""
    title = f"{which}{len(rows.names)} classes never trained on, by {method}: the class in blue, all others in grey"
    figure.suptitle(title, fontsize=11)
    lines = figure.subfigures(len(coordinates), 1, squeeze=False)[:, 0]
    for line, (when, points) in zip(lines, coordinates.items(), strict=True):
        line.suptitle(f"{when} training: {captions[when]}", fontsize=11)
        for axes, one in zip(line.subplots(1, len(shown), squeeze=False)[0], shown, strict=True):
            own = rows.classes == one
            axes.scatter(*points[~own].T, s=3, color=OTHERS, linewidths=0)
            axes.scatter(*points[own].T, s=9, color=RIGHT, linewidths=0)
            axes.set_title(f"{shortened(rows.names[one])} ({sizes[one]})", fontsize=9)
            axes.set_xticks([])
            axes.set_yticks([])
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
