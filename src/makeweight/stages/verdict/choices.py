"""What validation chooses, by macro-F1, and what the test split lets stand of it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from scipy.stats import norm

from makeweight.balance.arm import DECISION_RULE, NONE, Arm
from makeweight.stages.verdict.bootstrap import SINGLE_ALPHA, BootstrapScores
from makeweight.stages.verdict.claims import HELPS, Claim


@dataclass(frozen=True)
class Choices:
    """What validation chose: the best simple arm, an arm for each engine, the arm to use; and the recommendation."""

    best_simple: str
    chosen: Mapping[str, str]
    """Engine -> the best of the arms that add its rows alone; `none` where adding none of them is best."""
    preferred: str
    """The arm that validation alone would have us use."""
    recommended: str
    """The preferred arm where the test split shows it, else the decision rule where it shows that, else `none`."""


def choose(validation: BootstrapScores, engines: Mapping[str, Sequence[str]]) -> Choices:
    """All choices, by macro-F1 on validation.

    The preferred arm is the simplest that is within one standard error of the best (Breiman et al. 1984, section
    3.4.3): `none`, then the decision rule, then the best simple arm, then the best of all. Nothing is added for a gain
    that is noise.

    Args:
        validation: the scores on the validation split.
        engines: engine -> the arms that add its rows alone, and `none`.
    """
    means = dict(zip(validation.arms, validation.measured["macro_f1"].mean(1), strict=True))
    simple = [arm for arm in validation.arms if Arm.parse(arm).is_simple]
    best_simple = max(simple, key=lambda arm: means[arm], default=NONE)
    # Every engine's arm is judged by its tuned rule: adding none of its rows is the rule alone, not argmax.
    with_zero = means | {NONE: means.get(DECISION_RULE, means[NONE])}
    chosen = {
        engine: max((arm for arm in arms if arm in means), key=lambda arm: with_zero[arm])
        for engine, arms in engines.items()
    }
    best = max(validation.arms, key=lambda arm: means[arm])
    preferred = best
    for simpler in (NONE, DECISION_RULE, best_simple):
        if simpler not in means:
            continue
        if simpler == best or means[best] - means[simpler] <= standard_error(validation, best, simpler):
            preferred = simpler
            break
    return Choices(best_simple, chosen, preferred, preferred)


def confirmed(choices: Choices, against_none: Mapping[str, Claim], against_rule: Mapping[str, Claim]) -> Choices:
    """Recommend the preferred arm only where the test split shows it; it can refuse the choice, not choose another.

    An arm must be shown to be better than `none`; where the decision rule is an arm, an arm beyond it must be shown to
    be better than the rule too, else the rule is recommended where that is shown to help.

    Args:
        choices: what validation chose.
        against_none: arm -> its claim against `none`.
        against_rule: arm -> its claim against the decision rule; empty where the rule is no arm.
    """
    preferred = choices.preferred
    helps = helps_in(against_none, preferred)
    beyond = preferred in (NONE, DECISION_RULE) or not against_rule or helps_in(against_rule, preferred)
    if preferred == NONE or (helps and beyond):
        return choices
    fallback = DECISION_RULE if helps_in(against_none, DECISION_RULE) else NONE
    return replace(choices, recommended=fallback)


def helps_in(claims: Mapping[str, Claim], arm: str) -> bool:
    """Whether the claims hold that the arm helps."""
    return arm in claims and claims[arm].word == HELPS


def standard_error(scores: BootstrapScores, arm: str, reference: str) -> float:
    """The standard error of the difference in macro-F1, from the width of its interval."""
    interval = scores.difference(arm, reference, "macro_f1")
    return (interval.high - interval.low) / (2 * float(norm.ppf(1 - SINGLE_ALPHA / 2)))
