"""What the last run took by the clock: a page of its own, since the report's bytes must be the same in every run."""

import pandas as pd
from markupsafe import Markup

from makeweight.balance import costs
from makeweight.balance.arm import Arm
from makeweight.core import paths, timings
from makeweight.results.charts_old import join, tag
from makeweight.results.opening import NONE, read_ruling
from makeweight.results.sections import table
from makeweight.results.shelf import Shelf

PAGE = paths.SCRATCH / "seconds.html"
LINK = "../.scratch/seconds.html"
"""The page as seen from plots/."""

HEAD = Markup(
    '<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>Makeweight: seconds</title>'
    '<meta name="viewport" content="width=device-width, initial-scale=1"><style>{}</style></head>'
)
NOTE = (
    "Seconds of the last training on this machine, by the clock on the wall: what else ran at the time counts too. "
    "Classifiers: all kinds of data and random starts of one way. A generator serves every way that uses its samples, "
    "and counts in each of them."
)


def write_seconds_page(shelf: Shelf, style: str) -> str:
    """Every way of balancing with the seconds of its classifiers, of its generators, and of both."""
    ruling = read_ruling(shelf)
    lines = [line_of(Arm.parse(name)) for name in ([NONE, *ruling.entrants] if ruling else [])]
    told = table(pd.DataFrame(lines, dtype=object), digits=0) if lines else tag("p", "No way was compared yet.")
    main = tag("main", join([tag("h1", "What the last run took"), tag("p", NOTE, class_="lead"), told]))
    return HEAD.format(Markup(style)) + tag("body", main) + Markup("</html>\n")


def line_of(arm: Arm) -> dict[str, object]:
    """One arm's seconds; empty where it did not run on this machine."""
    own = timings.read_seconds("contest", arm.name)
    both = costs.seconds_of(arm)
    generators = both - own if own is not None and both is not None else None
    return {"way": arm.readable, "classifiers, s": own, "generators, s": generators, "both, s": both}
