"""The choice that macro-F1 alone hides: an arm with the same macro-F1 that finds more samples of rare classes."""

from __future__ import annotations

from dataclasses import dataclass

from makeweight.balance.arm import DECISION_RULE, NONE
from makeweight.results.markup import readable
from makeweight.results.run import Run
from makeweight.results.values import Interval
from makeweight.results.verdict import INCONCLUSIVE, ArmResult, Verdict


@dataclass(frozen=True, slots=True)
class ArmPoint:
    """Macro-F1 and recall of the rare classes of one arm, in points."""

    arm: str
    macro_f1: Interval
    rare_recall: Interval


@dataclass(frozen=True, slots=True)
class Choice:
    """The recommended arm, and the arm of equal macro-F1 with the highest recall of rare classes."""

    recommended: ArmPoint
    other: ArmPoint


def arm_points(run: Run, verdict: Verdict) -> list[ArmPoint]:
    """Every arm whose two scores are known, in the order of the contest."""
    found = []
    for arm in verdict.arm_names:
        score = run.score(arm)
        if score.macro_f1 is not None and score.minority_recall is not None:
            found.append(ArmPoint(arm, score.macro_f1, score.minority_recall))
    return found


def read_choice(run: Run, verdict: Verdict) -> Choice | None:
    """The choice; None where no arm of equal macro-F1 has a recall whose interval lies above the recommended arm's."""
    points = {point.arm: point for point in arm_points(run, verdict)}
    own = points.get(verdict.recommended)
    if own is None:
        return None
    equal = [points[result.arm] for result in verdict.arms if result.arm in points and is_equal(result, verdict)]
    more = [point for point in equal if point.rare_recall.low > own.rare_recall.high]
    return Choice(own, max(more, key=lambda point: point.rare_recall.mean)) if more else None


def is_equal(result: ArmResult, verdict: Verdict) -> bool:
    """Whether chance can't tell the macro-F1 of an arm from that of the recommended one."""
    if result.arm == verdict.recommended:
        return False
    if verdict.recommended == NONE:
        return result.against_none.word == INCONCLUSIVE
    if verdict.recommended == DECISION_RULE:
        return result.against_rule is not None and result.against_rule.word == INCONCLUSIVE
    if verdict.recommended == verdict.best_simple:
        return result.against_simple is not None and result.against_simple.word == INCONCLUSIVE
    return verdict.group is not None and {result.arm, verdict.recommended} <= set(verdict.group.arms)


def choice_in_words(choice: Choice) -> str:
    """The recall of both arms, and what decides between them."""
    own, other = choice.recommended, choice.other
    name = {NONE: "the data as they are", DECISION_RULE: "the decision rule"}.get(own.arm, readable(own.arm))
    return (
        f"At a macro-F1 that can't be told apart, {readable(other.arm)} lifts the recall of rare classes from "
        f"{own.rare_recall.as_score} with {name} to {other.rare_recall.as_score}. Choose it where a missed rare sample "
        "costs more than a false alarm."
    )
