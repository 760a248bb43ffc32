"""The verdict on one view: choices are made on validation, words come from the test split."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from makeweight.balance.arm import DECISION_RULE, NONE, Arm
from makeweight.stages.verdict.bootstrap import BootstrapScores
from makeweight.stages.verdict.choices import Choices, choose, confirmed, helps_in
from makeweight.stages.verdict.claims import HELPS, SAME, Claim, claims
from makeweight.stages.verdict.groups import Group, best_group


@dataclass(frozen=True)
class Verdict:
    """The choices, scores and claims of one view."""

    view: str
    choices: Choices
    scores: BootstrapScores
    against_none: Mapping[str, Claim]
    against_simple: Mapping[str, Claim]
    against_rule: Mapping[str, Claim] = field(default_factory=dict)
    """Arm -> its claim against the decision rule; empty where the rule is no arm."""
    group: Group | None = None
    """The arms that help and of which none is shown to be better than another; None where no arm helps."""

    @property
    def arms(self) -> tuple[str, ...]:
        """All arms; each engine's choice is one more, under the engine's name."""
        return self.scores.arms

    @property
    def has_rule(self) -> bool:
        """Whether the decision rule is an arm of its own."""
        return DECISION_RULE in self.scores.arms

    @property
    def zero(self) -> str:
        """The arm that an engine's arms are without its rows: the decision rule, which all of them have, or `none`."""
        return DECISION_RULE if self.has_rule else NONE

    def line(self, arm: str) -> str:
        """The name under which the words on an arm stand: its engine's where validation chose it, else its own.

        Validation's choice is one hypothesis per engine, so that its words are corrected for validation's choices only.
        """
        return next((engine for engine, chosen in self.choices.chosen.items() if chosen == arm != NONE), arm)

    def rule_share(self, arm: str) -> tuple[float, float] | None:
        """What an arm gains over `none`, and what the decision rule gains; None where the arm is not shown to gain."""
        arm = self.line(arm)
        if not self.has_rule or arm == DECISION_RULE or not helps_in(self.against_none, arm):
            return None
        return self.against_none[arm].interval.mean, self.against_none[DECISION_RULE].interval.mean


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


def judge(
    view: str, validation: BootstrapScores, test: BootstrapScores, engines: Mapping[str, Sequence[str]]
) -> Verdict:
    """Choose on validation, compare on test; `engines` is what `arms_of_engines` found.

    Every arm's words are corrected for all arms, since they are a search. What validation chose are a few hypotheses:
    the arm to use and one for each engine. Their words are corrected for these few only: in the line of each engine,
    and for the arm to use, where it is no engine's, in its own.
    """
    choices = choose(validation, engines)
    # A list without doubles: where the rule is the best simple arm, both references are one.
    references = dict.fromkeys((NONE, choices.best_simple, *((DECISION_RULE,) if DECISION_RULE in test.arms else ())))
    found = {reference: claims(test, reference) for reference in references}
    # Before the engines' choices are added as arms: they repeat an arm, and must not count as further ones.
    of_choices = {reference: choice_claims(test, reference, choices) for reference in found}
    by_arm = {reference: found[reference] | of_choices[reference] for reference in found}
    choices = confirmed(choices, by_arm[NONE], by_arm.get(DECISION_RULE, {}))
    own_line = {choices.preferred} - {NONE, *choices.chosen.values()}
    for reference in found:
        found[reference] |= {arm: of_choices[reference][arm] for arm in own_line - {reference}}
    group = best_group(test, [arm for arm, claim in found[NONE].items() if claim.word == HELPS])
    of_engines = {reference: engine_claims(of_choices[reference], reference, choices.chosen) for reference in found}
    for engine, arm in choices.chosen.items():
        test = test.with_arm(engine, like=arm)
    all_claims = {reference: found[reference] | of_engines[reference] for reference in found}
    return Verdict(
        view=view,
        choices=choices,
        scores=test,
        against_none=all_claims[NONE],
        against_simple=all_claims[choices.best_simple],
        against_rule=all_claims.get(DECISION_RULE, {}),
        group=group,
    )


def choice_claims(test: BootstrapScores, reference: str, choices: Choices) -> dict[str, Claim]:
    """Arm that validation chose -> its claim against the reference, corrected for the number of such arms."""
    family = {choices.preferred, *choices.chosen.values()} - {NONE, reference}
    return claims(test, reference, sorted(family))


def engine_claims(of_choices: Mapping[str, Claim], reference: str, chosen: Mapping[str, str]) -> dict[str, Claim]:
    """Engine -> the claim of its arm against the reference.

    An engine of which validation chose to add nothing is `none` itself, and is compared with nothing else.
    """
    known = {**of_choices, NONE: SAME} if reference == NONE else of_choices
    return {engine: known[arm] for engine, arm in chosen.items() if arm in known}
