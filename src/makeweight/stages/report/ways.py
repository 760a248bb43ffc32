"""What the first screen says of the ways of balancing: the gain, whose it is, which ways are level, every engine."""

from collections.abc import Sequence
from statistics import median

from makeweight.balance.arm import DECISION_RULE, NONE, Arm
from makeweight.results.markup import readable, signed
from makeweight.results.run import Run
from makeweight.results.verdict import HELPS, HURTS, INCONCLUSIVE, ArmResult, Claim, Verdict

RULE_ALONE = "the decision rule alone"
ALL_POINTS = 99.95
"""What is written as 100.0."""


def before_and_after(run: Run, verdict: Verdict) -> str:
    """The score without and with the recommended arm, and which other arms chance can't tell from it."""
    before, after = (run.score(arm).macro_f1 for arm in (NONE, verdict.recommended))
    if verdict.recommended == NONE or before is None or after is None:
        return ""
    text = f"Macro-F1 goes from {before.mean:.1f} to {after.mean:.1f} of 100 points."
    if verdict.group is not None or verdict.recommended != verdict.best_simple:
        return text
    return f"{text} {others_against_best(verdict)}".strip()


def others_against_best(verdict: Verdict) -> str:
    """Which other arms chance can't tell from the recommended one; of many, those that it can are named."""
    others = [result for result in verdict.arms if result.arm != verdict.recommended]
    same = [result for result in others if is_inconclusive(result)]
    different = [result for result in others if not is_inconclusive(result)]
    if len(same) > max(3, len(different)):
        if not different:
            return f"None of the {len(others)} other ways can be told from it."
        return f"Of the {len(others)} other ways, all but {names(different)} can't be told from it."
    return f"The comparison with it is inconclusive for {names(same)}." if same else ""


def is_inconclusive(result: ArmResult) -> bool:
    """Whether chance can't tell the arm from the best simple one."""
    return result.against_simple is not None and result.against_simple.word == INCONCLUSIVE


def names(results: Sequence[ArmResult]) -> str:
    """The arms' names as words."""
    return ", ".join(readable(result.arm) for result in results)


def nothing_left(run: Run) -> str:
    """That doing nothing makes no mistake on the test samples; nothing where it makes some."""
    score = run.score(NONE).macro_f1
    if score is None or score.mean < ALL_POINTS:
        return ""
    return "Doing nothing already recognises every test sample: on these data no way of balancing has anything to gain."


def smallest_gain(verdict: Verdict) -> str:
    """The smallest true gain that the test samples would have shown; nothing where it is not known."""
    over_none = detectable([result.against_none for result in verdict.arms])
    if over_none is None:
        return ""
    text = f"What could have been found: a true gain of {over_none:.1f} points over doing nothing, four times in five"
    over_rule = detectable([result.against_rule for result in verdict.arms if result.against_rule is not None])
    beside = "" if over_rule is None else f"; of {over_rule:.1f} points over {RULE_ALONE}"
    return f"{text}{beside}. Smaller gains may be there and are not seen."


def detectable(claims: Sequence[Claim]) -> float | None:
    """The middle one of the smallest gains that would have been found; None where none is known."""
    found = [claim.detectable for claim in claims if claim.detectable is not None]
    return median(found) if found else None


def engine_line(engine: str, verdict: Verdict) -> str:
    """One sentence on the samples of one engine: against doing nothing, the decision rule and the best simple arm."""
    result = verdict.result(engine)
    if verdict.chosen[engine] == NONE or result is None:
        return f"Synthetic samples of {readable(engine)}: validation chose to add none{best_use(engine, verdict)}."
    claim = result.against_none
    effect = {HELPS: "help", HURTS: "hurt", INCONCLUSIVE: "are inconclusive"}[claim.word]
    first = f"Synthetic samples of {readable(engine)} {effect} ({signed(claim.difference.mean)} points)"
    references = {RULE_ALONE: result.against_rule}
    if verdict.best_simple != DECISION_RULE:
        references[readable(verdict.best_simple)] = result.against_simple
    others = {name: other for name, other in references.items() if other is not None}
    text = first
    for index, (name, other) in enumerate(others.items()):
        turn = "but" if index == 0 and claim.word == HELPS and other.word != HELPS else "and"
        text += f", {turn} {beside(other, name)}"
    return f"{text}."


def best_use(engine: str, verdict: Verdict) -> str:
    """What the best of an engine's ways came to on the test samples, as the end of a sentence; nothing without one."""
    own = [result for result in verdict.arms if Arm.parse(result.arm).only_engine == engine]
    if not own:
        return ""
    best = max(own, key=lambda result: result.against_none.difference.mean)
    verb = {HELPS: "helps", HURTS: "hurts", INCONCLUSIVE: "is inconclusive"}[best.against_none.word]
    text = f"; {'the best of its ways on the test samples, ' if len(own) > 1 else ''}{readable(best.arm)}"
    text += f"{',' if len(own) > 1 else ''} {verb} ({signed(best.against_none.difference.mean)} points)"
    return text if best.against_rule is None else f"{text} and {beside(best.against_rule, RULE_ALONE, 'is')}"


def beside(claim: Claim, reference: str, verb: str = "are") -> str:
    """How an engine's samples (`are`) or one of its ways (`is`) compare with a reference, with the interval."""
    words = {
        HELPS: f"{verb} better than {reference}",
        HURTS: f"{verb} worse than {reference}",
        INCONCLUSIVE: f"the comparison with {reference} is inconclusive",
    }
    difference = claim.difference
    mean, low, high = (signed(end) for end in (difference.mean, difference.low, difference.high))
    return f"{words[claim.word]} ({mean} points, {low} to {high})"
