"""How much balancing could gain at most, where rows were taken out of the train split on purpose and can come back.

The ceiling is an arm of the contest whose train split has these rows back. It is chosen by nobody and compared with
`none` and the decision rule only; other arms' gains are told as shares of its gain.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from makeweight.balance.arm import CEILING, DECISION_RULE, NONE
from makeweight.data import samples
from makeweight.data.samples import Samples
from makeweight.stages.verdict.bootstrap import bootstrap
from makeweight.stages.verdict.interval import Interval
from makeweight.stages.verdict.judge import Verdict
from makeweight.stages.verdict.measures import interval_metrics
from makeweight.stages.verdict.new_groups import arms_of
from makeweight.stages.verdict.predictions import align, minority_classes, unit_numbers
from makeweight.stages.verdict.record import ends
from makeweight.stages.verdict.sentences import RULE

NAME = "headroom"
"""Begins the names of its metrics, and is that of its record and sentence."""


@dataclass(frozen=True)
class Headroom:
    """What the rows that were taken out are worth, in the headline's view."""

    score: Interval
    """Macro-F1 of the ceiling, by its tuned rule."""
    over_none: Interval
    over_rule: Interval | None
    """None where the rule is no arm."""
    shares: Mapping[str, float]
    """Arm or engine -> its gain over `none`, of that of the ceiling; empty where the ceiling is not shown to gain."""


def read_headroom(
    verdict: Verdict, tables: Mapping[str, pd.DataFrame], split: Samples, bootstrap_samples: int, seed: int
) -> Headroom | None:
    """The ceiling's gain with 95 % intervals; None where it has no predictions for some seed.

    Args:
        verdict: of the headline's view, without the ceiling.
        tables: the predictions of every arm, the ceiling among them.
        split: the samples with their units.
        bootstrap_samples: how many.
        seed: of the bootstrap.
    """
    own = {arm: tables[arm] for arm in (*arms_of(verdict), CEILING)}
    predictions = align(own, verdict.view, "test", unit_numbers(split), samples.classes(split))
    if predictions is None or CEILING not in predictions.arms:
        return None
    alpha = verdict.scores.family_wise_alpha
    scores = bootstrap(predictions, minority_classes(split), bootstrap_samples, alpha, seed)
    gain = scores.difference(CEILING, NONE, "macro_f1")
    over_rule = scores.difference(CEILING, DECISION_RULE, "macro_f1") if verdict.has_rule else None
    # An engine of which validation chose to add nothing has no gain of its own.
    idle = {engine for engine, arm in verdict.choices.chosen.items() if arm == NONE}
    gains = {arm: claim.interval.mean for arm, claim in verdict.against_none.items() if arm not in idle}
    shares = {arm: value / gain.mean for arm, value in gains.items()} if gain.low > 0 else {}
    return Headroom(scores.score(CEILING, "macro_f1"), gain, over_rule, shares)


def measure_headroom(headroom: Headroom) -> dict[str, float]:
    """The ceiling's score and gains, and each arm's share."""
    numbers = interval_metrics(f"{CEILING}.macro_f1", headroom.score)
    numbers |= interval_metrics(f"{NAME}.over_none", headroom.over_none)
    if headroom.over_rule is not None:
        numbers |= interval_metrics(f"{NAME}.over_rule", headroom.over_rule)
    return numbers | {f"{arm}.share_of_headroom": share for arm, share in headroom.shares.items()}


def with_headroom(record: Mapping[str, Any], headroom: Headroom, lines: Mapping[str, str]) -> dict[str, Any]:
    """The verdict's record with the headroom in points, the shares, and a sentence.

    Args:
        record: of the verdict.
        headroom: what to add.
        lines: those that the sentence names, each with its arm.
    """
    own = {
        "arm": CEILING,
        "score": ends(headroom.score),
        "over_none": ends(headroom.over_none),
        "over_rule": None if headroom.over_rule is None else ends(headroom.over_rule),
        "shares": dict(headroom.shares),
    }
    sentences = {**record["sentences"], NAME: sentence(headroom, lines)}
    return {**record, "sentences": sentences, NAME: own}


def sentence(headroom: Headroom, lines: Mapping[str, str]) -> str:
    """The headroom in a sentence: the ceiling's score, its gain, and what the others have of it."""
    score, gain = headroom.score.points(), headroom.over_none.points()
    start = (
        f"With all rows back that were taken out of the train split, macro-F1 is {score.mean:.1f} ({score.low:.1f} to "
        f"{score.high:.1f}): a headroom of {gain.mean:.1f} points over doing nothing ({gain.low:+.1f} to "
        f"{gain.high:+.1f})"
    )
    if not headroom.shares:
        return f"{start}, which is not shown to be one; so no share of it is told."
    if headroom.over_rule is not None:
        beyond = headroom.over_rule.points()
        start += f", {beyond.mean:+.1f} over {RULE} ({beyond.low:+.1f} to {beyond.high:+.1f})"
    names = {line: RULE if line == DECISION_RULE else line for line in lines if line in headroom.shares}
    shares = [f"{name} has {100 * headroom.shares[line]:.0f} %" for line, name in names.items()]
    return f"{start}. Of this headroom over doing nothing, {', '.join(shares)}." if shares else f"{start}."
