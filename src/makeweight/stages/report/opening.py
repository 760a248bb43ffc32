"""The first screen: which way of balancing to use, what was compared, and how sure that is."""

from markupsafe import Markup, escape

from makeweight.balance.arm import DECISION_RULE, NONE, Arm
from makeweight.results import figures
from makeweight.results.decisions import FUSION, view_title
from makeweight.results.markup import join, number, readable, signed, tag
from makeweight.results.run import Run
from makeweight.results.verdict import HELPS, HURTS, INCONCLUSIVE, Verdict
from makeweight.stages.report.numbers_to_use import ANCHOR
from makeweight.stages.report.sections import details, not_made_yet
from makeweight.stages.report.small_classes import few_test_rows, gone_classes
from makeweight.stages.report.ways import before_and_after, engine_line, nothing_left, smallest_gain

THE_RULE = (
    "The decision rule: a model that is trained on the data as they are, and a number for each class that says how "
    "readily it is predicted. It is chosen on training samples that the model had not learned from. Every way "
    "of balancing is scored with a rule of its own, so that a gain over the rule alone is a gain of the model."
)
REFITTED = (
    "Refit: once a network has learned, its last layer is trained once more on real samples alone, all classes "
    "equally likely."
)
AMOUNTS = "The number behind an engine's name: its synthetic samples, in percent of what a full balance needs."
MEANINGS = {
    HELPS: "helps: better than doing nothing by more than chance",
    INCONCLUSIVE: "inconclusive: the data can't tell it from doing nothing",
    HURTS: "hurts: worse than doing nothing by more than chance",
}


def render_opening(run: Run, alpha: float) -> Markup:
    """Headline, what is behind it, what was compared, the interval chart and the sentences of the verdict."""
    verdict = run.verdict
    if verdict is None:
        title = tag("h1", "Which way of balancing helps is not known yet.")
        return join([title, gone_classes(run), not_made_yet("verdict")])
    behind = [verdict.sentences.get("share_of_rule"), verdict.sentences.get("group")]
    behind += [*(engine_line(engine, verdict) for engine in verdict.chosen), nothing_left(run), smallest_gain(verdict)]
    meanings = [tag("li", text, class_=figures.TONES[word]) for word, text in MEANINGS.items()]
    label = f"macro-F1 against doing nothing, points ({100 * (1 - alpha):.0f} % interval)"
    sentences = tag("ul", join([tag("li", sentence) for sentence in verdict.sentences.values()]), class_="sentences")
    parts = [
        tag("h1", headline(verdict)),
        *(tag("p", text, class_="second") for text in (before_and_after(run, verdict), rule_to_use(verdict)) if text),
        tag("p", THE_RULE, class_="note") if verdict.has_rule else "",
        tag("ul", join([tag("li", text) for text in behind if text]), class_="sentences"),
        gone_classes(run),
        tag("p", compared(run, verdict), class_="lead"),
        figures.arm_intervals(verdict, label),
        tag("ul", join(meanings), class_="words"),
        tag("p", how_sure(alpha, verdict.has_rule), class_="note"),
        few_test_rows(run.class_sizes),
        details("The verdict in full", sentences),
    ]
    return join(parts)


def rule_to_use(verdict: Verdict) -> Markup:
    """Where the numbers of the rule stand, or the threshold if it is one; nothing where no rule is recommended."""
    if verdict.recommended == NONE or not verdict.rules:
        return Markup("")
    if verdict.threshold:
        # The decision rule's own headline says it already.
        return Markup("") if verdict.recommended == DECISION_RULE else escape(f"P{verdict.threshold[1:]}.")
    if (label := verdict.rules[0].label) is not None and all(rule.threshold is not None for rule in verdict.rules):
        each = ", ".join(f"{rule.view} {rule.threshold:.3f}" for rule in verdict.rules)
        text = Markup('Predict {} where its probability is above <a href="#{}">these thresholds</a>: {}.')
        return text.format(label, ANCHOR, each)
    link = Markup('<a href="#{}">The numbers to use</a>').format(ANCHOR)
    return Markup("{}: what its decision rule does to the probability of each class.").format(link)


def headline(verdict: Verdict) -> str:
    """What to do, in plain words: an arm is named for use only where it is shown to help."""
    result = verdict.result(verdict.line)
    if result is not None and result.against_none.word == HELPS:
        helps = f"it helps by {result.against_none.difference.mean:.1f} points"
        if verdict.recommended == DECISION_RULE:
            return f"Do not resample: {verdict.threshold or 'choose the decision rule'}. I{helps[1:]}."
        if result.against_rule is not None and result.against_rule.word == HELPS:
            helps += f", by {result.against_rule.difference.mean:.1f} more than the decision rule alone"
        return f"Use {readable(verdict.recommended)}: {helps}."
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
    view = "all views together" if verdict.view == FUSION else f"the view {verdict.view} ({view_title(verdict.view)})"
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


def how_sure(alpha: float, has_rule: bool) -> str:
    """How to read the bars."""
    rule = " Diamond and dashed line: the decision rule alone." if has_rule else ""
    return (
        f"Zero: doing nothing. Dot: mean difference. Bar: {100 * (1 - alpha):.0f} % interval from a paired bootstrap "
        f"over test samples and random starts.{rule} The words are corrected for how many ways were tried; where a bar "
        "crosses the line at zero, the way can't be told from doing nothing."
    )
