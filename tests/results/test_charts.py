"""Charts are to scale, leave out what is not a number, and need neither a script nor a style attribute."""

import re

import pandas as pd
import pytest

from makeweight.results import charts, figures
from makeweight.results.charts import Line, Row
from makeweight.results.charts.axes import ticks
from makeweight.results.classifiers import Confusion, tabulate
from makeweight.results.cleaning import ClassSize
from makeweight.results.markup import cell_text, number, signed
from makeweight.results.trainings import Curve
from makeweight.results.values import Interval
from makeweight.results.verdict import ClassChange

POINTS = pd.DataFrame({"x": [0, 1, 4], "y": [0, 1, 2], "label": ["a", "b", "a"], "source": ["real", "flow", "flow"]})


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(0, 10, [0, 2, 4, 6, 8, 10]), (-1.2, 1.3, [-1, -0.5, 0, 0.5, 1]), (3, 3, [3]), (0.113, 0.127, None)],
)
def test_ticks_are_round_and_inside(low: float, high: float, expected: list[float] | None) -> None:
    found = ticks(low, high)
    assert expected is None or found == expected
    assert found and all(low <= tick <= high for tick in found)


def test_numbers_as_people_read_them() -> None:
    numbers = [number(value) for value in (11012, 0, 0.5, 1.0, 0.00021)]
    assert numbers == ["11,012", "0", "0.500", "1.000", "0.00021"]
    assert [signed(value) for value in (1.26, -3, 0)] == ["+1.3", "\u22123.0", "\u00b10.0"]
    assert [signed(value) for value in (0.008, -0.04)] == ["+0.0", "\u22120.0"], "the end of an interval has its side"
    assert [cell_text(value) for value in (None, float("nan"), 5, "word")] == ["", "", "5", "word"]


def test_an_interval_is_to_scale() -> None:
    chart = charts.intervals([Row("arm", Interval(1.0, 0.0, 2.0))], "points")
    zero, _, left, right = (float(x) for x in re.findall(r' x[12]="([\d.]+)%"', chart)[:4])
    dot = float(re.search(r'cx="([\d.]+)%"', chart)[1])
    assert zero == left
    assert dot == pytest.approx((left + right) / 2, abs=0.01)
    assert "+1.0 (\u00b10.0 to +2.0)" in chart
    assert charts.intervals([], "points") == ""


def test_bars_are_proportional() -> None:
    chart = charts.bars([("a", {"rows": 200.0}), ("b", {"rows": 50.0})], ["rows"])
    assert re.findall(r'<rect [^>]*width="([\d.]+)%"', chart) == ["100.00", "25.00"]


def test_a_line_goes_through_its_points() -> None:
    chart = charts.lines([Line("loss", [0, 5, 10], [0.0, float("nan"), 1.0])], "step", "loss")
    points = re.search(r'<polyline points="([^"]+)"', chart)[1].split()
    assert len(points) == 2
    (x0, y0), (x1, y1) = ([float(end) for end in point.split(",")] for point in points)
    assert (x0, x1) == (0, 1000)
    assert y0 > y1
    assert charts.lines([Line("empty", [], [])], "step", "loss") == ""


def test_a_confusion_is_shaded_by_the_share_of_its_row() -> None:
    counts = pd.DataFrame({"actual": ["b", "a", "a"], "predicted": ["b", "a", "b"], "count": [4, 3, 1]})
    labels, matrix = tabulate(counts)
    assert (labels, matrix) == (("a", "b"), ((3, 1), (0, 4)))
    chart = figures.confusion_matrix(Confusion("real", "nn", "real", labels, matrix))
    cells = re.findall(r'<td class="([^"]*)">(\d*)</td>', chart)
    assert cells == [
        ("shade-15 diagonal", "3"),
        ("shade-5", "1"),
        ("shade-0", ""),
        ("shade-20 diagonal", "4"),
    ]
    assert tabulate(counts.drop(columns="count"))[1] == ((1, 1), (0, 1))


def test_a_marked_row_has_a_diamond_and_a_line_through_all_rows() -> None:
    rows = [Row("other", Interval(0.0, -1.0, 1.0)), Row("rule", Interval(1.0, 0.0, 2.0), marked=True)]
    chart = charts.intervals(rows, "points")
    places = re.findall(r'<line x1="([\d.]+)%" x2="([\d.]+)%"[^>]*class="mark"', chart)
    diamond = re.search(r'<svg x="([\d.]+)%" y="50%"><rect[^>]*class="dot"', chart)
    assert diamond is not None and places == [(diamond[1], diamond[1])] * 2
    assert chart.count("<circle") == 1


def test_a_change_is_bold_where_its_interval_leaves_out_zero() -> None:
    cells = {("a", "smote"): Interval(4.4, 1.0, 7.0), ("b", "smote"): Interval(-2.2, -5.0, 1.0)}
    chart = charts.change_table(["a", "b"], ["smote", "other_arm"], cells)
    assert re.findall(r'<td class="([^"]*)" title', chart) == ["gain shade-20 sure", "loss shade-10"]
    assert "+4.4 (+1.0 to +7.0)" in chart and "other arm" in chart


