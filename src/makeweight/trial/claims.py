"""Differences between arms over all splits, with intervals that hold together, and the words for them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from makeweight.balance.arm import DECISION_RULE, NONE
from makeweight.results.resampled_t import pool, simultaneous_width
from makeweight.stages.verdict.claims import INCONCLUSIVE, Claim, word
from makeweight.stages.verdict.interval import Interval
from makeweight.trial.one_split import Scores

FEWEST_SPLITS = 3
"""With fewer, nothing is claimed: two splits may agree by chance."""


@dataclass(frozen=True)
class Finding:
    """All scores of a trial, from 0 to 1."""

    scores: Mapping[str, Sequence[Scores]]
    """Arm -> its scores on each split, in the order of the contest."""
    test_by_train: float
    """Test rows of a split over its train rows."""
    resolution: float
    """What one test row more or less changes of macro-F1, about: no difference is known better than that."""
    claims: dict[str, dict[str, Claim]] = field(default_factory=dict, init=False, repr=False, compare=False)
    """Reference -> the claims against it, once they were asked for: their width takes many random numbers."""

    @property
    def splits(self) -> int:
        """How many times everything was repeated."""
        return len(next(iter(self.scores.values())))

    @property
    def arms(self) -> tuple[str, ...]:
        """The arms that were learned on every split."""
        return tuple(self.scores)

    def values(self, arm: str, name: str = "macro_f1") -> np.ndarray:
        """One score of an arm on every split."""
        return np.array([getattr(one, name) for one in self.scores[arm]])

    def mean(self, arm: str, name: str) -> float:
        """The mean of one score over all splits."""
        return float(self.values(arm, name).mean())

    def score(self, arm: str) -> Interval:
        """Macro-F1 of an arm with a 95 % interval of its own, inside 0 and 1."""
        found = pool(self.values(arm), self.test_by_train)
        return Interval(found.mean, max(0.0, found.low), min(1.0, found.high))

    def against(self, reference: str) -> dict[str, Claim]:
        """Every other arm's difference of macro-F1 to the reference; all intervals hold together."""
        if reference not in self.claims:
            self.claims[reference] = self.claims_against(reference)
        return self.claims[reference]

    def claims_against(self, reference: str) -> dict[str, Claim]:
        """What `against` returns, computed."""
        others = [arm for arm in self.arms if arm != reference]
        if reference not in self.arms or not others:
            return {}
        differences = np.stack([self.values(arm) - self.values(reference) for arm in others], axis=1)
        width = simultaneous_width(differences)
        claims = {}
        for index, arm in enumerate(others):
            found = pool(differences[:, index], self.test_by_train, least_std=self.resolution, width=width)
            # No score is below 0 or above 1, and no difference beyond that: a few splits may say more than that.
            low, high = max(-1.0, found.low), min(1.0, found.high)
            interval = Interval(found.mean, low, high, found.p, min(1.0, found.detectable))
            claims[arm] = Claim(interval, word(interval) if self.splits >= FEWEST_SPLITS else INCONCLUSIVE)
        return claims


def resolution_of(labels: np.ndarray, classes: int) -> float:
    """Return about how much of macro-F1 one row of the rarest class is, among test rows with these labels."""
    counts = np.bincount(labels, minlength=classes)
    return 1 / (classes * max(1, int(counts[counts > 0].min())))


def recommended(finding: Finding) -> str:
    """Return the arm to use: one that is shown to beat the rule, else the rule or one that is shown to help, else none.

    Among several, that with the best predictions of train rows out of fold.
    """
    over_rule = [arm for arm, claim in finding.against(DECISION_RULE).items() if claim.word == "helps" and arm != NONE]
    over_none = [arm for arm, claim in finding.against(NONE).items() if claim.word == "helps"]
    for candidates in (over_rule, [DECISION_RULE] if DECISION_RULE in over_none else over_none):
        if candidates:
            return max(candidates, key=lambda arm: finding.mean(arm, "held_out_macro_f1"))
    return NONE
