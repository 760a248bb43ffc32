"""Differences with their words: helps, inconclusive, hurts."""

from collections.abc import Collection
from dataclasses import dataclass

from makeweight.stages.verdict.bootstrap import BootstrapScores
from makeweight.stages.verdict.interval import Interval

HELPS, INCONCLUSIVE, HURTS = "helps", "inconclusive", "hurts"
SIGN = {HELPS: 1, INCONCLUSIVE: 0, HURTS: -1}


@dataclass(frozen=True)
class Claim:
    """A difference in macro-F1 with its word; interval and chance hold for all arms of one family at once."""

    interval: Interval
    word: str


SAME = Claim(Interval(0.0, 0.0, 0.0), INCONCLUSIVE)
"""The claim on an arm against itself."""


def claims(scores: BootstrapScores, reference: str, family: Collection[str] | None = None) -> dict[str, Claim]:
    """Arms against the reference, in macro-F1: all others, or a family that is corrected for by itself."""
    differences = scores.simultaneous_differences(reference, "macro_f1", family)
    return {arm: Claim(interval, word(interval)) for arm, interval in differences.items()}


def word(difference: Interval) -> str:
    """The word for an interval above 0, around it, or below it."""
    if difference.low > 0:
        return HELPS
    return HURTS if difference.high < 0 else INCONCLUSIVE
