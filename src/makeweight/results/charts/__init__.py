"""The chart kit: HTML and SVG written by code, without scripts and without `style` attributes.

Text stays text at any width. Colours are those of charts.css (`STYLE`), for light and dark pages; a page that shows
charts includes it once. Every function takes plain values and returns markup:

    intervals     means with intervals in rows, around a reference line
    parallel      parallel coordinates: an axis per number, a line per run
    points        named points over two scores
    bars          horizontal bars, one group per row
    lines         lines over a number, with bands where a line has them
    heat_table    a confusion matrix, shaded by the share of its row
    change_table  signed changes, shaded towards good or bad
    planes        one small plane per class, all points in grey behind its own
    source_planes one plane per source, its points above the real ones
    plane         one large plane, a circle per point, for pages with a script that shows what a point is
"""

from importlib import resources

from makeweight.results.charts.bar_chart import bars
from makeweight.results.charts.interval_chart import Row, intervals
from makeweight.results.charts.line_chart import Line, lines
from makeweight.results.charts.parallel_chart import parallel
from makeweight.results.charts.points_chart import Point, points
from makeweight.results.charts.scatter import plane, planes, source_planes
from makeweight.results.charts.tables import change_table, heat_table

STYLE = resources.files(__name__).joinpath("charts.css").read_text(encoding="utf-8")
"""The style sheet of all charts."""

__all__ = [
    "STYLE",
    "Line",
    "Point",
    "Row",
    "bars",
    "change_table",
    "heat_table",
    "intervals",
    "lines",
    "parallel",
    "plane",
    "planes",
    "points",
    "source_planes",
]
