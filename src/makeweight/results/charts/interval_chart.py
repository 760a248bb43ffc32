"""Means with intervals, one row each, around a reference line."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from makeweight.results.charts.axes import padded, percent, x_axis
from makeweight.results.markup import join, signed, tag
from makeweight.results.values import Interval


@dataclass(frozen=True, slots=True)
class Row:
    """An interval with its name; `tone` is good, bad or plain, `note` is the line below the name.

    A row that is `marked` has a diamond, and a dashed line at its mean through all rows.
    """

    name: str
    interval: Interval
    tone: str = "plain"
    note: str = ""
    marked: bool = False


def intervals(rows: Sequence[Row], label: str, reference: float | None = 0.0, digits: int = 1) -> Markup:
    """One line per row: its interval as a bar, its mean as a dot, the reference as a vertical line.

    A dashed line stands at the mean of every marked row.

    Numbers around a reference of 0 are differences and carry their sign.
    """
    if not rows:
        return Markup("")
    ends = [end for row in rows for end in (row.interval.low, row.interval.high)]
    ends += [] if reference is None else [reference]
    low, high = padded(min(ends), max(ends))
    marked = [percent(row.interval.mean, low, high) for row in rows if row.marked]
    lines = [one_row(row, low, high, reference, digits, marked) for row in rows]
    axis = join([tag("span"), tag("div", x_axis(low, high, label)), tag("span")])
    return tag("div", join([*lines, tag("div", axis, class_="row axis")]), class_="chart intervals")


def one_row(
    row: Row, low: float, high: float, reference: float | None, digits: int, marked: Sequence[float] = ()
) -> Markup:
    """Name, track and numbers of one interval; `marked` are the places of dashed lines, in per cent."""
    interval = row.interval
    mean, left, right = (f"{percent(end, low, high)}%" for end in (interval.mean, interval.low, interval.high))
    marks = []
    if reference is not None:
        x = f"{percent(reference, low, high)}%"
        marks.append(tag("line", x1=x, x2=x, y1=0, y2="100%", class_="zero"))
    marks += [tag("line", x1=f"{x}%", x2=f"{x}%", y1=0, y2="100%", class_="mark") for x in marked]
    marks.append(tag("line", x1=left, x2=right, y1="50%", y2="50%", class_="bar"))
    if row.marked:
        # A square turned around its own centre: percentages and pixels cannot be mixed in a polygon.
        diamond = tag("rect", x=-5.5, y=-5.5, width=11, height=11, transform="rotate(45)", class_="dot")
        marks.append(tag("svg", diamond, x=mean, y="50%"))
    else:
        marks.append(tag("circle", cx=mean, cy="50%", r=5, class_="dot"))
    name = join([row.name, tag("small", row.note)]) if row.note else row.name
    cells = [
        tag("span", name, class_="name"),
        tag("span", tag("svg", join(marks), aria_hidden="true"), class_="track"),
        tag("span", text_of(interval, reference == 0, digits), class_="numbers"),
    ]
    return tag("div", join(cells), class_=f"row {row.tone}")


def text_of(interval: Interval, is_difference: bool, digits: int = 1) -> str:
    """`+3.1 (+1.0 to +5.0)`, or without signs where it is not a difference."""
    ends = (interval.mean, interval.low, interval.high)
    mean, low, high = (signed(end, digits) if is_difference else f"{end:.{digits}f}" for end in ends)
    return f"{mean} ({low} to {high})"
