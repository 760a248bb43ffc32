"""The contest of all ways of balancing."""

from collections.abc import Sequence

import pandas as pd
from markupsafe import Markup

from makeweight.balance.arm import DECISION_RULE, Arm
from makeweight.results import figures
from makeweight.results.decisions import view_title
from makeweight.results.markup import join, readable, tag
from makeweight.results.run import Run
from makeweight.results.seconds_page import LINK
from makeweight.results.values import Interval
from makeweight.results.verdict import Claim, Verdict, ViewScore
from makeweight.stages.report.further_readings import render_headroom, render_new_groups
from makeweight.stages.report.numbers_to_use import render_numbers
from makeweight.stages.report.sections import Chapter, details, table, table_of, titled

NOTE = (
    "Macro-F1: with the decision rule that was chosen for the way (of none: without one). Argmax: the same model where "
    "the most probable class is predicted; what lies between is the rule's. Average precision: mean over the classes; "
    "no decision rule can change it."
)
COST_NOTE = (
    "Membership attack: how well an attacker can tell who was in training, 0.5 is not at all; the worst of all "
    "modalities. Training steps: of the classifiers, over all kinds of data and random starts, and of the engines that "
    "the way needs (trees take none). What the last run took in seconds differs from run to run, so that it is not on "
    "this page: "
)


def render(run: Run) -> Markup:
    """Every arm with its scores, then dose and response, who gains, and the other views."""
    verdict = run.verdict
    if verdict is None:
        return Markup("")
    lines = [arm_line(arm, run, verdict) for arm in verdict.arm_names]
    best = [arm == verdict.recommended for arm in verdict.arm_names]
    words = ["way of balancing", *(str(name) for line in lines for name in line if str(name).startswith("against"))]
    clock = Markup('<a href="{}">seconds on the machine that made it</a>.').format(LINK)
    parts = [known_table(lines, words, best), tag("p", NOTE, class_="note")]
    costs = known_table([cost_line(arm, run) for arm in verdict.arm_names], [], best)
    parts.append(details("What each way costs", join([costs, tag("p", join([COST_NOTE, clock]), class_="note")])))
    parts += [*left_out_lines(verdict), render_numbers(verdict)]
    parts += render_headroom(verdict.headroom, verdict)
    doses = figures.dose_response(run.doses)
    engines = list(dict.fromkeys(dose.engine for dose in run.doses))
    title = f"Dose and response: {engines[0]}" if len(engines) == 1 else "Dose and response"
    parts.append(titled(title, doses or tag("p", "No engine has several amounts.", class_="note")))
    arms = set(verdict.arm_names)
    changes = [change for change in run.class_changes if change.arm in arms]
    if changes:
        parts.append(
            titled("Who gains: change of each class's recall, points", figures.class_changes(changes, run.class_sizes))
        )
        parts.append(tag("p", figures.CHANGES_NOTE, class_="note"))
    for index, (title, matrix) in enumerate(figures.arm_confusions(run)):
        head = tag("h3", "Which class is taken for which") if index == 0 else Markup("")
        parts.append(join([head, details(title, matrix, is_open=index == 0)]))
    views = [score for score in run.views if score.arm in arms]
    if len({score.view for score in views}) > 1:
        parts.append(titled("Each view by itself, and all together", view_table(views)))
        parts.append(tag("p", idle_note(verdict, list(dict.fromkeys(score.view for score in views))), class_="note"))
    parts += render_new_groups(verdict.new_groups)
    return join(parts)


def known_table(lines: Sequence[dict[str, object]], words: Sequence[str], best: Sequence[bool]) -> Markup:
    """A table without the columns of which nothing is known."""
    return table(pd.DataFrame(lines, dtype=object).dropna(axis="columns", how="all"), words, best)


def left_out_lines(verdict: Verdict) -> list[Markup]:
    """One line per way that means nothing for these data."""
    return [
        tag("p", f"Left out: {reason if reason.startswith(arm) else f'{readable(arm)}, {reason}'}.", class_="note")
        for arm, reason in verdict.left_out.items()
    ]


def idle_note(verdict: Verdict, views: Sequence[str]) -> str:
    """Which parts of ways change nothing in which kind of data, so that their cells are empty; nothing if none."""
    notes = []
    for view in views:
        idle = dict.fromkeys(part for arm in verdict.arm_names for part in Arm.parse(arm).idle_in(view))
        if idle:
            notes.append(f"{', '.join(map(readable, idle))} in {view}")
    return f"Empty where a way changes nothing and would repeat another: {'; '.join(notes)}." if notes else ""


def arm_line(arm: str, run: Run, verdict: Verdict) -> dict[str, object]:
    """One arm of the contest in words and points."""
    score, result, beside = run.score(arm), verdict.result(arm), run.scores_beside(arm, verdict.view)
    # Where the rule is the best simple way, one column says both.
    against_simple = {"against the best simple way": word_of(result.against_simple if result else None)}
    if verdict.best_simple == DECISION_RULE:
        against_simple = {}
    return {
        "way of balancing": readable(arm),
        "macro-F1": text_of(score.macro_f1),
        "argmax": points(beside.argmax_macro_f1),
        "average precision": points(beside.average_precision),
        "recall of rare classes": text_of(score.minority_recall),
        "against none": word_of(result.against_none if result else None),
        "against the decision rule": word_of(result.against_rule if result else None),
        **against_simple,
    }


def cost_line(arm: str, run: Run) -> dict[str, object]:
    """What one arm adds and takes, and what it may reveal."""
    cost, fidelity = run.cost(arm), run.fidelity
    attacks = [fidelity.worst_membership_auc(engine) for engine in Arm.parse(arm).engines] if fidelity else []
    return {
        "way of balancing": readable(arm),
        "synthetic rows": cost.rows,
        "training steps": cost.steps,
        "membership attack": max((attack for attack in attacks if attack is not None), default=None),
    }


def word_of(claim: Claim | None) -> str | None:
    """The word of a claim; None for an arm that is not compared."""
    return claim.word if claim else None


def points(value: float | None) -> str | None:
    """A score in points with one digit."""
    return None if value is None else f"{value:.1f}"


def text_of(interval: Interval | None) -> str | None:
    """A mean with its interval."""
    return None if interval is None else interval.as_score


def view_table(scores: Sequence[ViewScore]) -> Markup:
    """Arms by views, macro-F1 with its interval."""
    lines: dict[str, dict[str, object]] = {}
    for score in scores:
        line = lines.setdefault(score.arm, {"way of balancing": readable(score.arm)})
        line[f"{score.view} ({view_title(score.view)})"] = text_of(score.macro_f1)
    return table_of(list(lines.values()))


CHAPTER = Chapter(
    "contest",
    "The contest of all ways of balancing",
    "Means over the random starts of each way on the real test split, with intervals; the recommended way is in bold.",
    ("verdict", "contest"),
    render,
)
