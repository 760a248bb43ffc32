"""Named points over two scores."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from makeweight.results.charts.axes import padded, percent, ticks, x_axis, y_axis
from makeweight.results.markup import join, tag

LABEL_SIDE = 55.0
"""From this part of the width on, in percent, a name is written to the left of its point."""


@dataclass(frozen=True, slots=True)
class Point:
    """A point with its name; only a `strong` one has its name beside it, the others show theirs on hover."""

    name: str
    x: float
    y: float
    tone: str = "plain"
    strong: bool = False


def points(marks: Sequence[Point], x_label: str, y_label: str) -> Markup:
    """A plane of points; nothing without points."""
    if not marks:
        return Markup("")
    x_range = padded(min(mark.x for mark in marks), max(mark.x for mark in marks))
    y_range = padded(min(mark.y for mark in marks), max(mark.y for mark in marks))
    heights = [f"{100 - percent(y, *y_range)}%" for y in ticks(*y_range)]
    grid = [tag("line", x1=0, x2="100%", y1=height, y2=height, class_="grid") for height in heights]
    ordered = sorted(marks, key=lambda mark: mark.strong)
    drawn = [one_point(mark, percent(mark.x, *x_range), 100 - percent(mark.y, *y_range)) for mark in ordered]
    said = f"{y_label} by {x_label}: " + "; ".join(f"{mark.name} {mark.x:.1f}, {mark.y:.1f}" for mark in marks)
    frame = [
        tag("div", y_label, class_="y-label"),
        y_axis(*y_range),
        tag("div", tag("svg", join([*grid, *drawn]), role="img", aria_label=said), class_="plot"),
        tag("div", x_axis(*x_range, x_label), class_="x"),
    ]
    return tag("div", tag("div", join(frame), class_="frame"), class_="chart lines points")


def one_point(mark: Point, x: float, y: float) -> Markup:
    """A circle, with its name where it is strong."""
    circle = tag("circle", tag("title", f"{mark.name}: {mark.x:.1f}, {mark.y:.1f}"), cx=f"{x}%", cy=f"{y}%", r=6)
    side = ("end", "-.8em") if x > LABEL_SIDE else ("start", ".8em")
    name = tag("text", mark.name, x=f"{x}%", y=f"{y}%", text_anchor=side[0], dx=side[1], dy=".35em")
    return tag(
        "g", join([circle, name]) if mark.strong else circle, class_=f"{mark.tone}{' strong' if mark.strong else ''}"
    )
