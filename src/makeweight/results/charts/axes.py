"""What charts share: round ticks, positions in percent, the row of numbers below a plot, the legend."""

import math
from collections.abc import Sequence

from markupsafe import Markup

from makeweight.results.markup import MINUS, join, tag

SERIES_COLOURS = 8
"""How many series colours the style sheet has; further series use them again, dashed."""


def ticks(low: float, high: float, whole: bool = False, count: int = 5) -> list[float]:
    """About `count` round numbers inside [low, high]; `whole` ones where they count something."""
    span = high - low
    if span <= 0 or not math.isfinite(span):
        return [low]
    raw = span / count
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= raw * 0.999)
    step = max(1.0, round(step)) if whole else step
    first = math.ceil(low / step - 1e-9)
    return [round(k * step, 12) for k in range(first, math.floor(high / step + 1e-9) + 1)]


def percent(value: float, low: float, high: float) -> float:
    """The position of a value on an axis, in percent of its length."""
    return round(100 * (value - low) / (high - low), 3) if high > low else 50.0


def padded(low: float, high: float) -> tuple[float, float]:
    """The range with a little air on both sides."""
    air = 0.06 * (high - low) or 0.5
    return low - air, high + air


def tick_label(value: float) -> str:
    """The number at a tick, short."""
    return f"{value:,.6g}".replace("-", MINUS) if abs(value) < 1e6 else f"{value:.1e}"


def x_axis(low: float, high: float, label: str, whole: bool = False) -> Markup:
    """The row of numbers below a plot of the same width, and its label."""
    marks = [
        tag("text", tick_label(value), x=f"{percent(value, low, high)}%", y="1em", text_anchor="middle")
        for value in ticks(low, high, whole)
    ]
    return join([tag("svg", join(marks), class_="ticks"), tag("div", label, class_="axis-label")])


def y_axis(low: float, high: float) -> Markup:
    """The column of numbers beside a plot of the same height."""
    marks = [
        tag("text", tick_label(y), x="100%", y=f"{100 - percent(y, low, high)}%", dy=".35em", text_anchor="end")
        for y in ticks(low, high)
    ]
    return tag("svg", join(marks), class_="y-ticks")


def series_class(index: int) -> str:
    """The class that gives a series its colour."""
    return f"s{index % SERIES_COLOURS}" + (" again" if index >= SERIES_COLOURS else "")


def legend(names: Sequence[str]) -> Markup:
    """The names of the series with their colours."""
    items = [tag("li", name, class_=series_class(index)) for index, name in enumerate(names)]
    return tag("ul", join(items), class_="legend")
