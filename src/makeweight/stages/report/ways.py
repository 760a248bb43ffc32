"""What the first screen says of the ways of balancing: which are level with the recommended one, and every engine."""

from collections.abc import Sequence

from makeweight.balance.arm import DECISION_RULE, NONE, Arm
from makeweight.results.key_facts import RULE_ALONE
from makeweight.results.markup import readable, signed
from makeweight.results.run import Run
from makeweight.results.verdict import HELPS, HURTS, INCONCLUSIVE, ArmResult, Claim, Verdict

ALL_POINTS = 99.95
"""What is written as 100.0."""


def level_with_it(verdict: Verdict) -> str:
    """Which other arms chance can't tell from the recommended one, where no sentence of the verdict says so."""
    if verdict.recommended == NONE or verdict.group is not None or verdict.recommended != verdict.best_simple:
        return ""
    return others_against_best(verdict)


def others_against_best(verdict: Verdict) -> str:
    """Which other arms chance can't tell from the recommended one; of many, those that it can are named."""
    others = [result for result in verdict.arms if result.arm != verdict.recommended]
    same = [result for result in others if is_inconclusive(result)]
    different = [result for result in others if not is_inconclusive(result)]
    if len(same) > max(3, len(different)):
        if not different:
            return f"None of the {len(others)} other ways differs clearly from it."
        return f"Of the {len(others)} other ways, all but {names(different)} show no clear difference from it."
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
