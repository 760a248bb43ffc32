"""Which arms help equally well as far as the test split can show, and which of them is the cheapest."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from makeweight.balance.arm import DECISION_RULE, NONE, SIMPLE, Arm
from makeweight.stages.verdict.bootstrap import BootstrapScores
from makeweight.stages.verdict.claims import INCONCLUSIVE, claims


@dataclass(frozen=True)
class Group:
    """Arms that help, and of which none is shown to be better than another."""

    arms: tuple[str, ...]
    """The best first."""
    worse: tuple[str, ...]
    """Arms that help too, and are shown to be worse than one of the group."""
    cheapest: str
    """The arm of the group that needs least."""
    gain: float
    """Median gain in macro-F1 over `none`."""


def best_group(test: BootstrapScores, helping: Sequence[str]) -> Group | None:
    """The arms with the highest mean, as many as have no difference between any two of them; None without any.

    Arms are taken from the best on. One that is shown to be worse than an arm of the group ends up outside: differences
    are corrected for all arms that help, against each reference, so that a difference is found rather than overlooked.

    Args:
        test: the scores on the test split.
        helping: the arms that are shown to help.
    """
    if not helping:
        return None
    means = dict(zip(test.arms, test.measured["macro_f1"].mean(1), strict=True))
    by_mean = sorted(helping, key=lambda arm: -means[arm])
    inside: list[str] = []
    differing: set[str] = set()
    for arm in by_mean:
        if arm in differing:
            continue
        inside.append(arm)
        others = claims(test, arm, [other for other in by_mean if other != arm])
        differing |= {other for other, claim in others.items() if claim.word != INCONCLUSIVE and other not in inside}
    gains = [means[arm] - means[NONE] for arm in inside]
    worse = tuple(arm for arm in by_mean if arm not in inside)
    return Group(tuple(inside), worse, min(inside, key=cost), float(np.median(gains)))


def cost(arm: str) -> tuple[int, int, int]:
    """What an arm needs, to be compared: engines, then parts, then the order of the simple ways or the amount."""
    parts = Arm.parse(arm).parts
    single = SIMPLE.index(parts[0].name) if len(parts) == 1 and parts[0].name in SIMPLE else len(SIMPLE)
    amounts = sum(part.amount or 0 for part in parts if part.is_engine)
    return sum(part.is_engine for part in parts), 0 if arm == DECISION_RULE else len(parts), amounts or single
