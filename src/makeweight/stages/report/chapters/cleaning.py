"""The cleaning funnel, with pictures that each rule dropped."""

from markupsafe import Markup

from makeweight.results import charts, figures
from makeweight.results.cleaning import Cleaning
from makeweight.results.markup import join, number, readable, tag
from makeweight.results.run import Run
from makeweight.stages.report.sections import Chapter, details, facts, figure

OPENED = "near_duplicate"
"""The rule whose pictures are open from the start, since it is the hardest to believe."""


def render(run: Run) -> Markup:
    """What came in, what is left after each rule, and a few of the pictures that each dropped."""
    cleaning = run.cleaning
    if cleaning is None:
        return Markup("")
    parts = [facts(first_numbers(run, cleaning))]
    if cleaning.steps:
        parts += [tag("h3", "What is left after each rule"), figures.cleaning_funnel(cleaning)]
    if cleaning.class_counts:
        rows = [(one.label, {"before": one.before, "after": one.after}) for one in cleaning.class_counts]
        parts.append(details("Class counts before and after cleaning", charts.bars(rows, ["before", "after"])))
    pictures = run.dropped_pictures
    if pictures:
        parts.append(tag("h3", "A few of the pictures that each rule dropped"))
    for rule, count in cleaning.dropped.items():
        if rule in pictures:
            shown = figure(pictures[rule], f"Pictures that the rule {readable(rule)} dropped", " ")
            parts.append(details(f"{readable(rule)}: {count:,} dropped", shown, is_open=rule == OPENED))
    return join(parts)


def first_numbers(run: Run, cleaning: Cleaning) -> list[tuple[str, str]]:
    """The numbers that a person asks for first."""
    ingest = run.ingest
    known = [
        ("samples found", ingest.samples if ingest else None),
        ("failed to load", ingest.failures if ingest else None),
        ("kept by cleaning", cleaning.samples_out),
        ("classes", cleaning.classes),
        ("largest to smallest class", cleaning.imbalance_ratio),
    ]
    return [(name, number(value, 1)) for name, value in known if value is not None]


CHAPTER = Chapter(
    "cleaning",
    "From the raw samples to clean ones",
    "Every dropped sample is counted under the rule that dropped it.",
    ("clean", "ingest"),
    render,
)
