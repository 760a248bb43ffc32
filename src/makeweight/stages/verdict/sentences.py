"""The verdict in sentences: what to use, whose gain it is, and how the synthetic samples did."""

from collections.abc import Mapping
from typing import Any

import numpy as np

from makeweight.balance.arm import DECISION_RULE, NONE
from makeweight.core.names import count_word
from makeweight.learn.decision_rule import favoured
from makeweight.stages.verdict.claims import HELPS, INCONCLUSIVE, Claim
from makeweight.stages.verdict.groups import Group
from makeweight.stages.verdict.judge import Verdict

RULE = "the decision rule"
NEGLIGIBLE = 0.05
"""Points that are written as 0.0: no gain to speak of."""
NOT_CHOSEN = " Validation chose none of them: this is a finding to confirm on other rows, not yet a recommendation."
MOST_NAMED = 6
"""Classes whose numbers fit into a sentence."""


def sentences(verdict: Verdict) -> dict[str, str]:
    """The recommendation, whose gain it is, which ways are level, and a sentence for every engine under its name."""
    choices = verdict.choices
    found = {"recommendation": recommendation(verdict)}
    shown = next((arm for arm in (choices.recommended, choices.preferred) if arm not in (NONE, DECISION_RULE)), None)
    if share := share_of_rule(verdict, shown or choices.best_simple):
        found["share_of_rule"] = f"{share[0].upper()}{share[1:]}."
    if verdict.group is not None and len(verdict.group.arms) > 1:
        unchosen = NOT_CHOSEN if choices.recommended == NONE else ""
        found["group"] = level_ways(verdict.group) + unchosen
    for engine, arm in choices.chosen.items():
        found[engine] = on_engine(verdict, engine, arm)
    return found


def recommendation(verdict: Verdict) -> str:
    """What to use, its score, and what the test split says about the choice."""
    arm = verdict.choices.recommended
    score = verdict.scores.score(arm, "macro_f1").points()
    result = f"macro-F1 {score.mean:.1f} ({score.low:.1f} to {score.high:.1f}) on the test split"
    if arm == NONE:
        return f"Add nothing: {result}; {why_nothing(verdict)}."
    line = verdict.line(arm)
    helps = against(verdict.against_none[line], NONE)
    if arm == DECISION_RULE:
        return f"Do not resample: choose {RULE}. M{result[1:]}; {helps}{why_rule(verdict)}."
    sentence = f"Use {arm}, which validation chose: {result}; {helps}"
    for reference, claims in beyond_none(verdict):
        if line in claims:
            sentence += f"; {against(claims[line], reference)}"
    return f"{sentence}."


def beyond_none(verdict: Verdict) -> list[tuple[str, Mapping[str, Claim]]]:
    """The further references in words, each with its claims."""
    best_simple = verdict.choices.best_simple
    found: list[tuple[str, Mapping[str, Claim]]] = []
    if verdict.has_rule:
        found.append((f"{RULE} alone", verdict.against_rule))
    if best_simple not in (NONE, DECISION_RULE):
        found.append((f"{best_simple}, the best simple way", verdict.against_simple))
    return found


def why_nothing(verdict: Verdict) -> str:
    """Why no arm is recommended: none is shown to help, or not the one that validation chose."""
    preferred = verdict.choices.preferred
    if any(claim.word == HELPS for claim in verdict.against_none.values()):
        reason = "on validation no way of balancing was better by more than noise" if preferred == NONE else ""
    else:
        reason = f"nothing is shown to be better than {NONE}"
    if preferred != NONE:
        chosen = f"validation chose {preferred}: {against(verdict.against_none[verdict.line(preferred)], NONE)}"
    else:
        tried = DECISION_RULE if verdict.has_rule else verdict.choices.best_simple
        claim = verdict.against_none.get(tried)
        chosen = f"{tried} is {against(claim, NONE)}" if claim is not None and claim.word == INCONCLUSIVE else ""
    return "; ".join(part for part in (reason, chosen) if part)


