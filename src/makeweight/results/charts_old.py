"""Charts as HTML and SVG without script: text stays text at any width, colours suit light and dark."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from markupsafe import Markup, escape

SERIES_COLOURS = 8
"""How many series colours the style sheet has; further series start over with dashes."""


@dataclass(frozen=True)
class Interval:
    """A mean with its interval; `tone` is good, bad or plain."""

    name: str
    mean: float
    low: float
    high: float
    tone: str = "plain"
    note: str = ""


@dataclass(frozen=True)
class Line:
    """One line of a line chart; `low` and `high` make a band where given."""

    name: str
    x: Sequence[float]
    y: Sequence[float]
    low: Sequence[float] | None = None
    high: Sequence[float] | None = None


def tag(name: str, content: str | Markup = "", **attributes: str | float) -> Markup:
    """An HTML element; attribute names lose a last underscore, and `data_x` is written data-x."""
    written = "".join(f' {key.rstrip("_").replace("_", "-")}="{escape(value)}"' for key, value in attributes.items())
    return Markup(f"<{name}{written}>{escape(content)}</{name}>")


def join(parts: "Sequence[str | Markup]") -> Markup:
    """Elements one after another."""
    return Markup("").join(parts)


def number(value: float, digits: int = 3) -> str:
    """A number as a person reads it: counts whole, others with so many digits after the point, small ones with two."""
    if isinstance(value, int):
        return f"{value:,}"
    return f"{value:.2g}" if 0 < abs(value) < 5 * 10**-digits else f"{value:,.{digits}f}"


def signed(value: float, digits: int = 1) -> str:
    """A difference with its sign; the minus is a real minus."""
    rounded = round(value, digits)
    sign = "+" if rounded > 0 else "\u2212" if rounded < 0 else "\u00b1"
    return f"{sign}{abs(rounded):.{digits}f}"


def ticks(low: float, high: float, whole: bool = False, wanted: int = 5) -> list[float]:
    """Round numbers inside [low, high]; `whole` ones where they count something."""
    span = high - low
    if span <= 0 or not math.isfinite(span):
        return [low]
    raw = span / wanted
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= raw * 0.999)
    step = max(1.0, round(step)) if whole else step
    first = math.ceil(low / step - 1e-9)
    return [round(k * step, 12) for k in range(first, math.floor(high / step + 1e-9) + 1)]


def percent(value: float, low: float, high: float) -> float:
    """Where a value stands on an axis, in percent of its length."""
    return round(100 * (value - low) / (high - low), 3) if high > low else 50.0


def tick_label(value: float) -> str:
    """A tick's number, short."""
    return f"{value:,.6g}".replace("-", "\u2212") if abs(value) < 1e6 else f"{value:.1e}"


def x_axis(low: float, high: float, label: str, whole: bool = False) -> Markup:
    """The row of numbers below a plot of the same width."""
    marks = [
        tag("span", tick_label(value), style=f"left:{percent(value, low, high)}%") for value in ticks(low, high, whole)
    ]
    return join([tag("div", join(marks), class_="ticks"), tag("div", label, class_="axis-label")])


def intervals(rows: Sequence[Interval], label: str, reference: float | None = 0.0, digits: int = 1) -> Markup:
    """One line per row: its interval as a bar, its mean as a dot, the reference as a vertical line."""
    ends = [end for row in rows for end in (row.low, row.high)] + ([] if reference is None else [reference])
    low, high = padded(min(ends), max(ends))
    lines = [interval_row(row, low, high, reference, digits) for row in rows]
    axis = tag("div", join([tag("span", ""), tag("div", x_axis(low, high, label)), tag("span", "")]), class_="row axis")
    return tag("div", join([*lines, axis]), class_="chart intervals")


