"""Charts as Vega-Lite descriptions with their data inside; the browser draws them with the library we ship."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # slow to import: loaded only by the pages that need them
    import pandas as pd

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"
WORDS = {"helps": "#14632f", "inconclusive": "#6b7571", "hurts": "#a12016"}
SIGNED = {"scheme": "redblue", "domainMid": 0}
ROW_HEIGHT = 22


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart, what it shows in words, and its numbers as a table for those who do not see it."""

    title: str
    spec: dict[str, Any]
    table: pd.DataFrame
    cells: bool = False
    """Cells with numbers in them: not to be squeezed, but moved sideways where there is no room."""


def chart(title: str, table: pd.DataFrame, cells: bool = False, **parts: Any) -> Chart:
    """A chart of a table, as wide as its place on the page."""
    records = table.astype(object).where(table.notna(), None).to_dict("records")
    spec = {
        "$schema": SCHEMA,
        "description": title,
        "width": "container",
        "data": {"values": records},
        "autosize": {"type": "fit-x", "contains": "padding"},
        "config": {
            "font": "system-ui, sans-serif",
            "axis": {"labelLimit": 220, "labelFontSize": 12},
            "legend": {"orient": "top", "labelFontSize": 12},
        },
        **parts,
    }
    return Chart(title, spec, table, cells)


def quantitative(field: str, title: str, **more: Any) -> dict[str, Any]:
    """A channel for a number."""
    return {"field": field, "type": "quantitative", "title": title, **more}


def nominal(field: str, title: str | None = None, **more: Any) -> dict[str, Any]:
    """A channel for a name."""
    return {"field": field, "type": "nominal", "title": title, **more}


def arms(intervals: pd.DataFrame) -> Chart:
    """Every way of balancing against none: the mean change with its interval, coloured by the verdict."""
    order = intervals.sort_values("mean", ascending=False)["arm"].tolist()
    colour = nominal("verdict", "verdict", scale={"domain": list(WORDS), "range": list(WORDS.values())})
    place = nominal("arm", sort=order)
    return chart(
        "Change in macro-F1 against no balancing, in points, with intervals",
        intervals[["arm", "mean", "low", "high", "verdict"]],
        height={"step": ROW_HEIGHT},
        layer=[
            {"mark": {"type": "rule", "color": "#6b7571"}, "encoding": {"x": {"datum": 0}}},
            {
                "mark": {"type": "rule", "strokeWidth": 3},
                "encoding": {"y": place, "x": quantitative("low", "points"), "x2": {"field": "high"}, "color": colour},
            },
            {
                "mark": {"type": "point", "filled": True, "size": 90, "tooltip": {"content": "data"}},
                "encoding": {"y": place, "x": quantitative("mean", "points"), "color": colour},
            },
        ],
    )


def doses(table: pd.DataFrame) -> Chart:
    """Macro-F1 against the amount of synthetic samples, one line with its band per engine."""
    amount = quantitative("amount", "synthetic samples, % of a full balance")
    engine = nominal("engine", "engine")
    return chart(
        "Macro-F1 against the amount of synthetic samples, with intervals",
        table[["engine", "amount", "mean", "low", "high"]],
        height=260,
        layer=[
            {
                "mark": {"type": "area", "opacity": 0.2},
                "encoding": {
                    "x": amount,
                    "y": quantitative("low", "macro-F1, points", scale={"zero": False}),
                    "y2": {"field": "high"},
                    "color": engine,
                },
            },
            {
                "mark": {"type": "line", "point": True, "tooltip": {"content": "data"}},
                "encoding": {"x": amount, "y": quantitative("mean", "macro-F1, points"), "color": engine},
            },
        ],
    )


