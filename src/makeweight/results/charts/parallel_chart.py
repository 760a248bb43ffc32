"""Parallel coordinates: one axis per number, one line per member."""

import math
import re
from collections.abc import Mapping, Sequence

from markupsafe import Markup

from makeweight.results.charts.axes import legend, percent, series_class
from makeweight.results.markup import MINUS, join, tag

Axes = Mapping[str, Sequence[float | None]]
MOST_DECIMALS = 6
"""Numbers that need more have an exponent."""


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
    return tag("span", join([breakable(name), tag("small", end_label(ends[1], ends))]))


def breakable(name: str) -> Markup:
    """A name that a line may break after a dot or an underscore."""
    return Markup("<wbr>").join(re.split(r"(?<=[._])(?=[^._])", name))


def lows(ranges: Sequence[tuple[float, float]]) -> Markup:
    """The smallest value of every axis, below it."""
    return tag("div", join([tag("span", tag("small", end_label(ends[0], ends))) for ends in ranges]), class_="heads")


def end_label(value: float, ends: tuple[float, float]) -> str:
    """An end of an axis, with no more decimals than it takes to tell the ends apart by two digits."""
    low, high = ends
    if value == round(value):
        return f"{value:,.0f}".replace("-", MINUS)
    decimals = max(0, 1 - math.floor(math.log10(high - low or abs(high))))
    written = f"{value:,.{decimals}f}" if decimals <= MOST_DECIMALS else f"{value:.2g}"
    return written.replace("-", MINUS)
