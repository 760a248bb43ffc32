"""The first screen: which way of balancing to use, what was compared, and how sure that is."""

from collections.abc import Sequence

from markupsafe import Markup

from makeweight.balance.arm import NONE, Arm
from makeweight.results import figures
from makeweight.results.cleaning import ClassSize, GoneClass
from makeweight.results.markup import join, number, readable, signed, tag
from makeweight.results.run import Run
from makeweight.results.verdict import HELPS, HURTS, INCONCLUSIVE, ArmResult, Verdict
from makeweight.stages.report.sections import not_made_yet

REFITTED = (
    "Refit: once a network has learned, its last layer is trained once more on real samples alone, all classes "
    "equally likely."
)
AMOUNTS = "The number behind an engine's name: its synthetic samples, in percent of what a full balance needs."
MOST_GONE = 12
"""Classes that the first screen names one by one."""
FEW_TEST_ROWS = 10
VIEWS = {
    "fusion": "all classifiers together",
    "image": "a network that sees the pictures",
    "text": "a network that sees the texts",
    "tabular": "a network that sees the table",
    "trees": "trees on the table",
}
"""Whose score the first screen tells."""
MEANINGS = {
    HELPS: "helps: better than doing nothing by more than chance",
    INCONCLUSIVE: "inconclusive: the data can't tell it from doing nothing",
    HURTS: "hurts: worse than doing nothing by more than chance",
}


def render_opening(run: Run, alpha: float) -> Markup:
    """Headline, what was compared, the interval chart and the sentences of the verdict."""
    verdict = run.verdict
    if verdict is None:
        title = tag("h1", "Which way of balancing helps is not known yet.")
        return join([title, gone_classes(run), not_made_yet("verdict")])
    seconds = [before_and_after(run, verdict), *(engine_line(engine, verdict) for engine in verdict.chosen)]
    meanings = [tag("li", text, class_=figures.TONES[word]) for word, text in MEANINGS.items()]
    label = f"macro-F1 against doing nothing, points ({100 * (1 - alpha):.0f} % interval)"
    parts = [
        tag("h1", headline(verdict)),
        gone_classes(run),
        *(tag("p", text, class_="second") for text in seconds if text),
        tag("p", compared(run, verdict), class_="lead"),
        tag("p", how_sure(alpha), class_="note"),
        few_test_rows(run.class_sizes),
        tag("ul", join(meanings), class_="words"),
        figures.arm_intervals(verdict, label),
        tag("ul", join([tag("li", sentence) for sentence in verdict.sentences.values()]), class_="sentences"),
    ]
    return join(parts)


def gone_classes(run: Run) -> Markup:
    """Which classes the clean samples lack, with their rows and what keeps them; nothing where none is gone."""
    gone = run.cleaning.gone if run.cleaning else ()
    if not gone:
        return Markup("")
    shown = [gone_class(one) for one in gone[:MOST_GONE]]
    if len(gone) > MOST_GONE:
        rest = sum(one.rows for one in gone[MOST_GONE:])
        shown.append(tag("li", f"and {len(gone) - MOST_GONE} more with {number(rest)} rows"))
    count = "One class is gone" if len(gone) == 1 else f"{len(gone)} classes are gone"
    lead = f"{count}: the clean samples have no row of {'it' if len(gone) == 1 else 'them'}."
    return tag("div", join([tag("p", lead), tag("ul", join(shown))]), class_="warning")


def gone_class(one: GoneClass) -> Markup:
    """A class with its rows, the rule that took them, and the card's line that keeps them."""
    rule = Markup(", most taken by the rule {}").format(readable(one.rule)) if one.rule else Markup("")
    remedy = Markup("; to keep it, in the card: {}").format(tag("code", one.remedy)) if one.remedy else Markup("")
    rows = "1 row" if one.rows == 1 else f"{number(one.rows)} rows"
    return tag("li", Markup("{}: {}{}{}").format(tag("strong", one.label), rows, rule, remedy))


def headline(verdict: Verdict) -> str:
    """What to do, in plain words: an arm is named for use only where it is shown to help."""
    result = verdict.result(verdict.recommended)
    if result is not None and result.against_none.word == HELPS:
        return (
            f"Use {readable(verdict.recommended)}: it helps by {abs(result.against_none.difference.mean):.1f} points."
        )
    if not any(result.against_none.word == HELPS for result in verdict.arms):
        return "Add nothing: nothing is shown to be better than none, the training data as they are."
    return f"Add nothing: {not_confirmed(verdict)}"


def not_confirmed(verdict: Verdict) -> str:
    """Why nothing is recommended although some arm helps on the test samples."""
    preferred = verdict.recommended if verdict.recommended != NONE else verdict.preferred
    result = verdict.result(preferred)
    if result is None:
        return "on the validation samples no way of balancing was better by more than chance."
    name, points = readable(preferred), signed(result.against_none.difference.mean)
    return f"{name}, which validation chose, is not shown to help on the test samples ({points} points)."


