"""What a trial found, in sentences: what to use, what of it is shown, and what could have been found."""

from collections.abc import Mapping
from statistics import median

from makeweight.balance.arm import DECISION_RULE, NONE, Arm
from makeweight.stages.verdict.claims import INCONCLUSIVE, Claim
from makeweight.stages.verdict.sentences import RULE, against, numbers_to_use
from makeweight.trial.claims import FEWEST_SPLITS, Finding
from makeweight.trial.recommended import Advice

AS_THEY_ARE = "the data as they are"


def sentence(finding: Finding, advice: Advice) -> str:
    """What to use, its score, and what the splits say about the choice."""
    score = finding.score(advice.arm).points()
    result = f"macro-F1 {score.mean:.1f} ({score.low:.1f} to {score.high:.1f}) on {finding.splits} splits"
    over_none, over_rule = finding.against(NONE), finding.against(DECISION_RULE)
    if advice.arm == NONE:
        return f"{nothing(finding, over_none, result)}."
    helps = against(over_none[advice.arm], NONE)
    if advice.arm == DECISION_RULE:
        return f"Do not resample: choose {RULE}. M{result[1:]}; {helps}; nothing is shown to be better than it."
    told = f"Use {advice.arm}: {result}; {helps}"
    if advice.arm in over_rule:
        told += f"; {against(over_rule[advice.arm], f'{RULE} alone')}"
    return f"{told}."


def nothing(finding: Finding, over_none: Mapping[str, Claim], result: str) -> str:
    """Why nothing is recommended, and which gain would have been found."""
    if finding.splits < FEWEST_SPLITS:
        return f"Too few splits to say anything ({result}): with more seconds there are {FEWEST_SPLITS} or more"
    shown = f"Add nothing: no way of balancing is shown to be better than {AS_THEY_ARE} ({result})"
    rule = over_none.get(DECISION_RULE)
    if rule is not None:
        return f"{shown}; {RULE} is {against(rule, NONE)}" if is_open(rule) else shown
    found = [claim.interval.detectable for claim in over_none.values() if claim.interval.detectable]
    return f"{shown}; a true gain of {100 * median(found):.1f} would be found four times in five" if found else shown


def is_open(claim: Claim) -> bool:
    """Whether a claim is neither for nor against."""
    return claim.word == INCONCLUSIVE


def further(finding: Finding, advice: Advice, classes: tuple[str, ...]) -> list[str]:
    """The rule's numbers, and how the rows of each engine did."""
    told = []
    if advice.arm != NONE:
        told.append(numbers_to_use(advice.rule.rule.as_record(classes), fused=False))
    if finding.splits < FEWEST_SPLITS:
        return told
    over_none, over_rule = finding.against(NONE), finding.against(DECISION_RULE)
    for arm in finding.arms:
        if Arm.parse(arm).engines and arm != advice.arm:
            told.append(f"{arm}: {against(over_none[arm], NONE)}; {against(over_rule[arm], f'{RULE} alone')}.")
    return told


def in_words(claim: Claim | None) -> str:
    """`helps`, `hurts`, `inconclusive`; empty where an arm is compared with itself."""
    return "" if claim is None else claim.word
