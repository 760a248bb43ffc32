"""Points on a plane: real ones against those of one other source, one small plane per class, or one large plane."""

from collections.abc import Iterable, Sequence

import numpy as np
import pandas as pd
from markupsafe import Markup

from makeweight.results.charts.axes import series_class
from makeweight.results.markup import join, readable, tag

SIDE = 1000
REAL_SOURCES = REAL, HELD_OUT = "real", "held out"
"""Sources of real points, as the stage `tsne` writes them: the train rows, and those that it was not fitted to."""
COLOURS = {REAL: "s0", HELD_OUT: "s7"}
BOX = f"-20 -20 {SIDE + 40} {SIDE + 40}"


def source_planes(points: pd.DataFrame, identity: str) -> Markup:
    """One plane per source beside the real train rows: these in one colour, the source's own above them in another.

    Args:
        points: one row per point, with the columns x, y, label, source.
        identity: an id that no other element of the page has.
    """
    x, y = (scaled(points[axis].to_numpy(float)) for axis in ("x", "y"))
    kinds = points["source"].astype(str).to_numpy()
    sources = in_order(kinds)
    real = kinds == sources[0]
    shared = tag("svg", tag("defs", tag("path", d=dots(x, y, real), id=identity)), class_="hidden", aria_hidden="true")
    figures = []
    for source in sources[1:]:
        own = kinds == source
        name = readable(source)
        counts = f"{int(own.sum()):,} {name} points above {int(real.sum()):,} {readable(sources[0])} ones"
        marks = [
            tag("use", href=f"#{identity}", class_=f"under {source_colour(sources[0], sources)}"),
            tag("path", d=dots(x, y, own), class_=source_colour(source, sources)),
        ]
        svg = tag("svg", join(marks), viewBox=BOX, role="img", aria_label=counts)
        figures.append(tag("figure", join([svg, tag("figcaption", join([name, tag("small", counts)]))])))
    parts = [shared, source_legend(sources), tag("div", join(figures), class_="planes large")]
    return tag("div", join(parts), class_="chart scatter")


def source_colour(source: str, sources: Sequence[str]) -> str:
    """The class of a source's colour: real rows are blue, held-out ones grey, engines orange and further."""
    if source in COLOURS:
        return COLOURS[source]
    engines = [one for one in sources if one not in COLOURS]
    return series_class(1 + engines.index(source))


def source_legend(sources: Sequence[str]) -> Markup:
    """The sources with their colours."""
    items = [tag("li", readable(source), class_=source_colour(source, sources)) for source in sources]
    return tag("ul", join(items), class_="legend")


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
        colours = [source_colour(source, sources) for source in sources]
        paths = [tag("path", d=dots(x, y, rows), class_=tone) for rows, tone in zip(own, colours, strict=True)]
        counts = ", ".join(f"{int(rows.sum())} {source}" for rows, source in zip(own, sources, strict=True))
        marks = join([tag("use", href=f"#{identity}", class_="all"), *paths])
        svg = tag("svg", marks, viewBox=BOX, role="img", aria_label=f"{label}: {counts}")
        figures.append(tag("figure", join([svg, tag("figcaption", join([label, tag("small", counts)]))])))
    parts = [shared, source_legend(sources), tag("div", join(figures), class_="planes")]
    return tag("div", join(parts), class_="chart scatter")


def plane(points: pd.DataFrame) -> Markup:
    """All points as circles, coloured by source; `data-row` and `data-label` name the point for a page's script."""
    x, y = (scaled(points[axis].to_numpy(float)) for axis in ("x", "y"))
    kinds = points["source"].astype(str).tolist()
    sources = in_order(kinds)
    colours = {source: source_colour(source, sources) for source in sources}
    marks = [
        tag("circle", cx=a, cy=SIDE - b, r=5, class_=colours[kind], data_row=row, data_label=label)
        for row, (a, b, kind, label) in enumerate(zip(x, y, kinds, points["label"].astype(str), strict=True))
    ]
    svg = tag("svg", join(marks), viewBox=BOX, role="img", aria_label="Real and synthetic samples on one plane")
    return tag(
        "div", join([source_legend(sources), svg]), class_="chart plane", tabindex=0, role="group", aria_label="map"
    )


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
