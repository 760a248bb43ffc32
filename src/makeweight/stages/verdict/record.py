"""The verdict as one record for plots/verdict/verdict.json, from which report and application tell it."""

from collections.abc import Mapping
from typing import Any

from makeweight.balance.arm import DECISION_RULE, NONE
from makeweight.learn.views import FUSION
from makeweight.stages.verdict.interval import Interval
from makeweight.stages.verdict.judge import Verdict
from makeweight.stages.verdict.sentences import numbers_to_use, sentences


def verdict_record(verdict: Verdict, rule: Mapping[str, Any] | None) -> dict[str, Any]:
    """Choices, sentences, and what the decision rule has to do with them; all scores in points.

    Args:
        verdict: of the headline view.
        rule: the record of the rule of the recommended arm (of the arm `decision_rule` where none is recommended).
    """
    choices, group = verdict.choices, verdict.group
    said = sentences(verdict)
    if rule is not None and choices.recommended == DECISION_RULE:
        said["rule"] = numbers_to_use(rule, verdict.view == FUSION)
    gain = verdict.against_none[DECISION_RULE].interval if verdict.has_rule else None
    shares = {arm: verdict.rule_share(arm) for arm in verdict.against_none}
    return {
        "view": verdict.view,
        "recommended": choices.recommended,
        # The line of intervals.csv that the recommendation rests on.
        "line": verdict.line(choices.recommended),
        "preferred": choices.preferred,
        "best_simple": choices.best_simple,
        "chosen": dict(choices.chosen),
        "sentences": said,
        "decision_rule": None if gain is None else ends(gain),
        "rule": None if rule is None else {"arm": arm_of_rule(verdict), **rule},
        "shares": {
            arm: {"gain": 100 * share[0], "rule": 100 * share[1]} for arm, share in shares.items() if share is not None
        },
        "group": None
        if group is None
        else {
            "arms": list(group.arms),
            "worse": list(group.worse),
            "cheapest": group.cheapest,
            "gain": 100 * group.gain,
        },
    }


def ends(interval: Interval) -> dict[str, float]:
    """Mean, ends and detectable gain of an interval, in points."""
    points = interval.points()
    return {"mean": points.mean, "low": points.low, "high": points.high, "detectable": points.detectable}


def arm_of_rule(verdict: Verdict) -> str:
    """The arm whose rule is written into the record."""
    recommended = verdict.choices.recommended
    return DECISION_RULE if recommended == NONE else recommended
