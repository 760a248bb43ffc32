"""What the last run took by the clock: a page of its own, since the report's bytes must be the same in every run."""

from markupsafe import Markup

from makeweight.results.markup import join, readable, tag
from makeweight.results.run import Run
from makeweight.stages.report.sections import table_of

HEAD = Markup(
    '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Makeweight: seconds</title>'
    '<meta name="viewport" content="width=device-width, initial-scale=1"><style>{}</style></head>'
)
NOTE = (
    "Seconds of the last training on this machine: what else ran at the time counts too. Classifiers: of all kinds of "
    "data and random starts of one way. An engine serves every way that uses its samples, and counts in each of them."
)


def write_seconds_page(run: Run, style: str) -> str:
    """Every way of balancing with the seconds of its classifiers, of its engines, and of both."""
    verdict = run.verdict
    lines = [line_of(arm, run) for arm in (verdict.arm_names if verdict else [])]
    body = table_of(lines, digits=0) or tag("p", "No way was compared yet.")
    main = tag("main", join([tag("h1", "What the last run took"), tag("p", NOTE, class_="lead"), body]))
    return HEAD.format(Markup(style)) + tag("body", main) + Markup("</html>\n")


def line_of(arm: str, run: Run) -> dict[str, object]:
    """One arm's seconds; empty where it did not run on this machine."""
    cost = run.cost(arm)
    own = cost.classifier_seconds
    engines = None if own is None else cost.generator_seconds
    return {"way": readable(arm), "classifiers, s": own, "engines, s": engines, "both, s": cost.seconds}