def interval_row(row: Interval, low: float, high: float, reference: float | None, digits: int) -> Markup:
    """Name, track and numbers of one interval."""
    left, right = percent(row.low, low, high), percent(row.high, low, high)
    parts = [tag("i", class_="bar", style=f"left:{left}%;width:{round(right - left, 3)}%")]
    if reference is not None:
        parts.insert(0, tag("i", class_="zero", style=f"left:{percent(reference, low, high)}%"))
    parts.append(tag("i", class_="dot", style=f"left:{percent(row.mean, low, high)}%"))
    show = (lambda value: signed(value, digits)) if reference == 0 else (lambda value: f"{value:.{digits}f}")
    told = f"{show(row.mean)} ({show(row.low)} to {show(row.high)})"
    name = join([row.name, tag("small", row.note)]) if row.note else row.name
    cells = [
        tag("span", name, class_="name"),
        tag("span", join(parts), class_="track"),
        tag("span", told, class_="told"),
    ]
    return tag("div", join(cells), class_=f"row {row.tone}")


def padded(low: float, high: float) -> tuple[float, float]:
    """The range with a little air on both sides."""
    air = 0.06 * (high - low) or 0.5
    return low - air, high + air


def bars(rows: Sequence[tuple[str, Mapping[str, float]]], legend: Sequence[str], digits: int = 3) -> Markup:
    """Horizontal bars from zero, one group per row and one bar per series."""
    most = max((value for _, values in rows for value in values.values()), default=0.0) or 1.0
    lines = []
    for name, values in rows:
        stack = [
            tag(
                "span",
                join(
                    [
                        tag("i", style=f"--part:{max(0.0, values[key] / most):.4f}"),
                        tag("b", number(values[key], digits)),
                    ]
                ),
                class_=f"bar s{legend.index(key) % SERIES_COLOURS}",
            )
            for key in legend
            if key in values
        ]
        lines.append(tag("div", join([tag("span", name, class_="name"), tag("div", join(stack))]), class_="row"))
    named = legend_of(legend) if len(legend) > 1 else Markup("")
    return tag("div", join([named, *lines]), class_="chart bars")


def legend_of(names: Sequence[str]) -> Markup:
    """The names of the series with their colours."""
    items = [tag("li", name, class_=f"s{place % SERIES_COLOURS}") for place, name in enumerate(names)]
    return tag("ul", join(items), class_="legend")


def lines(series: Sequence[Line], x_label: str, y_label: str) -> Markup:
    """A line chart; the plot stretches with the page, its numbers do not."""
    drawn = [line for line in series if len(line.x)]
    if not drawn:
        return Markup("")
    xs = [float(x) for line in drawn for x in line.x]
    ys = [float(y) for line in drawn for side in (line.y, line.low, line.high) if side is not None for y in side]
    ys = [y for y in ys if math.isfinite(y)]
    if not ys:
        return Markup("")
    x_low, x_high = min(xs), max(xs)
    y_low, y_high = padded(min(ys), max(ys))
    body = [grid(y_low, y_high)]
    for place, line in enumerate(drawn):
        body.append(line_marks(line, place, (x_low, x_high), (y_low, y_high)))
    svg = tag(
        "svg",
        join(body),
        viewBox="0 0 1000 400",
        preserveAspectRatio="none",
        role="img",
        aria_label=f"{y_label} by {x_label}",
    )
    y_marks = [tag("span", tick_label(y), style=f"bottom:{percent(y, y_low, y_high)}%") for y in ticks(y_low, y_high)]
    frame = [
        tag("div", y_label, class_="y-label"),
        tag("div", join(y_marks), class_="y-ticks"),
        tag("div", svg, class_="plot"),
        tag("div", x_axis(x_low, x_high, x_label, whole=all(x.is_integer() for x in xs)), class_="x"),
    ]
    named = legend_of([line.name for line in drawn]) if len(drawn) > 1 else Markup("")
    return tag("div", join([named, tag("div", join(frame), class_="frame")]), class_="chart lines")