def test_every_point_of_a_plane_names_its_row() -> None:
    chart = charts.plane(POINTS)
    assert re.findall(r'cx="(\d+)" cy="(\d+)" r="5" class="(s\d)" data-row="(\d)" data-label="(\w)"', chart) == [
        ("0", "1000", "s0", "0", "a"),
        ("250", "500", "s1", "1", "b"),
        ("1000", "0", "s1", "2", "a"),
    ]
    assert "1 flow, " not in chart and charts.planes(POINTS, "all").count("<figure>") == 2


def test_train_rows_lie_below_what_is_compared_with_them() -> None:
    points = pd.DataFrame(
        {"x": range(4), "y": range(4), "label": "a", "source": ["a_flow", "held out", "real", "flow"]}
    )
    chart = charts.planes(points, "all")
    assert re.findall(r'<li class="(s\d)">([^<]+)</li>', chart) == [
        ("s0", "real"),
        ("s7", "held out"),
        ("s1", "a flow"),
        ("s2", "flow"),
    ], "real rows are blue on every page"
    against_real = charts.source_planes(points, "real-points")
    assert re.findall(r"<small>([^<]+)", against_real) == [f"1 {name} points above 1 real ones" for name in (
        "held out", "a flow", "flow")]  # fmt: skip


def test_parallel_coordinates_have_the_ends_of_every_axis() -> None:
    chart = charts.parallel(["one", "two"], {"steps": [100, 50], "score": [0.25, None]} | {"rows": [7, 9]})
    assert re.findall(r"<small>([^<]+)", chart) == ["100", "0.25", "9", "50", "0.25", "7"]
    assert chart.count("<circle") == 5 and chart.count("<line") == 3 + 2, "a line is broken where a value is missing"


def test_the_ends_of_an_axis_have_the_digits_that_tell_them_apart() -> None:
    axes = {"f1": [72.41964, 65.2758], "share": [0.610570, 0.611684], "rows": [3617, 3600], "tiny": [2e-9, 1.5e-9]}
    ends = re.findall(r"<small>([^<]+)", charts.parallel(["one", "two"], axes | {"steps": [12000.5, -7.0]}))
    assert ends == [
        "72.4",
        "0.6117",
        "3,617",
        "2e\u221209",
        "12,000",
        "65.3",
        "0.6106",
        "3,600",
        "1.5e\u221209",
        "\u22127",
    ]


def test_classes_stand_in_order_of_rarity_with_their_test_samples() -> None:
    changes = [ClassChange(label, "smote", Interval(1, low, 2)) for label, low in (("a", 0.5), ("b", -1))]
    sizes = [ClassSize("a", 90, {}, 30), ClassSize("b", 9, {}, 3)]
    table = figures.class_changes(changes, sizes)
    assert re.findall(r'<th scope="row">(\w+)</th><td class="count">(\d+)', table) == [("b", "3"), ("a", "30")]
    assert table.count("sure") == 1


def test_an_axis_from_zero_does_not_exaggerate() -> None:
    line = charts.Line("score", [0, 1], [0.5, 0.6])
    assert ">0</text>" in charts.lines([line], "step", "score", from_zero=True).partition('class="plot"')[0]
    assert ">0</text>" not in charts.lines([line], "step", "score").partition('class="plot"')[0]


def test_one_gradient_norm_has_the_name_of_its_modality() -> None:
    def titles(*names: str) -> list[str]:
        chart = figures.loss_curves([Curve(name, [1, 2], [0.5, 1.0]) for name in names])
        return re.findall(r'class="y-label">([^<]+)<', chart)

    assert titles("flow", "norm_tabular") == ["flow", "gradient norm, tabular"]
    assert titles("norm_text", "norm_image") == ["gradient norm by modality"]


def test_charts_need_neither_script_nor_style_attributes() -> None:
    every_chart = [
        charts.intervals([Row("<b>", Interval(1.0, 0.0, 2.0))], "points"),
        charts.bars([("a", {"rows": 1})], ["rows"]),
        charts.lines([Line("loss", [0, 1], [1, 2], [0, 1], [2, 3])], "step", "loss"),
        charts.heat_table(["a"], [[1]]),
        charts.change_table(["a"], ["b"], {("a", "b"): Interval(1, 0, 2)}),
        charts.planes(POINTS, "all"),
        charts.plane(POINTS),
    ]
    for chart in every_chart:
        assert " style=" not in chart and "<script" not in chart and "<b>" not in chart


def test_the_style_sheet_has_a_shade_for_every_step() -> None:
    assert re.findall(r"\.shade-(\d+) ", charts.STYLE) == [str(step) for step in range(21)]
