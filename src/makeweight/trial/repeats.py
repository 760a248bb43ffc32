"""The contest on several random splits, as many as fit into the time."""

import time
from collections.abc import Callable

import numpy as np
from sklearn.model_selection import StratifiedGroupKFold, StratifiedShuffleSplit

from makeweight.core.random import repeat_seed
from makeweight.trial.claims import Finding, resolution_of
from makeweight.trial.one_split import Contest, Scores, run_split

TEST_SHARE = 0.3
FEWEST, MOST = 2, 15
"""Splits: with one there is no interval; from so many on, further ones hardly narrow it, since all share rows."""
LIMIT = 100
"""Splits that a user can ask for."""

Progress = Callable[[float, float, str], None]
"""Called with the share that is done (0 to 1), the seconds left, and what is being done."""


def silent(share: float, seconds: float, doing: str) -> None:
    """Tell nobody."""


def split_rows(labels: np.ndarray, groups: np.ndarray | None, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return positions of train and test rows: stratified by label, the rows of a group on one side."""
    if groups is None:
        splits = StratifiedShuffleSplit(1, test_size=TEST_SHARE, random_state=seed)
        return next(splits.split(labels, labels))
    folds = StratifiedGroupKFold(round(1 / TEST_SHARE), shuffle=True, random_state=seed)
    return next(folds.split(labels, labels, groups))


class Clock:
    """How far a trial is, and how long it will take, by what its pieces of work took."""

    def __init__(self, jobs: int, seconds: float, splits: int | None, progress: Progress) -> None:
        self.start = time.monotonic()
        self.jobs, self.seconds, self.chosen, self.progress = jobs, seconds, splits, progress
        self.done = self.splits = 0
        self.passed_at_first = self.passed_at_split = 0.0

    @property
    def passed(self) -> float:
        """Seconds since the beginning."""
        return time.monotonic() - self.start

    @property
    def planned(self) -> int:
        """Splits that will have been made in the end, as far as is known now."""
        if self.chosen is not None:
            return self.chosen
        if not self.splits:
            return within_bounds(self.seconds * self.done / (self.jobs * max(self.passed, 1e-9)))
        more = (self.seconds - self.passed_at_split) * self.splits / self.passed_at_split
        return within_bounds(self.splits + max(0.0, more))

    def left(self, pieces: int) -> float:
        """Return the seconds until so many pieces of work are done.

        The first piece loads libraries too and says little about the others: after it, the time that was given counts.
        """
        if self.done == 1:
            return max(0.0, self.seconds - self.passed)
        return (self.passed - self.passed_at_first) / (self.done - 1) * max(0, pieces - self.done)

    def tick(self) -> None:
        """Count one piece of work."""
        self.done += 1
        if self.done == 1:
            self.passed_at_first = self.passed
        planned = self.planned
        pieces = self.jobs * planned
        about = "" if self.splits or self.chosen else "about "
        text = f"split {self.splits + 1} of {about}{planned}"
        self.progress(min(1.0, self.done / pieces), self.left(pieces), text)

    def end_split(self) -> bool:
        """Count a split; return whether there is time for another one."""
        self.splits += 1
        self.passed_at_split = self.passed
        return self.splits < self.planned


def within_bounds(splits: float) -> int:
    """Return a number of splits that is neither too small nor larger than worth while."""
    return min(MOST, max(FEWEST, int(splits)))


def run(
    contest: Contest, groups: np.ndarray | None, seconds: float, splits: int | None, seed: int, progress: Progress
) -> tuple[Finding, float]:
    """Return the scores of all splits, and the seconds that they took.

    `splits` are made, or where it is None as many as fit into the seconds: at least `FEWEST`, however long they take.
    """
    clock = Clock(contest.jobs, seconds, splits, progress)
    found: list[dict[str, Scores]] = []
    ratios, resolutions = [], []
    more = True
    while more:
        own = repeat_seed(seed, len(found))
        train, test = split_rows(contest.labels, groups, own)
        found.append(run_split(contest, train, test, own, clock.tick))
        ratios.append(len(test) / len(train))
        resolutions.append(resolution_of(contest.labels[test], len(contest.classes)))
        more = clock.end_split()
    complete = [arm.name for arm in contest.arms if all(arm.name in one for one in found)]
    scores = {arm: [one[arm] for one in found] for arm in complete}
    return Finding(scores, float(np.mean(ratios)), float(np.mean(resolutions))), clock.passed
