"""The verdict in sentences: what to use, whether it helped, and how the synthetic samples did."""

from makeweight.balance.arm import NONE
from makeweight.stages.verdict.judge import HELPS, INCONCLUSIVE, Claim, Verdict


def sentences(verdict: Verdict) -> dict[str, str]:
    """The recommendation, and a sentence for every engine under its name."""
    choices = verdict.choices
    found = {"recommendation": recommendation(verdict)}
    for engine, arm in choices.chosen.items():
        if arm == NONE:
            found[engine] = f"{engine}: validation chose to add none of its samples."
            continue
        sentence = f"{engine} (as validation chose: {arm}): {against(verdict.against_none[engine], NONE)}"
        if choices.best_simple != NONE:
            sentence += f"; {against(verdict.against_simple[engine], choices.best_simple)}"
        found[engine] = f"{sentence}."
    return found


def recommendation(verdict: Verdict) -> str:
    """What to use, its score, and what the test split says about the choice."""
    arm, simple = verdict.choices.recommended, verdict.choices.best_simple
    score = verdict.scores.score(arm, "macro_f1").points()
    result = f"macro-F1 {score.mean:.1f} ({score.low:.1f} to {score.high:.1f}) on the test split"
    if arm == NONE:
        return f"Add nothing: {result}; {why_nothing(verdict)}."
    sentence = f"Use {arm}, which validation chose: {result}; {against(verdict.against_none[arm], NONE)}"
    if arm != simple and simple != NONE:
        sentence += f"; {against(verdict.against_simple[arm], simple)}, the best simple way"
    return f"{sentence}."


def why_nothing(verdict: Verdict) -> str:
    """Why no arm is recommended: none is shown to help, or not the one that validation chose."""
    preferred = verdict.choices.preferred
    if any(claim.word == HELPS for claim in verdict.against_none.values()):
        reason = "on validation no way of balancing was better by more than noise" if preferred == NONE else ""
    else:
        reason = f"nothing is shown to be better than {NONE}"
    chosen = (
        "" if preferred == NONE else f"validation chose {preferred}: {against(verdict.against_none[preferred], NONE)}"
    )
    return "; ".join(part for part in (reason, chosen) if part)


def against(claim: Claim, reference: str) -> str:
    """A claim in words: `it helps by 3.1 points against none (+1.0 to +5.2)`."""
    points = claim.interval.points()
    between = f"{points.low:+.1f} to {points.high:+.1f}"
    if claim.word == INCONCLUSIVE:
        return f"inconclusive against {reference} ({points.mean:+.1f} points, {between})"
    return f"it {claim.word} by {abs(points.mean):.1f} points against {reference} ({between})"
