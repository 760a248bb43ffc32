"""What a verdict comes to in one or two sentences: the headline of the report and of the application's first page."""

from __future__ import annotations

from makeweight.balance.arm import DECISION_RULE, NONE
from makeweight.core.names import count_word
from makeweight.results.key_facts import RULE_ALONE
from makeweight.results.markup import readable, signed
from makeweight.results.values import Interval
from makeweight.results.verdict import HELPS, Verdict

MEASURE = " of macro-F1"


def headline(verdict: Verdict) -> str:
    """What to do, in plain words: an arm is named for use only where it is shown to help; arms that are level are told
    as a group, with the cheapest named.
    """
    result = verdict.result(verdict.line)
    if result is not None and result.against_none.word == HELPS:
        helps = f"it helps by {between(result.against_none.difference, MEASURE)}"
        if verdict.recommended == DECISION_RULE:
            return f"Do not resample: {verdict.threshold or rule_in_words(verdict)}. I{helps[1:]}.{level(verdict)}"
        if result.against_rule is not None and result.against_rule.word == HELPS:
            helps += f", by {between(result.against_rule.difference)} more than {RULE_ALONE}"
        return f"Use {readable(verdict.recommended)}: {helps}.{level(verdict)}"
    if not any(result.against_none.word == HELPS for result in verdict.arms):
        return "Add nothing: no way of balancing is shown to help."
    return f"Add nothing: {not_confirmed(verdict)}"


def level(verdict: Verdict) -> str:
    """A sentence on the arms that can't be told from the recommended one; nothing where it is alone."""
    group = verdict.group
    if group is None or len(group.arms) < 2 or verdict.recommended not in group.arms:
        return ""
    count = count_word(len(group.arms))
    if verdict.recommended == group.cheapest:
        return f" It is the cheapest of {count} ways that can't be told apart."
    return f" {count.capitalize()} ways can't be told apart; the cheapest is {arm_name(group.cheapest)}."


def arm_name(arm: str) -> str:
    """An arm as words; the decision rule with its article."""
    return "the decision rule" if arm == DECISION_RULE else readable(arm)


def between(difference: Interval, measure: str = "") -> str:
    """`6.1 points of macro-F1 (0.4 to 11.9)`; without the measure where it has been named before."""
    return f"{difference.mean:.1f} points{measure} ({difference.low:.1f} to {difference.high:.1f})"


def rule_in_words(verdict: Verdict) -> str:
    """What the decision rule is: a threshold where there are two classes."""
    return "move the threshold" if verdict.rules and verdict.rules[0].label is not None else "choose the decision rule"


def not_confirmed(verdict: Verdict) -> str:
    """Why nothing is recommended although some arm helps on the test samples."""
    preferred = verdict.recommended if verdict.recommended != NONE else verdict.preferred
    result = verdict.result(preferred)
    if result is None:
        return "on the validation samples no way of balancing was better by more than chance."
    name, points = readable(preferred), signed(result.against_none.difference.mean)
    return f"{name}, which validation chose, is not shown to help on the test samples ({points} points{MEASURE})."


def in_words(sentence: str | None, verdict: Verdict) -> str:
    """A sentence of the verdict with the names of arms and engines as pages write them."""
    for name in sorted([*verdict.arm_names, *verdict.chosen], key=len, reverse=True):
        sentence = (sentence or "").replace(name, readable(name))
    return sentence or ""