def why_rule(verdict: Verdict) -> str:
    """Why nothing beyond the decision rule is recommended."""
    preferred = verdict.choices.preferred
    better = [arm for arm, claim in verdict.against_rule.items() if claim.word == HELPS]
    parts = [] if better else ["nothing is shown to be better than it"]
    if preferred != DECISION_RULE:
        parts.append(f"validation chose {preferred}: {against(verdict.against_rule[verdict.line(preferred)], RULE)}")
    elif better:
        parts.append("on validation nothing was better than it by more than noise")
    return "".join(f"; {part}" for part in parts)


def share_of_rule(verdict: Verdict, arm: str) -> str:
    """`of the 8.0 points that smote gains over doing nothing, 6.0 are the decision rule's`; empty without a gain."""
    shares = verdict.rule_share(arm)
    if shares is None:
        return ""
    gain, rule = (100 * share for share in shares)
    if rule >= gain:
        return f"all of the {gain:.1f} points that {arm} gains over doing nothing are {RULE}'s, which gains {rule:.1f}"
    if rule < NEGLIGIBLE:
        return f"none of the {gain:.1f} points that {arm} gains over doing nothing are {RULE}'s ({rule:+.1f} by itself)"
    return f"of the {gain:.1f} points that {arm} gains over doing nothing, {rule:.1f} are {RULE}'s"


def level_ways(group: Group) -> str:
    """How many ways help equally well as far as the test split shows, and the cheapest of them."""
    count = len(group.arms)
    number = count_word(count)
    any_of, none_of, another = ("Either", "neither", "the other") if count == 2 else ("Any", "none of them", "another")
    sentence = (
        f"{any_of} of {number} ways helps by about {100 * group.gain:.0f} points; {none_of} is shown to be better than "
        f"{another}; the cheapest is {RULE if group.cheapest == DECISION_RULE else group.cheapest}"
    )
    if group.worse:
        sentence += f"; {', '.join(group.worse)} {'helps' if len(group.worse) == 1 else 'help'} too, but by less"
    return f"{sentence}."


def on_engine(verdict: Verdict, engine: str, arm: str) -> str:
    """How the samples of one engine did, as validation chose to use them."""
    if arm == NONE:
        return f"{engine}: validation chose to add none of its samples."
    sentence = f"{engine} (as validation chose: {arm}): {against(verdict.against_none[engine], NONE)}"
    for reference, claims in beyond_none(verdict):
        sentence += f"; {against(claims[engine], reference)}"
    share = share_of_rule(verdict, engine)
    return f"{sentence}; {share}." if share else f"{sentence}."


def against(claim: Claim, reference: str) -> str:
    """A claim in words: `it helps by 3.1 points against none (+1.0 to +5.2)`; with what would have been found."""
    points = claim.interval.points()
    between = f"{points.low:+.1f} to {points.high:+.1f}"
    if claim.word != INCONCLUSIVE:
        return f"it {claim.word} by {abs(points.mean):.1f} points against {reference} ({between})"
    found = f"; a true gain of {points.detectable:.1f} would be found four times in five" if points.detectable else ""
    return f"inconclusive against {reference} ({points.mean:+.1f} points, {between}{found})"


def numbers_to_use(record: Mapping[str, Any], fused: bool) -> str:
    """The decision rule with its numbers, so that it can be used as it is.

    Args:
        record: of the rule, as the contest wrote it.
        fused: whether the rule decides on the fusion of several views.
    """
    names = list(record["biases"])
    whose = " of all views together" if fused else ""
    threshold = record["threshold"]
    if threshold is not None:
        index, above = favoured(threshold)
        return f"The rule: predict {names[index]} where its probability{whose} is above {above:.3f}."
    if len(names) > MOST_NAMED:
        return (
            f"The rule{whose}: to the log of each class's probability add its number in rule.csv, and predict the "
            f"class with the largest sum; that is {record['tau']:.2f} times the log of each class's share less, "
            f"{'and a correction per class' if record['kept'] else 'and nothing else'}."
        )
    biases = np.array(list(record["biases"].values()))
    factors = np.exp(biases - biases.min())
    listed = ", ".join(f"{name} {factor:.2f}" for name, factor in zip(names, factors, strict=True))
    return f"The rule: multiply the probabilities{whose} by {listed}, and predict the class with the largest product."
