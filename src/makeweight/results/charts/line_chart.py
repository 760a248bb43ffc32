"""Lines over a number, with bands; the plot stretches with the page, its text does not."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from makeweight.results.charts.axes import legend, padded, percent, series_class, ticks, x_axis, y_axis
from makeweight.results.markup import join, tag

WIDTH, HEIGHT = 1000, 400
"""The plot's own coordinates, which the page stretches."""

MOST_MARKERS = 25

Range = tuple[float, float]


@dataclass(frozen=True)
class Line:
    """One line; `low` and `high` make a band where given. A value that is not finite is no point."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    low: Sequence[float] | None = None
    high: Sequence[float] | None = None


def lines(series: Sequence[Line], x_label: str, y_label: str, from_zero: bool = False) -> Markup:
    """A line chart; nothing where no line has a finite value. `from_zero`: the axis begins at 0 unless values do below.

    Lines of few points have a marker at each.
    """
    plotted = [line for line in series if len(line.x)]
    xs = [float(x) for line in plotted for x in line.x]
    ys = [float(y) for line in plotted for side in (line.y, line.low, line.high) if side is not None for y in side]
    ys = [y for y in ys if math.isfinite(y)]
    if not ys:
        return Markup("")
    x_range, y_range = (min(xs), max(xs)), padded(min(ys), max(ys))
    if from_zero and min(ys) >= 0:
        y_range = (0.0, y_range[1])
    marks = [grid(*y_range), *(marks_of(line, index, x_range, y_range) for index, line in enumerate(plotted))]
    label = f"{y_label} by {x_label}"
    box = {"viewBox": f"0 0 {WIDTH} {HEIGHT}", "preserveAspectRatio": "none"}
    frame = [
        tag("div", y_label, class_="y-label"),
        y_axis(*y_range),
        tag("div", tag("svg", join(marks), role="img", aria_label=label, **box), class_="plot"),
        tag("div", x_axis(*x_range, x_label, whole=all(x.is_integer() for x in xs)), class_="x"),
    ]
    named = legend([line.name for line in plotted]) if len(plotted) > 1 else Markup("")
    return tag("div", join([named, tag("div", join(frame), class_="frame")]), class_="chart lines")


def grid(low: float, high: float) -> Markup:
    """Horizontal lines at the ticks of the y axis."""
    heights = [round(HEIGHT * (1 - percent(y, low, high) / 100), 2) for y in ticks(low, high)]
    return join([tag("line", x1=0, x2=WIDTH, y1=height, y2=height, class_="grid") for height in heights])


def marks_of(line: Line, index: int, x_range: Range, y_range: Range) -> Markup:
    """Band and line of one series; a single point is a dot."""
    colour = series_class(index)
    parts = []
    if line.low is not None and line.high is not None:
        there = points(line.x, line.high, x_range, y_range)
        back = points(line.x, line.low, x_range, y_range)[::-1]
        parts.append(tag("polygon", points=" ".join(there + back), class_=f"band {colour}"))
    path = points(line.x, line.y, x_range, y_range)
    if len(path) <= MOST_MARKERS:
        marks = "".join(f"M{point.replace(',', ' ')}h0" for point in path)
        parts.append(tag("path", d=marks, class_=f"point {colour}"))
    parts.append(tag("polyline", points=" ".join(path), class_=colour))
    return join(parts)


def points(xs: Sequence[float], ys: Sequence[float], x_range: Range, y_range: Range) -> list[str]:
    """Coordinates in the plot; values that are not finite are left out."""
    return [
        f"{WIDTH / 100 * percent(float(x), *x_range):.1f},{HEIGHT - HEIGHT / 100 * percent(float(y), *y_range):.1f}"
        for x, y in zip(xs, ys, strict=True)
        if math.isfinite(y)
    ]
