"""The facts that a reader needs first: score and gain, what synthetic samples did, what could be found or gained."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from makeweight.balance.arm import DECISION_RULE, NONE, Arm
from makeweight.results.markup import readable, signed
from makeweight.results.run import Run
from makeweight.results.values import Interval
from makeweight.results.verdict import HELPS, HURTS, ArmResult, Claim, Verdict

NOTHING = "doing nothing"
RULE_ALONE = "the decision rule alone"


@dataclass(frozen=True, slots=True)
class Fact:
    """A value with its name, and what a reader must know to read it rightly."""

    name: str
    value: str
    notes: tuple[str, ...]
    """One line each."""


def key_facts(run: Run, verdict: Verdict) -> list[Fact]:
    """Score, gain, synthetic samples, the smallest gain that is found, the headroom; what is not known is left out."""
    found = [score_fact(run, verdict), gain_fact(verdict), synthetic_fact(verdict), smallest_fact(verdict)]
    return [fact for fact in (*found, headroom_fact(verdict)) if fact is not None]


def data_facts(run: Run) -> list[Fact]:
    """The data set in four numbers; those that are not known are left out."""
    cleaning, sizes = run.cleaning, run.split_sizes
    if cleaning is None:
        return []
    rows, classes, ratio = cleaning.samples_out, cleaning.classes, cleaning.imbalance_ratio
    tests = None if sizes is None else sizes.test
    known = [
        Fact("clean samples", f"{rows:,}", ()) if rows is not None else None,
        Fact("classes", f"{classes:,}", ()) if classes is not None else None,
        Fact("largest to smallest class", f"{ratio:.1f} : 1", ()) if ratio is not None else None,
        Fact("test samples", f"{tests:,}", ()) if tests is not None else None,
    ]
    return [fact for fact in known if fact is not None]


def score_fact(run: Run, verdict: Verdict) -> Fact | None:
    """Macro-F1 without and with the recommended arm."""
    before, after = (run.score(arm).macro_f1 for arm in (NONE, verdict.recommended))
    if before is None or after is None:
        return None
    notes = ("of 100 points; the mean over all classes, a rare class counting as much as a common one",)
    if verdict.recommended == NONE:
        return Fact("Macro-F1 as the data are", f"{before.mean:.1f}", notes)
    return Fact("Macro-F1", f"{before.mean:.1f} \u2192 {after.mean:.1f}", notes)


def gain_fact(verdict: Verdict) -> Fact | None:
    """What the recommended arm gains; where none is recommended, what the best simple arm comes to."""
    idle = verdict.recommended == NONE
    arm = verdict.best_simple if idle else verdict.line
    result = verdict.result(arm)
    if result is None:
        return None
    claim = result.against_none
    if idle:
        notes = [f"points against {NOTHING}, interval {ends(claim.difference)}", claim.word]
        name = "Decision rule alone" if arm == DECISION_RULE else f"Best simple way: {readable(arm)}"
        return Fact(name, signed(claim.difference.mean), tuple(notes))
    notes = [f"points, interval {ends(claim.difference)}"] + ([] if claim.word == HELPS else [claim.word])
    return Fact(f"Gain over {NOTHING}", signed(claim.difference.mean), tuple(notes))


def synthetic_fact(verdict: Verdict) -> Fact | None:
    """Whether synthetic samples helped, and the best of the arms that use them; None where no arm does."""
    own, best = synthetic_arms(verdict), best_synthetic(verdict)
    if best is None:
        return None
    recommended = best if best.arm == verdict.line else None
    ways = "the way that adds them" if len(own) == 1 else f"best of {len(own)} ways that add them"
    arm = f"recommended: {readable(verdict.recommended)}" if recommended else f"{ways}: {readable(best.arm)}"
    notes = [arm, f"{points(best.against_none)} against {NOTHING}"]
    if best.against_rule is not None:
        notes.append(f"{points(best.against_rule)} against {RULE_ALONE}")
    return Fact("Synthetic samples", effect(own, recommended), tuple(notes))


def synthetic_arms(verdict: Verdict) -> list[ArmResult]:
    """The arms that add synthetic rows of an engine."""
    return [result for result in verdict.arms if Arm.parse(result.arm).engines]


def best_synthetic(verdict: Verdict) -> ArmResult | None:
    """The recommended arm if it adds synthetic rows, else the best of those that do; None where no arm does."""
    own = synthetic_arms(verdict)
    recommended = verdict.result(verdict.line) if Arm.parse(verdict.recommended).engines else None
    return recommended or max(own, key=lambda result: result.against_none.difference.mean, default=None)


def effect(own: Sequence[ArmResult], recommended: ArmResult | None) -> str:
    """What the arms with synthetic samples do, in a few words that claim no more than the intervals show."""
    words = [result.against_none.word for result in own]
    beyond = [result.against_rule.word for result in own if result.against_rule is not None]
    if recommended is not None:
        return "help"
    if HELPS in (beyond or words):
        return "help, but were not chosen"
    if HELPS in words:
        return "not shown to beat the rule"
    return "hurt" if all(word == HURTS for word in words) else "not shown to help"


def smallest_fact(verdict: Verdict) -> Fact | None:
    """The smallest true gain that the test samples show four times in five."""
    over_none = smallest_gain([result.against_none for result in verdict.arms])
    if over_none is None:
        return None
    notes = [f"points over {NOTHING}, found four times in five"]
    over_rule = smallest_gain([result.against_rule for result in verdict.arms if result.against_rule is not None])
    notes += [] if over_rule is None else [f"{over_rule:.1f} over {RULE_ALONE}"]
    return Fact("Smallest gain this test finds", f"{over_none:.1f}", (*notes, "Smaller ones are often missed"))


def headroom_fact(verdict: Verdict) -> Fact | None:
    """What the rows are worth that were taken out of the train split on purpose; None where none were."""
    if verdict.headroom is None:
        return None
    gain, share = verdict.headroom.over_none, verdict.headroom.shares.get(verdict.line)
    notes = [f"points, interval {ends(gain)}: with all rows back that were taken out"]
    notes += [] if share is None else [f"{arm_name(verdict.recommended)} gains {100 * share:.0f} % of it"]
    return Fact("Headroom", signed(gain.mean), tuple(notes))


def smallest_gain(claims: Sequence[Claim]) -> float | None:
    """The middle one of the smallest gains that would have been found; None where none is known."""
    found = [claim.detectable for claim in claims if claim.detectable is not None]
    return median(found) if found else None


def arm_name(arm: str) -> str:
    """An arm as words; the decision rule with its article."""
    return RULE_ALONE if arm == DECISION_RULE else readable(arm)


def points(claim: Claim) -> str:
    """`+3.1 (+1.0 to +5.0)`."""
    return f"{signed(claim.difference.mean)} ({ends(claim.difference)})"


def ends(interval: Interval) -> str:
    """`+1.0 to +5.0`."""
    return f"{signed(interval.low)} to {signed(interval.high)}"