def before_and_after(run: Run, verdict: Verdict) -> str:
    """The score without and with the recommended arm, and which other arms chance can't tell from it."""
    before, after = (run.score(arm).macro_f1 for arm in (NONE, verdict.recommended))
    if verdict.recommended == NONE or before is None or after is None:
        return ""
    text = f"Macro-F1 goes from {before.mean:.1f} to {after.mean:.1f} of 100 points."
    if verdict.recommended != verdict.best_simple:
        return text
    return f"{text} {others_against_best(verdict)}".strip()


def others_against_best(verdict: Verdict) -> str:
    """Which other arms chance can't tell from the recommended one; of many, those that it can are named."""
    others = [result for result in verdict.arms if result.arm != verdict.recommended]
    same = [result for result in others if is_inconclusive(result)]
    different = [result for result in others if not is_inconclusive(result)]
    if len(same) > max(3, len(different)):
        if not different:
            return f"None of the {len(others)} other ways can be told from it."
        return f"Of the {len(others)} other ways, all but {names(different)} can't be told from it."
    return f"The comparison with it is inconclusive for {names(same)}." if same else ""


def is_inconclusive(result: ArmResult) -> bool:
    """Whether chance can't tell the arm from the best simple one."""
    return result.against_simple is not None and result.against_simple.word == INCONCLUSIVE


def names(results: Sequence[ArmResult]) -> str:
    """The arms' names as words."""
    return ", ".join(readable(result.arm) for result in results)


def engine_line(engine: str, verdict: Verdict) -> str:
    """One short sentence on the samples of one engine, against doing nothing and against the best simple arm."""
    result = verdict.result(engine)
    if verdict.chosen[engine] == NONE or result is None:
        return f"Synthetic samples of {readable(engine)}: validation chose to add none."
    claim, other = result.against_none, result.against_simple
    effect = {HELPS: "help", HURTS: "hurt", INCONCLUSIVE: "are inconclusive"}[claim.word]
    first = f"Synthetic samples of {readable(engine)} {effect} ({signed(claim.difference.mean)} points)"
    if other is None:
        return f"{first}."
    best = readable(verdict.best_simple)
    second = {
        HELPS: f"are better than {best}",
        HURTS: f"are worse than {best}",
        INCONCLUSIVE: f"the comparison with {best} is inconclusive",
    }[other.word]
    turn = "but" if claim.word == HELPS and other.word != HELPS else "and"
    mean, low, high = (signed(end) for end in (other.difference.mean, other.difference.low, other.difference.high))
    return f"{first}, {turn} {second} ({mean} points, {low} to {high})."


def compared(run: Run, verdict: Verdict) -> str:
    """What was compared with what, on which data."""
    sizes, cleaning, seeds = run.split_sizes, run.cleaning, run.seeds(verdict.view)
    parts = [f"{len(verdict.arms)} ways of balancing"]
    parts.append(f"the {number(run.train_rows)} training samples" if run.train_rows else "the training samples")
    parts.append(f"of {number(cleaning.classes)} classes" if cleaning and cleaning.classes else "")
    parts.append("were compared with doing nothing")
    first = " ".join(part for part in parts if part)
    first += trained(seeds)
    tested = number(sizes.test) if sizes and sizes.test else "the"
    view = VIEWS.get(verdict.view, readable(verdict.view))
    amounts = AMOUNTS if verdict.chosen else ""
    refitted = REFITTED if any(Arm.parse(result.arm).refit for result in verdict.arms) else ""
    return (
        f"{first}, and tested on {tested} samples that nothing was fitted to or chosen by. The score is macro-F1 "
        f"of {view}: how well the average class is recognised, rare classes counting as much as common ones, "
        f"from 0 to 100 points. {amounts} {refitted}"
    ).strip()


def trained(seeds: int | None) -> str:
    """How often each arm was trained, as the end of a clause; one start says nothing of how much starts differ."""
    if seeds is None:
        return ""
    if seeds == 1:
        return ", each trained once, so that the bars leave out how much training runs differ"
    return f", each trained {number(seeds)} times from other random starts"


def few_test_rows(sizes: Sequence[ClassSize]) -> Markup:
    """The classes with so few test samples that little can be said of them; nothing where there are none."""
    few = sorted((size.test, size.label) for size in sizes if size.test is not None and size.test < FEW_TEST_ROWS)
    if not few:
        return Markup("")
    shown = [f"{label} ({count})" for count, label in few[:MOST_GONE]]
    shown += [f"{len(few) - MOST_GONE} more"] if len(few) > MOST_GONE else []
    text = (
        f"Classes with fewer than {FEW_TEST_ROWS} test samples: {', '.join(shown)}. A class counts as much as any "
        "other, so that each of these samples moves the score by much, and the bars are wide."
    )
    return tag("p", text, class_="note")


def how_sure(alpha: float) -> str:
    """How to read the bars."""
    return (
        f"Zero: doing nothing. Dot: mean difference. Bar: {100 * (1 - alpha):.0f} % interval from a paired bootstrap "
        "over test samples and random starts. The words are corrected for how many ways were tried; where a bar "
        "crosses the line, the way can't be told from doing nothing."
    )
