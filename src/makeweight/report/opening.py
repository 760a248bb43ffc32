"""The first screen: which way of balancing to use, what was compared, who won and how sure that is."""

import pandas as pd
from markupsafe import Markup

from makeweight.report import charts
from makeweight.report.charts import Interval, join, tag
from makeweight.report.sections import not_made_yet, readable
from makeweight.report.shelf import Shelf

TONES = {"helps": "good", "hurts": "bad", "not shown": "plain"}


def draw_opening(shelf: Shelf) -> Markup:
    """Headline, explanation and interval chart."""
    arms = shelf.series("verdict", "intervals.csv")
    if arms is None:
        return join([tag("h1", "Which way of balancing helps is not known yet."), not_made_yet("verdict")])
    return join([tag("h1", "to do"), interval_chart(arms)])


def interval_chart(arms: pd.DataFrame) -> Markup:
    """Every arm's difference to doing nothing, best first, coloured by its verdict."""
    ordered = arms.sort_values("mean", ascending=False, kind="stable")
    rows = [
        Interval(readable(str(arm)), float(mean), float(low), float(high), TONES.get(str(word), "plain"), str(word))
        for arm, mean, low, high, word in ordered[["arm", "mean", "low", "high", "verdict"]].itertuples(index=False)
    ]
    words = [tag("li", word, class_=tone) for word, tone in TONES.items()]
    return join(
        [
            tag("ul", join(words), class_="words"),
            charts.intervals(rows, "change in macro-F1 against doing nothing, points"),
        ]
    )