def grid(low: float, high: float) -> Markup:
    """Horizontal lines at the ticks of the y axis."""
    heights = [round(400 * (1 - percent(y, low, high) / 100), 2) for y in ticks(low, high)]
    return join([tag("line", x1=0, x2=1000, y1=height, y2=height, class_="grid") for height in heights])


def line_marks(line: Line, place: int, x_range: tuple[float, float], y_range: tuple[float, float]) -> Markup:
    """Band and line of one series."""
    colour = f"s{place % SERIES_COLOURS}" + (" again" if place >= SERIES_COLOURS else "")
    parts = []
    if line.low is not None and line.high is not None:
        there = points(line.x, line.high, x_range, y_range)
        back = points(line.x, line.low, x_range, y_range)[::-1]
        parts.append(tag("polygon", points=" ".join(there + back), class_=f"band {colour}"))
    path = points(line.x, line.y, x_range, y_range)
    if len(path) == 1:
        parts.append(tag("path", d=f"M{path[0].replace(',', ' ')}h0", class_=f"point {colour}"))
    parts.append(tag("polyline", points=" ".join(path), class_=colour))
    return join(parts)


def points(
    xs: Sequence[float], ys: Sequence[float], x_range: tuple[float, float], y_range: tuple[float, float]
) -> list[str]:
    """Coordinates in the 1000 x 400 plot; values that are not finite are left out."""
    return [
        f"{10 * percent(float(x), *x_range):.1f},{400 - 4 * percent(float(y), *y_range):.1f}"
        for x, y in zip(xs, ys, strict=True)
        if math.isfinite(y)
    ]


def heat_table(counts: pd.DataFrame, row_title: str, column_title: str) -> Markup:
    """A confusion matrix: counts, shaded by their share of the row."""
    totals = counts.sum(axis=1)
    head = [tag("th", f"{row_title} \u2193 / {column_title} \u2192", scope="col", class_="corner")]
    head += [tag("th", tag("span", str(name)), scope="col") for name in counts.columns]
    rows = [tag("tr", join(head))]
    for name, row in counts.iterrows():
        cells = [tag("th", str(name), scope="row")]
        for column, count in row.items():
            share = float(count) / float(totals[name]) if totals[name] else 0.0
            attributes = {"style": f"--share:{share:.3f}", "class_": "strong" if share > 0.5 else ""}
            if name == column:
                attributes["class_"] += " own"
            cells.append(tag("td", f"{int(count)}" if count else "", **attributes))
        rows.append(tag("tr", join(cells)))
    return tag("div", tag("table", join(rows), class_="heat"), class_="scroll")


def gain_table(
    rows: Sequence[str],
    columns: Sequence[str],
    cells: Mapping[tuple[str, str], tuple[float, float, float]],
    limit: float,
) -> Markup:
    """Changes with a sign, shaded towards good or bad; bold where the interval (second and third) leaves out 0."""
    head = [
        tag("th", "", class_="corner"),
        *(tag("th", tag("span", name.replace("_", " ")), scope="col") for name in columns),
    ]
    lines = [tag("tr", join(head))]
    for row in rows:
        line = [tag("th", row, scope="row")]
        for column in columns:
            if (row, column) not in cells:
                line.append(tag("td", ""))
                continue
            mean, low, high = cells[row, column]
            tone = "gain" if mean > 0 else "loss"
            sure = " sure" if low > 0 or high < 0 else ""
            told = f"{signed(mean)} ({signed(low)} to {signed(high)})"
            line.append(
                tag("td", signed(mean, 0), style=f"--share:{abs(mean) / limit:.3f}", class_=tone + sure, title=told)
            )
        lines.append(tag("tr", join(line)))
    return tag("div", tag("table", join(lines), class_="heat"), class_="scroll")


