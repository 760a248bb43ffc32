"""Horizontal bars from zero."""

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from makeweight.results.charts.axes import legend, series_class
from makeweight.results.markup import join, number, tag


def bars(rows: Sequence[tuple[str, Mapping[str, float]]], series: Sequence[str], digits: int = 3) -> Markup:
    """One group per row and one bar per series that the row has, with its number."""
    most = max((value for _, values in rows for value in values.values()), default=0.0) or 1.0
    lines = []
    for name, values in rows:
        stack = [
            one_bar(values[key], values[key] / most, index, digits) for index, key in enumerate(series) if key in values
        ]
        lines.append(tag("div", join([tag("span", name, class_="name"), tag("div", join(stack))]), class_="row"))
    named = legend(series) if len(series) > 1 else Markup("")
    return tag("div", join([named, *lines]), class_="chart bars")


def one_bar(value: float, share: float, index: int, digits: int) -> Markup:
    """A bar whose length is `share` of the longest, and its number behind it."""
    width = f"{100 * max(0.0, share):.2f}%"
    marks = [
        tag("rect", x=0, y="12%", width=width, height="76%"),
        tag("text", number(value, digits), x=width, y="50%", dx=".45em", dy=".35em"),
    ]
    return tag("svg", join(marks), class_=f"bar {series_class(index)}")
