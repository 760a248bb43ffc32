"""Parallel coordinates: one axis per number, one line per member."""

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from makeweight.results.charts.axes import legend, percent, series_class, tick_label
from makeweight.results.markup import join, tag

Axes = Mapping[str, Sequence[float | None]]


def parallel(names: Sequence[str], axes: Axes) -> Markup:
    """One vertical axis per number with its ends, one line per name; a gap where a name has no such number.

    Args:
        names: of the lines.
        axes: name of the axis -> one value per line; each axis has two values that differ at least.
    """
    count = len(axes)
    places = [100 * (index + 0.5) / count for index in range(count)]
    ranges = []
    for values in axes.values():
        known = [value for value in values if value is not None]
        ranges.append((min(known), max(known)))
    marks = [tag("line", x1=f"{x}%", x2=f"{x}%", y1="0", y2="100%", class_="grid") for x in places]
    for index, name in enumerate(names):
        heights = [
            None if values[index] is None else 100 - percent(float(values[index] or 0), *ends)
            for values, ends in zip(axes.values(), ranges, strict=True)
        ]
        pairs = zip(places, heights, places[1:], heights[1:], strict=False)
        strokes = [
            tag("line", x1=f"{x}%", y1=f"{y}%", x2=f"{to_x}%", y2=f"{to_y}%")
            for x, y, to_x, to_y in pairs
            if y is not None and to_y is not None
        ]
        dots = [
            tag("circle", cx=f"{x}%", cy=f"{y}%", r=4) for x, y in zip(places, heights, strict=True) if y is not None
        ]
        marks.append(tag("g", join([tag("title", name), *strokes, *dots]), class_=series_class(index)))
    columns = [column(name, ends) for name, ends in zip(axes, ranges, strict=True)]
    label = f"{len(names)} runs over {', '.join(axes)}"
    plot = tag("div", tag("svg", join(marks), role="img", aria_label=label), class_="plot")
    heads = tag("div", join(columns), class_="heads")
    return tag("div", join([legend(names), heads, plot, lows(ranges)]), class_="chart parallel")


def column(name: str, ends: tuple[float, float]) -> Markup:
    """The head of an axis: its name and its largest value."""
    return tag("span", join([name, tag("small", tick_label(ends[1]))]))


def lows(ranges: Sequence[tuple[float, float]]) -> Markup:
    """The smallest value of every axis, below it."""
    return tag("div", join([tag("span", tag("small", tick_label(low))) for low, _ in ranges]), class_="heads")
