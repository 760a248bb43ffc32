"""From answers to words: helps, inconclusive, hurts. Choices are made on validation, words come from the test split."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import norm

from makeweight.balance.arm import NONE, Arm
from makeweight.stages.verdict.paired import SINGLE_LEVEL, Answers, Draws, Interval, draw

HELPS, INCONCLUSIVE, HURTS = "helps", "inconclusive", "hurts"
SIGN = {HELPS: 1, INCONCLUSIVE: 0, HURTS: -1}


@dataclass(frozen=True)
class Claim:
    """A difference in macro-F1 with its word; interval and chance hold for all arms at once."""

    interval: Interval
    word: str


SAME = Claim(Interval(0.0, 0.0, 0.0), INCONCLUSIVE)
"""What is told of an arm against itself."""


@dataclass(frozen=True)
class Choices:
    """What validation chose: the best simple arm, a use of each engine, the recommendation."""

    best_simple: str
    uses: Mapping[str, str]
    """Engine -> the arm of its rows that did best, `none` included."""
    recommended: str


@dataclass(frozen=True)
class Verdict:
    """Everything that is told of one view."""

    view: str
    choices: Choices
    draws: Draws
    against_none: Mapping[str, Claim]
    against_simple: Mapping[str, Claim]

    @property
    def arms(self) -> tuple[str, ...]:
        """All arms, the engines' chosen uses among them."""
        return self.draws.arms


def doses(arms: Iterable[Arm]) -> dict[str, dict[int, str]]:
    """Engine -> amount -> arm, of the arms that are an engine's rows and nothing else; amount 0 is `none`."""
    found: dict[str, dict[int, str]] = {}
    for arm in arms:
        if arm.is_plain_amount and arm.amount is not None:
            found.setdefault(arm.engines[0], {0: NONE})[arm.amount] = arm.name
    return {engine: dict(sorted(amounts.items())) for engine, amounts in found.items()}


def uses(arms: Iterable[Arm]) -> dict[str, list[str]]:
    """Engine -> `none` and the arms that are its rows and nothing else: any amount, filtered or refitted."""
    found: dict[str, list[str]] = {}
    for arm in arms:
        if arm.only_engine is not None:
            found.setdefault(arm.only_engine, [NONE]).append(arm.name)
    return found


def choose(validation: Draws, engines: Mapping[str, Sequence[str]]) -> Choices:
    """All choices, by macro-F1 on validation.

    The recommendation is the simplest arm that is within one standard error of the best (Breiman et al. 1984,
    section 3.4.3): `none`, then the best simple arm, then the best of all. Nothing is added for a gain that is noise.
    """
    means = dict(zip(validation.arms, validation.measured["macro_f1"].mean(1), strict=True))
    simple = [arm for arm in validation.arms if Arm.parse(arm).is_simple]
    best_simple = max(simple, key=lambda arm: means[arm], default=NONE)
    chosen = {engine: max(arms, key=lambda arm: means[arm]) for engine, arms in engines.items()}
    best = max(validation.arms, key=lambda arm: means[arm])
    recommended = best
    for simpler in (NONE, best_simple):
        if simpler == best or means[best] - means[simpler] <= standard_error(validation, best, simpler):
            recommended = simpler
            break
    return Choices(best_simple, chosen, recommended)


def standard_error(draws: Draws, arm: str, reference: str) -> float:
    """Of the difference in macro-F1, from the width of its interval."""
    interval = draws.difference(arm, reference, "macro_f1")
    return (interval.high - interval.low) / (2 * float(norm.ppf(1 - SINGLE_LEVEL / 2)))


def judge(
    view: str,
    validation: Answers,
    test: Answers,
    few: np.ndarray,
    engines: Mapping[str, Sequence[str]],
    repetitions: int,
    level: float,
    seed: int,
) -> Verdict:
    """Choose on validation, compare on test; `engines` is what `uses` found."""
    choices = choose(draw(validation, few, repetitions, level, seed), engines)
    draws = draw(test, few, repetitions, level, seed)
    # Before the engines' choices are added: they repeat an arm, and must not count as further ones.
    against_none, against_simple = (claims(draws, reference) for reference in (NONE, choices.best_simple))
    for engine, arm in choices.uses.items():
        draws = draws.with_arm(engine, like=arm)
        against_none[engine] = against_none.get(arm, SAME)
        against_simple[engine] = against_simple.get(arm, SAME)
    return Verdict(view, choices, draws, against_none, against_simple)


def claims(draws: Draws, reference: str) -> dict[str, Claim]:
    """Every other arm against the reference."""
    differences = draws.all_differences(reference, "macro_f1")
    return {arm: Claim(interval, word(interval)) for arm, interval in differences.items()}


def word(difference: Interval) -> str:
    """One of the three words: that of an interval above 0, around it, or below it."""
    if difference.low > 0:
        return HELPS
    return HURTS if difference.high < 0 else INCONCLUSIVE


def sentences(verdict: Verdict) -> dict[str, str]:
    """What a person reads first: what to use, whether it helped, and how the synthetic samples did."""
    choices = verdict.choices
    told = {"recommendation": recommendation(verdict)}
    for engine, arm in choices.uses.items():
        if arm == NONE:
            told[engine] = f"{engine}: validation chose to add none of its samples."
            continue
        told[engine] = f"{engine} (as validation chose: {arm}): {against(verdict.against_none[engine], NONE)}"
        if choices.best_simple != NONE:
            told[engine] += f"; {against(verdict.against_simple[engine], choices.best_simple)}"
        told[engine] += "."
    return told


def recommendation(verdict: Verdict) -> str:
    """One sentence: what to use, its score, and what the test split says of the choice."""
    arm, simple = verdict.choices.recommended, verdict.choices.best_simple
    score = verdict.draws.score(arm, "macro_f1").points()
    result = f"macro-F1 {score.mean:.1f} ({score.low:.1f} to {score.high:.1f}) on the test split"
    if arm == NONE:
        return f"Add nothing: {result}; on validation no way of balancing was better by more than noise."
    told = f"Use {arm}, which validation chose: {result}; {against(verdict.against_none[arm], NONE)}"
    if arm != simple and simple != NONE:
        told += f"; {against(verdict.against_simple[arm], simple)}, the best simple way"
    return told + "."


def against(claim: Claim, reference: str) -> str:
    """`helps by 3.1 points against none (+1.0 to +5.2)`."""
    points = claim.interval.points()
    between = f"{points.low:+.1f} to {points.high:+.1f}"
    if claim.word == INCONCLUSIVE:
        return f"inconclusive against {reference} ({points.mean:+.1f} points, {between})"
    return f"it {claim.word} by {abs(points.mean):.1f} points against {reference} ({between})"