def changes(table: pd.DataFrame) -> Chart:
    """The signed change of every class's recall under every arm."""
    furthest = float(table["mean"].abs().max()) or 1.0
    signed = quantitative("mean", "points", scale={**SIGNED, "domain": [-furthest, furthest]})
    place = {"x": nominal("arm", axis={"labelAngle": -40}), "y": nominal("label")}
    strong = {"test": f"abs(datum.mean) > {0.55 * furthest}", "value": "white"}
    return chart(
        "Change of each class's recall against no balancing, in points",
        table,
        cells=True,
        height={"step": ROW_HEIGHT},
        encoding=place,
        layer=[
            {"mark": {"type": "rect", "tooltip": {"content": "data"}}, "encoding": {"color": signed}},
            {
                "mark": {"type": "text", "fontSize": 11},
                "encoding": {
                    "text": {"field": "mean", "type": "quantitative", "format": "+.0f"},
                    "color": {"condition": strong, "value": "#1c2321"},
                },
            },
        ],
    )


def confusion(title: str, counts: pd.DataFrame) -> Chart:
    """How often each class was called what; a row of the picture is an actual class."""
    if "count" not in counts:
        counts = counts.groupby(["actual", "predicted"], as_index=False).size().rename(columns={"size": "count"})
    shares = counts.assign(share=counts["count"] / counts.groupby("actual")["count"].transform("sum").clip(lower=1))
    place = {"x": nominal("predicted", "predicted", axis={"labelAngle": -40}), "y": nominal("actual", "actual")}
    return chart(
        title,
        shares[["actual", "predicted", "count", "share"]],
        cells=True,
        height={"step": ROW_HEIGHT},
        encoding=place,
        layer=[
            {
                "mark": {"type": "rect", "tooltip": {"content": "data"}},
                "encoding": {
                    "color": quantitative("share", "share of the class", scale={"scheme": "teals", "domain": [0, 1]})
                },
            },
            {
                "mark": {"type": "text", "fontSize": 11},
                "encoding": {
                    "text": {"field": "count", "type": "quantitative"},
                    "color": {"condition": {"test": "datum.share > 0.6", "value": "white"}, "value": "#1c2321"},
                },
            },
        ],
    )


def funnel(steps: pd.DataFrame) -> Chart:
    """What is left after each rule of the cleaning."""
    named = steps.iloc[:, :2].set_axis(["step", "rows"], axis=1)
    place = nominal("step", sort=None)
    room = 1.15 * float(named["rows"].max())  # for the longest bar's number
    return chart(
        "Samples left after each rule of the cleaning",
        named,
        height={"step": ROW_HEIGHT},
        encoding={"y": place, "x": quantitative("rows", "samples", scale={"domainMax": room})},
        layer=[
            {"mark": {"type": "bar", "color": "#0b5f5a"}},
            {
                "mark": {"type": "text", "align": "left", "dx": 4},
                "encoding": {"text": {"field": "rows", "type": "quantitative", "format": ","}},
            },
        ],
    )


def plane(points: pd.DataFrame, sources: Sequence[str]) -> Chart:
    """Real and synthetic samples on one plane, to be moved and enlarged; a point names its row for the picture."""
    placed = points[["x", "y", "label", "source"]].assign(row=range(len(points))).round(2)
    hidden = {"axis": None, "scale": {"zero": False, "nice": False, "padding": 12}}
    return chart(
        "Real and synthetic samples on one plane (t-SNE)",
        placed,
        height=520,
        params=[
            {"name": "view", "select": "interval", "bind": "scales"},
            {"name": "chosen", "select": {"type": "point", "fields": ["label"]}, "bind": "legend"},
            {"name": "kind", "select": {"type": "point", "fields": ["source"]}, "bind": "legend"},
        ],
        mark={"type": "point", "filled": True, "size": 34, "tooltip": {"content": "data"}},
        encoding={
            "x": {"field": "x", "type": "quantitative", **hidden},
            "y": {"field": "y", "type": "quantitative", **hidden},
            "color": nominal("label", "class", scale={"scheme": "tableau20"}),
            "shape": nominal("source", "source", scale={"domain": list(sources)}),
            "opacity": {
                "condition": {"test": {"and": [{"param": "chosen"}, {"param": "kind"}]}, "value": 0.8},
                "value": 0.04,
            },
        },
    )
