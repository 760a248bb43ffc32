"""From scores to words: helps, inconclusive, hurts. Choices are made on validation, words come from the test split."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from scipy.stats import norm

from makeweight.balance.arm import NONE, Arm
from makeweight.stages.verdict.bootstrap import SINGLE_ALPHA, BootstrapScores
from makeweight.stages.verdict.interval import Interval

HELPS, INCONCLUSIVE, HURTS = "helps", "inconclusive", "hurts"
SIGN = {HELPS: 1, INCONCLUSIVE: 0, HURTS: -1}


@dataclass(frozen=True)
class Claim:
    """A difference in macro-F1 with its word; interval and chance hold for all arms at once."""

    interval: Interval
    word: str


SAME = Claim(Interval(0.0, 0.0, 0.0), INCONCLUSIVE)
"""The claim on an arm against itself."""


@dataclass(frozen=True)
class Choices:
    """What validation chose: the best simple arm, an arm for each engine, the arm to use; and the recommendation."""

    best_simple: str
    chosen: Mapping[str, str]
    """Engine -> the best of `none` and the arms that add its rows alone."""
    preferred: str
    """The arm that validation alone would have us use."""
    recommended: str
    """The preferred arm where the test split shows that it helps, else `none`."""


@dataclass(frozen=True)
class Verdict:
    """The choices, scores and claims of one view."""

    view: str
    choices: Choices
    scores: BootstrapScores
    against_none: Mapping[str, Claim]
    against_simple: Mapping[str, Claim]

    @property
    def arms(self) -> tuple[str, ...]:
        """All arms; each engine's choice is one more, under the engine's name."""
        return self.scores.arms


def dose_curves(arms: Iterable[Arm]) -> dict[str, dict[int, str]]:
    """Engine -> amount -> arm, of the arms that are an amount of its rows and nothing else; amount 0 is `none`."""
    found: dict[str, dict[int, str]] = {}
    for arm in arms:
        if arm.is_plain_amount and arm.amount is not None:
            found.setdefault(arm.engines[0], {0: NONE})[arm.amount] = arm.name
    return {engine: dict(sorted(amounts.items())) for engine, amounts in found.items()}


def arms_of_engines(arms: Iterable[Arm]) -> dict[str, list[str]]:
    """Engine -> `none` and the arms that add its rows and no others: any amount, filtered or refitted."""
    found: dict[str, list[str]] = {}
    for arm in arms:
        if arm.only_engine is not None:
            found.setdefault(arm.only_engine, [NONE]).append(arm.name)
    return found


def choose(validation: BootstrapScores, engines: Mapping[str, Sequence[str]]) -> Choices:
    """All choices, by macro-F1 on validation.

    The preferred arm is the simplest that is within one standard error of the best (Breiman et al. 1984, section
    3.4.3): `none`, then the best simple arm, then the best of all. Nothing is added for a gain that is noise.

    Args:
        validation: the scores on the validation split.
        engines: what `arms_of_engines` found.
    """
    means = dict(zip(validation.arms, validation.measured["macro_f1"].mean(1), strict=True))
    simple = [arm for arm in validation.arms if Arm.parse(arm).is_simple]
    best_simple = max(simple, key=lambda arm: means[arm], default=NONE)
    chosen = {engine: max(arms, key=lambda arm: means[arm]) for engine, arms in engines.items()}
    best = max(validation.arms, key=lambda arm: means[arm])
    preferred = best
    for simpler in (NONE, best_simple):
        if simpler == best or means[best] - means[simpler] <= standard_error(validation, best, simpler):
            preferred = simpler
            break
    return Choices(best_simple, chosen, preferred, preferred)


def confirmed(choices: Choices, against_none: Mapping[str, Claim]) -> Choices:
    """Recommend the preferred arm only where it is shown to help: the test split can refuse it, not choose another."""
    claim = against_none.get(choices.preferred)
    return choices if claim is None or claim.word == HELPS else replace(choices, recommended=NONE)


def standard_error(scores: BootstrapScores, arm: str, reference: str) -> float:
    """The standard error of the difference in macro-F1, from the width of its interval."""
    interval = scores.difference(arm, reference, "macro_f1")
    return (interval.high - interval.low) / (2 * float(norm.ppf(1 - SINGLE_ALPHA / 2)))


def judge(
    view: str, validation: BootstrapScores, test: BootstrapScores, engines: Mapping[str, Sequence[str]]
) -> Verdict:
    """Choose on validation, compare on test; `engines` is what `arms_of_engines` found."""
    choices = choose(validation, engines)
    # Before the engines' choices are added: they repeat an arm, and must not count as further ones.
    against_none, against_simple = (claims(test, reference) for reference in (NONE, choices.best_simple))
    choices = confirmed(choices, against_none)
    for engine, arm in choices.chosen.items():
        test = test.with_arm(engine, like=arm)
        against_none[engine] = against_none.get(arm, SAME)
        against_simple[engine] = against_simple.get(arm, SAME)
    return Verdict(view, choices, test, against_none, against_simple)


def claims(scores: BootstrapScores, reference: str) -> dict[str, Claim]:
    """Every other arm against the reference, in macro-F1."""
    differences = scores.simultaneous_differences(reference, "macro_f1")
    return {arm: Claim(interval, word(interval)) for arm, interval in differences.items()}


def word(difference: Interval) -> str:
    """The word for an interval above 0, around it, or below it."""
    if difference.low > 0:
        return HELPS
    return HURTS if difference.high < 0 else INCONCLUSIVE
