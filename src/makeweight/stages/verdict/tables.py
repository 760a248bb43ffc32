"""The verdict as tables, one CSV each below plots/verdict; all scores in points of a hundred."""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from makeweight.balance.arm import NONE, Arm
from makeweight.stages.verdict.bootstrap import ARGMAX
from makeweight.stages.verdict.claims import Claim
from makeweight.stages.verdict.interval import Interval
from makeweight.stages.verdict.judge import Verdict
from makeweight.stages.verdict.predictions import decision_of


def interval_table(verdict: Verdict) -> pd.DataFrame:
    """`arm, mean, low, high, verdict, detectable` against `none`, in macro-F1, and further references beside.

    Columns that begin with `rule_` are against the decision rule, those with `simple_` against the best simple arm;
    `detectable` is the smallest gain that would have been found with a chance of 80 %.
    """
    references = {"": verdict.against_none, "rule_": verdict.against_rule, "simple_": verdict.against_simple}
    rows: list[dict[str, object]] = []
    for arm in verdict.against_none:
        row: dict[str, object] = {"arm": arm}
        for prefix, claims in references.items():
            if arm in claims:
                row |= claim_cells(claims[arm], prefix)
        rows.append(row)
    parts = ("mean", "low", "high", "verdict", "detectable")
    return pd.DataFrame(rows, columns=["arm", *(f"{prefix}{part}" for prefix in references for part in parts)])


def claim_cells(claim: Claim, prefix: str) -> dict[str, object]:
    """The columns of one claim."""
    found = {f"{prefix}verdict": claim.word, f"{prefix}detectable": claim.interval.points().detectable}
    return cells(claim.interval, prefix) | found


def dose_table(verdict: Verdict, curves: Mapping[str, Mapping[int, str]]) -> pd.DataFrame:
    """`engine, amount, mean, low, high` of macro-F1, and as `recall_...` of minority recall.

    An amount of 0 is the decision rule where that is an arm: all other amounts are judged by theirs too.
    """
    f1, recall = (verdict.scores.scores(measure) for measure in ("macro_f1", "minority_recall"))
    rows: list[dict[str, object]] = []
    for engine, arms in curves.items():
        for amount, arm in arms.items():
            scored = verdict.zero if arm == NONE else arm
            rows.append({"engine": engine, "amount": amount, **cells(f1[scored]), **cells(recall[scored], "recall_")})
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
    """`view, arm, mean, low, high` of macro-F1 on the test split, without arms that change nothing in a view.

    `argmax_macro_f1` stands beside: the mean if the arm predicted the most probable class, with no rule.
    """
    rows = [
        {"view": view, "arm": arm, **cells(interval), ARGMAX: 100 * argmax[arm]}
        for view, verdict in verdicts.items()
        for argmax in (verdict.scores.argmax_means(),)
        for arm, interval in verdict.scores.scores("macro_f1").items()
        if not Arm.parse(verdict.choices.chosen.get(arm, arm)).idle_in(view)
    ]
    return pd.DataFrame(rows, columns=["view", "arm", "mean", "low", "high", ARGMAX])


def confusion_table(tables: Mapping[str, pd.DataFrame], view: str, arms: Sequence[str]) -> pd.DataFrame:
    """`arm, actual, predicted, count` on the test split, as each arm decides; all its seeds are counted together.

    Args:
        tables: what `read_predictions` returned.
        view: the view to take.
        arms: which arms, in the order of the rows.
    """
    parts = []
    for arm in dict.fromkeys(arms):
        own = tables[arm][(tables[arm]["view"] == view) & (tables[arm]["split"] == "test")]
        pairs = pd.DataFrame({"arm": arm, "actual": own["label"], "predicted": own[decision_of(arm)]})
        parts.append(pairs.groupby(["arm", "actual", "predicted"]).size().reset_index(name="count"))
    return pd.concat(parts, ignore_index=True)


def rule_table(decisions: Mapping[str, Any]) -> pd.DataFrame:
    """`view, label, bias, threshold, weight` of an arm's decision rules, so that they can be used as they are.

    `bias` is what the rule adds to the log of the class's probability, the smallest of a view being 0. With two classes
    `threshold` stands at one of them: it is predicted where its probability is above. `weight` is that of the view in
    the fusion, empty for the fusion itself and where there is none.

    Args:
        decisions: what `read_decisions` returned.
    """
    rows: list[dict[str, object]] = []
    weights = decisions.get("weights") or {}
    for view, rule in decisions["rules"].items():
        smallest = min(rule["biases"].values())
        for index, (label, bias) in enumerate(rule["biases"].items()):
            threshold = rule["threshold"] if index == 1 else None
            cell = {"bias": bias - smallest, "threshold": threshold, "weight": weights.get(view)}
            rows.append({"view": view, "label": label, **cell})
    return pd.DataFrame(rows, columns=["view", "label", "bias", "threshold", "weight"])


def cells(interval: Interval, prefix: str = "") -> dict[str, object]:
    """The three columns of an interval, in points."""
    points = interval.points()
    return {f"{prefix}mean": points.mean, f"{prefix}low": points.low, f"{prefix}high": points.high}
