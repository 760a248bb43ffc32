"""What differs between two runs: the headline in words, parameters, and all other metrics."""

from collections.abc import Mapping, Sequence
from typing import Any

from makeweight.app.experiments import Metric
from makeweight.results.headline import FILE, headlines
from makeweight.results.markup import readable, signed
from makeweight.results.values import ENDS, MEAN, interval_of
from makeweight.results.verdict import POINTS

SideBySide = tuple[str, Any, Any, float | None]
"""A name, its values in two runs, and the difference of numbers."""
NAMES = {
    "recommended": "recommended way",
    "macro_f1": "macro-F1, points",
    "against_none": "difference from doing nothing",
    "against_rule": "difference from the decision rule",
    "synthetic.best": "best way with synthetic samples",
    "synthetic.against_rule": "best synthetic way: difference from the decision rule",
    "synthetic.against_none": "best synthetic way: difference from doing nothing",
    "rows_kept": "clean samples",
}
"""Names in metrics/headline.json in the order in which they are read -> what they are called."""
TRAIN_ON_SYNTHETIC = ".train_on_synthetic"
"""Ends the name of an engine's score: balanced accuracy of a classifier that learned from its rows alone."""

SCORES = ("macro_f1", TRAIN_ON_SYNTHETIC)
"""End the names of the headline's scores, which are shares."""


def headline_rows(one: Mapping[Metric, Any], other: Mapping[Metric, Any]) -> list[SideBySide]:
    """Pair the headlines of two runs in reading order, an interval in one cell; empty where neither has one."""
    left, right = in_words(one), in_words(other)
    names = [name for name in NAMES if name in left or name in right]
    names += sorted(({*left, *right}) - set(names))
    return [(title(name), *pair(left.get(name), right.get(name))) for name in names]


def title(name: str) -> str:
    """What a name in metrics/headline.json is called."""
    engine = name.removesuffix(TRAIN_ON_SYNTHETIC)
    if engine != name:
        return f"{readable(engine)} rows alone: balanced accuracy on validation, points"
    return NAMES.get(name, readable(name))


def in_words(metrics: Mapping[Metric, Any]) -> dict[str, Any]:
    """Take the headline's values, with `+6.1 points (+0.5 to +11.7)` in the place of mean and ends."""
    own = {name: value for (file, name), value in metrics.items() if file == FILE}
    found: dict[str, Any] = {}
    for name, value in own.items():
        stem = next((name.removesuffix(end) for end in ENDS if name.endswith(end)), None)
        interval = None if stem is None else interval_of(own, stem, POINTS)
        if interval is not None and stem is not None:
            ends = (signed(end) for end in (interval.mean, interval.low, interval.high))
            found[stem] = Told(interval.mean, "{} points ({} to {})".format(*ends))
        else:
            found[name] = column_value((FILE, name), value)
    return found


class Told(float):
    """A number in points, and how it is shown: with one decimal, or in the middle of its interval."""

    def __new__(cls, value: float, text: str) -> "Told":
        """Keep the text beside the number."""
        made = super().__new__(cls, value)
        made.text = text
        return made

    text: str


def pair(left: Any, right: Any) -> tuple[Any, Any, float | None]:
    """Both values as they are shown, and the difference of numbers."""
    numeric = isinstance(left, int | float) and isinstance(right, int | float)
    difference = float(right) - float(left) if numeric else None
    if difference is not None and isinstance(left, Told):
        difference = round(difference, 1)
    return shown(left), shown(right), difference


def shown(value: Any) -> Any:
    """A value as a cell shows it."""
    return value.text if isinstance(value, Told) else value


def other_metrics(one: Mapping[Metric, Any], other: Mapping[Metric, Any]) -> list[SideBySide]:
    """Pair all metrics but those of the headline; the scores of the verdict come first."""
    others = [named({metric: value for metric, value in run.items() if metric[0] != FILE}) for run in (one, other)]
    first = {full_name(metric) for metric in headlines({*one, *other})}
    return sorted(side_by_side(*others), key=lambda row: (row[0] not in first, not row[0].startswith("verdict")))


def full_name(metric: Metric) -> str:
    """Join the file and the name of a metric into one text."""
    return ": ".join(metric)


def column_name(metric: Metric) -> str:
    """Name a metric in a plot or table: that of the headline in words, any other by its file and name."""
    if metric[0] != FILE:
        return full_name(metric)
    stem = metric[1].removesuffix(MEAN)
    return title(stem) if stem == metric[1] else f"{title(stem)}, points"


def column_value(metric: Metric, value: Any) -> Any:
    """Return a metric as a column has it: scores and differences of the headline in points, arms as words."""
    if metric[0] != FILE or value is None:
        return value
    if isinstance(value, str):
        return readable(value)
    points = POINTS * value
    if metric[1].endswith(MEAN):
        return Told(points, signed(points))
    return Told(points, f"{points:.1f}") if metric[1].endswith(SCORES) else value


def reading_order(metric: Metric) -> tuple[int, Metric]:
    """Sort metrics by this: the headline first, in the order in which it is read."""
    stem = metric[1].removesuffix(MEAN)
    return (list(NAMES).index(stem) if metric[0] == FILE and stem in NAMES else len(NAMES)), metric


def named(metrics: Mapping[Metric, Any]) -> dict[str, Any]:
    """Return the values of metrics by their full names."""
    return {full_name(metric): value for metric, value in metrics.items()}


def side_by_side(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[SideBySide]:
    """Pair the values of two runs by name."""
    return [(name, *pair(one.get(name), other.get(name))) for name in sorted({*one, *other})]


def changed(rows: Sequence[SideBySide]) -> list[SideBySide]:
    """Return the rows whose values are not the same."""
    return [row for row in rows if row[1] != row[2]]
