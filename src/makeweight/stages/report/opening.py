"""The first screen: which way of balancing to use, what was compared, and how sure that is."""

from collections.abc import Iterable, Sequence

from markupsafe import Markup, escape

from makeweight.balance.arm import DECISION_RULE, NONE, Arm
from makeweight.results import figures
from makeweight.results.decisions import FUSION, ViewRule, only_view, view_title
from makeweight.results.finding import headline, in_words
from makeweight.results.key_facts import Fact, key_facts
from makeweight.results.markup import join, number, readable, tag
from makeweight.results.picture_strip import ClassPictures, read_strip
from makeweight.results.run import Run
from makeweight.results.verdict import HELPS, Verdict
from makeweight.stages.report.choice import render_choice
from makeweight.stages.report.numbers_to_use import ANCHOR
from makeweight.stages.report.sections import details, not_made_yet, picture_address
from makeweight.stages.report.small_classes import few_test_rows, gone_classes
from makeweight.stages.report.ways import engine_line, level_with_it, nothing_left

THE_RULE = (
    "The decision rule: a model that is trained on the data as they are, and a number for each class that says how "
    "readily it is predicted. It is chosen on training samples that the model had not learned from. Every way "
    "of balancing is scored with a rule of its own, so that a gain over the rule alone is a gain of the model."
)
REFITTED = (
    "Refit: once a network has learned, its last layer is trained once more on real samples alone, all classes "
    "equally likely."
)
AMOUNTS = "The number behind a generator's name: its synthetic samples, in percent of what a full balance needs."
FOR_ALL = "All in a name: samples for every class, in percent of the largest one."


def render_opening(run: Run, alpha: float) -> Markup:
    """What to do, the chart of all ways and pictures; then the facts behind it, and what they rest on."""
    verdict = run.verdict
    if verdict is None:
        title = tag("h1", "Which way of balancing helps is not known yet.")
        return join([title, gone_classes(run), not_made_yet("verdict")])
    behind = [in_words(verdict.sentences.get(name), verdict) for name in ("group", "share_of_rule")]
    parts = [
        tag("h1", headline(verdict)),
        tag("p", how_to(verdict), class_="second"),
        first_sight(run, verdict, alpha),
        render_choice(run, verdict),
        render_facts(key_facts(run, verdict)),
        bullets([*behind, level_with_it(verdict), nothing_left(run)]),
        gone_classes(run),
        tag("h2", "How to read the chart"),
        tag("p", compared(run, verdict), class_="note"),
        tag("p", how_sure(alpha, verdict.has_rule), class_="note"),
        tag("p", THE_RULE, class_="note") if verdict.has_rule else "",
        few_test_rows(run.class_sizes),
        bullets([*(engine_line(engine, verdict) for engine in verdict.chosen), *further_readings(verdict)]),
        details("The verdict in full", bullets(in_words(one, verdict) for one in verdict.sentences.values())),
    ]
    return join(parts)


def further_readings(verdict: Verdict) -> list[str]:
    """The sentences on new groups and on the headroom, where they were measured."""
    return [in_words(verdict.sentences.get(name), verdict) for name in ("new_groups", "headroom")]


def render_facts(facts: Sequence[Fact]) -> Markup:
    """The facts side by side, each with its note."""
    items = []
    for fact in facts:
        notes = [tag("dd", note, class_="of") for note in fact.notes]
        items.append(tag("div", join([tag("dt", fact.name), tag("dd", fact.value), *notes])))
    return tag("dl", join(items), class_="facts key")


def bullets(texts: Iterable[str | None]) -> Markup:
    """A list of those that say something; nothing where none does."""
    items = [tag("li", text) for text in texts if text]
    return tag("ul", join(items), class_="sentences") if items else Markup("")


def first_sight(run: Run, verdict: Verdict, alpha: float) -> Markup:
    """Every way against doing nothing with what the colours mean, and real beside synthetic pictures where there are
    some.
    """
    chart = figures.arm_intervals(verdict, figures.interval_label(alpha))
    compared_ways = tag("div", join([chart, figures.words_legend()]))
    strip = read_strip(run)
    return tag("div", join([compared_ways, render_strip(strip)]), class_="sight") if strip else compared_ways