def small_multiples(table: pd.DataFrame, identity: str) -> Markup:
    """One small plane per class: all points in grey, the class' own by source. Columns x, y, label, source."""
    x, y = (scaled(table[axis].to_numpy(float)) for axis in ("x", "y"))
    sources = sorted(table["source"].astype(str).unique())
    everything = tag("path", d=dots(x, y, np.ones(len(table), bool)), id=identity)
    shared = tag("svg", tag("defs", everything), class_="hidden", aria_hidden="true")
    labels = table["label"].astype(str).to_numpy()
    planes = []
    for label in sorted(set(labels)):
        marks = [tag("use", href=f"#{identity}", class_="all")]
        for place, source in enumerate(sources):
            rows = (labels == label) & (table["source"].astype(str) == source).to_numpy()
            marks.append(tag("path", d=dots(x, y, rows), class_=f"s{place}"))
        told = ", ".join(
            f"{int(((labels == label) & (table['source'] == source)).sum())} {source}" for source in sources
        )
        svg = tag("svg", join(marks), viewBox="-20 -20 1040 1040", role="img", aria_label=f"{label}: {told}")
        planes.append(tag("figure", join([svg, tag("figcaption", join([label, tag("small", told)]))])))
    return tag(
        "div", join([shared, legend_of(sources), tag("div", join(planes), class_="planes")]), class_="chart scatter"
    )


def scaled(values: np.ndarray) -> np.ndarray:
    """Coordinates as whole numbers from 0 to 1000."""
    low, high = float(values.min()), float(values.max())
    return np.rint(1000 * (values - low) / ((high - low) or 1.0)).astype(int)


def dots(x: np.ndarray, y: np.ndarray, rows: np.ndarray) -> str:
    """Points as strokes of no length, which a round cap makes visible: the shortest way to write thousands."""
    return "".join(f"M{a} {1000 - b}h0" for a, b in zip(x[rows], y[rows], strict=True))


def parallel_coordinates(table: pd.DataFrame, name: str, score: str) -> Markup:
    """One line per row through all columns that vary, each column an axis of its own; the best row is strong.

    Args:
        table: rows in the order of their score, best first; numbers or words.
        name: the column that names the rows.
        score: the column that counts, drawn as the last axis.
    """
    axes = [column for column in table if column not in {name, score} and table[column].nunique() > 1] + [score]
    heights = {axis: axis_heights(table[axis]) for axis in axes}
    steps = [round(1000 * place / max(1, len(axes) - 1)) for place in range(len(axes))]
    marks = [tag("line", x1=x, x2=x, y1=0, y2=400, class_="grid") for x in steps]
    for row in reversed(range(len(table))):
        path = " ".join(f"{x},{400 - 4 * heights[axis][row]:.1f}" for x, axis in zip(steps, axes, strict=True))
        told = f"{table[name].iloc[row]}: {number(float(table[score].iloc[row]))}"
        marks.append(tag("polyline", tag("title", told), points=path, class_="s1" if row == 0 else "s0 faint"))
    words = f"Every configuration as a line over {', '.join(axes)}"
    svg = tag("svg", join(marks), viewBox="0 0 1000 400", preserveAspectRatio="none", role="img", aria_label=words)
    ends = [
        tag("div", join([tag("b", axis.rpartition(".")[2].replace("_", " ")), tag("small", axis_range(table[axis]))]))
        for axis in axes
    ]
    return tag(
        "div", join([tag("div", svg, class_="plot"), tag("div", join(ends), class_="ends")]), class_="chart parallel"
    )


def axis_heights(values: pd.Series) -> list[float]:
    """Where each value stands on its axis, in percent; words stand in name order."""
    if not pd.api.types.is_numeric_dtype(values):
        values = values.astype(str).map({word: place for place, word in enumerate(sorted(values.astype(str).unique()))})
    return [percent(float(value), float(values.min()), float(values.max())) for value in values]


def axis_range(values: pd.Series) -> str:
    """What stands at the bottom and at the top of an axis."""
    if pd.api.types.is_numeric_dtype(values):
        return f"{tick_label(float(values.min()))} to {tick_label(float(values.max()))}"
    words = sorted(values.astype(str).unique())
    return f"{words[0]} to {words[-1]}"
