"""Points on a plane: one small plane per class, or one large plane for all."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from markupsafe import Markup

from makeweight.results.charts.axes import legend, series_class
from makeweight.results.markup import join, tag

SIDE = 1000
REAL, HELD_OUT = "real", "held_out"
BOX = f"-20 -20 {SIDE + 40} {SIDE + 40}"


def planes(points: pd.DataFrame, identity: str) -> Markup:
    """One small plane per class: all points in grey, the class's own by source. Columns x, y, label, source.

    Args:
        points: one row per point.
        identity: an id that no other element of the page has.
    """
    x, y = (scaled(points[axis].to_numpy(float)) for axis in ("x", "y"))
    labels, kinds = (points[name].astype(str).to_numpy() for name in ("label", "source"))
    sources = in_order(kinds)
    everything = tag("path", d=dots(x, y, np.ones(len(points), bool)), id=identity)
    shared = tag("svg", tag("defs", everything), class_="hidden", aria_hidden="true")
    figures = []
    for label in sorted(set(labels)):
        own = [(labels == label) & (kinds == source) for source in sources]
        paths = [tag("path", d=dots(x, y, rows), class_=series_class(index)) for index, rows in enumerate(own)]
        counts = ", ".join(f"{int(rows.sum())} {source}" for rows, source in zip(own, sources, strict=True))
        marks = join([tag("use", href=f"#{identity}", class_="all"), *paths])
        svg = tag("svg", marks, viewBox=BOX, role="img", aria_label=f"{label}: {counts}")
        figures.append(tag("figure", join([svg, tag("figcaption", join([label, tag("small", counts)]))])))
    parts = [shared, legend(sources), tag("div", join(figures), class_="planes")]
    return tag("div", join(parts), class_="chart scatter")


def plane(points: pd.DataFrame, sources: Sequence[str] = ()) -> Markup:
    """All points as circles, coloured by source; `data-row` and `data-label` name the point for a page's script."""
    x, y = (scaled(points[axis].to_numpy(float)) for axis in ("x", "y"))
    kinds = points["source"].astype(str).tolist()
    sources = list(sources) or in_order(kinds)
    colours = {source: series_class(index) for index, source in enumerate(sources)}
    marks = [
        tag("circle", cx=a, cy=SIDE - b, r=5, class_=colours[kind], data_row=row, data_label=label)
        for row, (a, b, kind, label) in enumerate(zip(x, y, kinds, points["label"].astype(str), strict=True))
    ]
    svg = tag("svg", join(marks), viewBox=BOX, role="img", aria_label="Real and synthetic samples on one plane")
    return tag("div", join([legend(sources), svg]), class_="chart plane")


def in_order(kinds: Iterable[str]) -> list[str]:
    """The sources, each once: train rows first, so that those that are compared with them are drawn above them."""
    return sorted(set(kinds), key=lambda kind: (kind != REAL, kind != HELD_OUT, kind))


def scaled(values: np.ndarray) -> np.ndarray:
    """Coordinates as whole numbers from 0 to `SIDE`."""
    low, high = float(values.min()), float(values.max())
    return np.rint(SIDE * (values - low) / ((high - low) or 1.0)).astype(int)


def dots(x: np.ndarray, y: np.ndarray, rows: np.ndarray) -> str:
    """Points as strokes of no length, which a round cap makes visible: the shortest way to write thousands."""
    return "".join(f"M{a} {SIDE - b}h0" for a, b in zip(x[rows], y[rows], strict=True))