def render_strip(strip: Sequence[ClassPictures]) -> Markup:
    """A row per class: its name, real pictures, synthetic pictures."""
    engine = readable(strip[0].engine)
    cells = [tag("span", "real", class_="of"), tag("span", f"synthetic, {engine}", class_="of")]
    for pictures in strip:
        cells.append(tag("strong", pictures.label))
        for side in ("real", "synthetic"):
            text = Markup('<img src="{}" alt="{} pictures of {}">')
            cells.append(text.format(picture_address(getattr(pictures, side)), side, pictures.label))
    note = f"The {len(strip)} rarest classes, chosen at random, as they came out." if len(strip) > 1 else ""
    return tag("figure", join([tag("div", join(cells), class_="strip"), tag("figcaption", note)]))


def how_to(verdict: Verdict) -> Markup:
    """How the recommendation is used, with the thresholds where there are two classes, else where the numbers stand."""
    result = verdict.result(verdict.line)
    if verdict.recommended == NONE or result is None or result.against_none.word != HELPS:
        return escape("Train on the data as they are, and predict the most probable class.")
    is_rule = verdict.recommended == DECISION_RULE
    start = "Train on the data as they are" if is_rule else "Balance the training data in this way and train"
    if not verdict.rules:
        return escape(f"{start}.")
    if verdict.rules[0].label is None or any(rule.threshold is None for rule in verdict.rules):
        text = Markup('{}; then add <a href="#{}">these numbers</a> to the log of each class\'s probability, and ')
        return text.format(start, ANCHOR) + "predict the class with the largest sum."
    label, only = verdict.rules[0].label, only_view(verdict.rules)
    if only is None:
        text = Markup("{}; then predict {} where its probability is above the threshold of the model: {}. ")
        text += Markup('<a href="#{}">How to join them</a>.')
        return text.format(start, label, thresholds(verdict.rules), ANCHOR)
    model = f" for the {view_title(only.view)}, which decides alone" if len(verdict.rules) > 1 else ""
    if is_rule:  # the headline names the threshold
        return Markup('{}, and <a href="#{}">use this threshold</a>{}.').format(start, ANCHOR, model)
    text = Markup('{}; then predict {} where its probability is above <a href="#{}">{:.3f}</a>{}.')
    return text.format(start, label, ANCHOR, only.threshold, model)


def thresholds(rules: Sequence[ViewRule]) -> str:
    """`0.250 (boosted trees on the table), 0.310 (words of the text)`; the fusion has none that counts by itself."""
    views = [rule for rule in rules if rule.view != FUSION]
    return ", ".join(f"{rule.threshold:.3f} ({view_title(rule.view)})" for rule in views)


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
    parts = [
        f"{first}, and tested on {tested} samples that nothing was fitted to or chosen by.",
        f"The score is macro-F1 of {scored_view(run, verdict)}.",
        generators(verdict),
        REFITTED if any(Arm.parse(result.arm).refit for result in verdict.arms) else "",
    ]
    return " ".join(part for part in parts if part)


def scored_view(run: Run, verdict: Verdict) -> str:
    """The view that the scores are of, with the kinds of classifier that it stands for."""
    if verdict.view != FUSION:
        return f"the view {verdict.view} ({view_title(verdict.view)})"
    joined = dict.fromkeys(view_title(score.view) for score in run.views if score.view != FUSION)
    return "all views together" + (f" ({', '.join(joined)})" if joined else "")


def generators(verdict: Verdict) -> str:
    """Which names are generators, and what stands behind such a name; nothing where no engine takes part."""
    if not verdict.chosen:
        return ""
    names = [readable(engine) for engine in verdict.chosen]
    are = f"{' and '.join(names)} {'is a generator' if len(names) == 1 else 'are generators'} of synthetic samples."
    every = any(part.all_classes for result in verdict.arms for part in Arm.parse(result.arm).parts)
    return f"{are} {AMOUNTS} {FOR_ALL if every else ''}".strip()


def trained(seeds: int | None) -> str:
    """How often each arm was trained, as the end of a clause; one start says nothing of how much starts differ."""
    if seeds is None:
        return ""
    if seeds == 1:
        return ", each trained once, so that the bars leave out how much training runs differ"
    return f", each trained {number(seeds)} times from other random starts (once where nothing in it is random)"


def how_sure(alpha: float, has_rule: bool) -> str:
    """How to read the bars."""
    rule = " Diamond and dashed line: the decision rule alone." if has_rule else ""
    return (
        f"Zero: doing nothing. Dot: mean difference. Bar: {100 * (1 - alpha):g} % interval from a paired bootstrap "
        f"over test samples and random starts.{rule} The words are corrected for how many ways were tried, "
        "those on validation's choices for how many these are; where a bar "
        "crosses the line at zero, there is no clear difference from doing nothing."
    )
