"""The verdict as a flat record of numbers for metrics/verdict.json."""

from collections.abc import Mapping

from makeweight.stages.verdict.bootstrap import ARGMAX
from makeweight.stages.verdict.claims import SIGN, Claim
from makeweight.stages.verdict.interval import Interval
from makeweight.stages.verdict.judge import Verdict


def measure(verdicts: Mapping[str, Verdict], headline: str) -> dict[str, float]:
    """The headline view in full, the other views by their means and words: helps 1, inconclusive 0, hurts -1."""
    numbers: dict[str, float] = {}
    for view, verdict in verdicts.items():
        in_full = view == headline
        prefix = "" if in_full else f"{view}."
        for score in ("macro_f1", "minority_recall"):
            for arm, interval in verdict.scores.scores(score).items():
                name = f"{prefix}{arm}.{score}"
                numbers |= interval_metrics(name, interval) if in_full else {f"{name}.mean": interval.mean}
        for arm, value in verdict.scores.argmax_means().items():
            numbers[f"{prefix}{arm}.{ARGMAX}.mean"] = value
        for arm in verdict.arms:
            numbers[f"{prefix}{arm}.recommended"] = int(arm == verdict.choices.recommended)
            numbers |= claim_metrics(verdict, arm, f"{prefix}{arm}", in_full)
    main = verdicts[headline]
    recommended = main.scores.score(main.choices.recommended, "macro_f1")
    return numbers | interval_metrics("recommended.macro_f1", recommended)


def claim_metrics(verdict: Verdict, arm: str, name: str, in_full: bool) -> dict[str, float]:
    """The words on one arm as numbers; in full, with their intervals, chances and what could have been found."""
    references = {"none": verdict.against_none, "rule": verdict.against_rule, "simple": verdict.against_simple}
    return words_as_numbers(references, arm, name, in_full)


def words_as_numbers(
    references: Mapping[str, Mapping[str, Claim]], arm: str, name: str, in_full: bool
) -> dict[str, float]:
    """The same from the claims against each reference; an arm without a claim has no numbers."""
    numbers: dict[str, float] = {}
    for reference, claims in references.items():
        if arm in claims:
            key, claim = f"{name}.against_{reference}", claims[arm]
            numbers[f"{key}.word"] = SIGN[claim.word]
            if in_full:
                numbers |= interval_metrics(key, claim.interval) | {f"{key}.p": claim.interval.p}
                numbers[f"{key}.detectable"] = claim.interval.detectable
    return numbers


def interval_metrics(name: str, interval: Interval) -> dict[str, float]:
    """Mean, low and high under the name."""
    return {f"{name}.mean": interval.mean, f"{name}.low": interval.low, f"{name}.high": interval.high}
