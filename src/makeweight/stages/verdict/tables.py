"""The verdict as tables, one CSV each below plots/verdict; all scores in points of a hundred."""

from collections.abc import Mapping, Sequence

import pandas as pd

from makeweight.balance.arm import NONE, Arm
from makeweight.stages.verdict.interval import Interval
from makeweight.stages.verdict.judge import Verdict


def interval_table(verdict: Verdict) -> pd.DataFrame:
    """`arm, mean, low, high, verdict` against `none`, and as `simple_...` against the best simple arm, in macro-F1."""
    rows = []
    for arm, claim in verdict.against_none.items():
        row = {"arm": arm, **cells(claim.interval), "verdict": claim.word}
        other = verdict.against_simple.get(arm)
        if other is not None:
            row |= cells(other.interval, "simple_") | {"simple_verdict": other.word}
        rows.append(row)
    columns = ["arm", "mean", "low", "high", "verdict", "simple_mean", "simple_low", "simple_high", "simple_verdict"]
    return pd.DataFrame(rows, columns=columns)


def dose_table(verdict: Verdict, curves: Mapping[str, Mapping[int, str]]) -> pd.DataFrame:
    """`engine, amount, mean, low, high` of macro-F1, and as `recall_...` of minority recall."""
    f1, recall = (verdict.scores.scores(measure) for measure in ("macro_f1", "minority_recall"))
    rows = [
        {"engine": engine, "amount": amount, **cells(f1[arm]), **cells(recall[arm], "recall_")}
        for engine, arms in curves.items()
        for amount, arm in arms.items()
    ]
    columns = ["engine", "amount", "mean", "low", "high", "recall_mean", "recall_low", "recall_high"]
    return pd.DataFrame(rows, columns=columns)


def class_table(verdict: Verdict, classes: Sequence[str]) -> pd.DataFrame:
    """`label, arm, mean, low, high`: change of every class's recall against `none`, without the engines' choices."""
    rows = [
        {"label": label, "arm": arm, **cells(difference)}
        for index, label in enumerate(classes)
        for arm, difference in verdict.scores.class_differences(NONE, index).items()
        if arm != NONE and arm not in verdict.choices.chosen
    ]
    return pd.DataFrame(rows, columns=["label", "arm", "mean", "low", "high"])


def arm_table(verdicts: Mapping[str, Verdict]) -> pd.DataFrame:
    """`view, arm, mean, low, high` of macro-F1 on the test split, without arms that change nothing in a view."""
    rows = [
        {"view": view, "arm": arm, **cells(interval)}
        for view, verdict in verdicts.items()
        for arm, interval in verdict.scores.scores("macro_f1").items()
        if not Arm.parse(verdict.choices.chosen.get(arm, arm)).idle_in(view)
    ]
    return pd.DataFrame(rows, columns=["view", "arm", "mean", "low", "high"])


def cells(interval: Interval, prefix: str = "") -> dict[str, object]:
    """The three columns of an interval, in points."""
    points = interval.points()
    return {f"{prefix}mean": points.mean, f"{prefix}low": points.low, f"{prefix}high": points.high}
