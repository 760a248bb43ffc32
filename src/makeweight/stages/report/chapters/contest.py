"""The contest of all ways of balancing."""

from collections.abc import Sequence

import pandas as pd
from markupsafe import Markup

from makeweight.balance.arm import Arm
from makeweight.results import figures
from makeweight.results.markup import join, readable, tag
from makeweight.results.run import Run
from makeweight.results.values import Interval
from makeweight.results.verdict import Verdict, ViewScore
from makeweight.stages.report import seconds
from makeweight.stages.report.sections import Chapter, table, table_of, titled

NOTE = (
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
    words = ["way of balancing", "against none", "against the best simple way"]
    clock = Markup('<a href="{}">seconds on the machine that made it</a>.').format(seconds.LINK)
    parts = [table(pd.DataFrame(lines, dtype=object), words, best), tag("p", join([NOTE, clock]), class_="note")]
    parts += left_out_lines(verdict)
    doses = figures.dose_response(run.doses)
    parts.append(titled("Dose and response", doses or tag("p", "No engine has several amounts.", class_="note")))
    arms = set(verdict.arm_names)
    changes = [change for change in run.class_changes if change.arm in arms]
    if changes:
        parts.append(titled("Who gains: change of each class's recall, points", figures.class_changes(changes)))
    views = [score for score in run.views if score.arm in arms]
    if len({score.view for score in views}) > 1:
        parts.append(titled("Each kind of data alone, and all together", view_table(views)))
        parts.append(tag("p", idle_note(verdict, list(dict.fromkeys(score.view for score in views))), class_="note"))
    return join(parts)


def left_out_lines(verdict: Verdict) -> list[Markup]:
    """One line per way that means nothing for these data."""
    return [
        tag("p", f"Left out, {readable(arm)}: {reason}.", class_="note") for arm, reason in verdict.left_out.items()
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
    score, cost, result, fidelity = run.score(arm), run.cost(arm), verdict.result(arm), run.fidelity
    attacks = [fidelity.worst_membership_auc(engine) for engine in Arm.parse(arm).engines] if fidelity else []
    return {
        "way of balancing": readable(arm),
        "macro-F1": text_of(score.macro_f1),
        "recall of rare classes": text_of(score.minority_recall),
        "against none": result.against_none.word if result else None,
        "against the best simple way": result.against_simple.word if result and result.against_simple else None,
        "synthetic rows": cost.rows,
        "training steps": cost.steps,
        "membership attack": max((attack for attack in attacks if attack is not None), default=None),
    }


def text_of(interval: Interval | None) -> str | None:
    """A mean with its interval."""
    return None if interval is None else f"{interval.mean:.1f} ({interval.low:.1f} to {interval.high:.1f})"


def view_table(scores: Sequence[ViewScore]) -> Markup:
    """Arms by views, macro-F1 with its interval."""
    lines: dict[str, dict[str, object]] = {}
    for score in scores:
        line = lines.setdefault(score.arm, {"way of balancing": readable(score.arm)})
        line[score.view] = text_of(score.macro_f1)
    return table_of(list(lines.values()))


CHAPTER = Chapter(
    "contest",
    "The contest of all ways of balancing",
    "Means over several random starts on the real test split, with intervals; the recommended way is in bold.",
    ("verdict", "contest"),
    render,
)
