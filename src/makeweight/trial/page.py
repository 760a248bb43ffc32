"""A verdict as HTML: a part of a notebook, or a page of its own that needs no network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from makeweight.balance.arm import NONE
from makeweight.results import charts
from makeweight.results.charts import Row
from makeweight.results.markup import join, readable, tag
from makeweight.results.values import Interval
from makeweight.stages.verdict.claims import HELPS, HURTS

TONES = {HELPS: "good", HURTS: "bad"}
STYLE = """
.trial { font: 15px/1.5 system-ui, sans-serif; max-width: 60rem; color: var(--chart-ink); }
.trial table { border-collapse: collapse; margin: .8rem 0; }
.trial th, .trial td { padding: .25rem .7rem; border-bottom: 1px solid var(--chart-line); text-align: right; }
.trial th, .trial td { white-space: nowrap; }
.trial th { font-weight: 600; color: var(--chart-soft); vertical-align: bottom; }
.trial th:first-child, .trial td:first-child, .trial td:last-child, .trial th:last-child { text-align: left; }
.trial .chosen { font-weight: 650; }
.trial .sentence { font-size: 1.15em; }
.trial .scroll { overflow-x: auto; }
.trial .columns td, .trial .columns th { text-align: left; white-space: normal; }
.trial small, .trial .notes { color: var(--chart-soft); }
"""
PAGE_STYLE = "body { margin: 0; padding: 1.5rem; background: var(--chart-paper); } h1 { font-size: 1.5rem; }"


@dataclass(frozen=True)
class Shown:
    """What a page shows of a verdict."""

    sentences: Sequence[str]
    """The first one is the answer."""
    arm: str
    """The recommended one."""
    differences: Mapping[str, Interval]
    """Arm -> its difference to `none`, in points."""
    words: Mapping[str, str]
    cells: Mapping[str, Sequence[str]]
    """Arm -> its row of the table."""
    head: Sequence[str]
    how: str
    """How the numbers were measured."""
    notes: Sequence[str]


def short(verdict: Shown) -> Markup:
    """The sentence, the plot and the table, with the style that they need."""
    return join([tag("style", Markup(charts.STYLE + STYLE)), tag("div", body(verdict), class_="trial")])


def whole(verdict: Shown, title: str = "Does balancing help?", about: Sequence[tuple[str, Markup]] = ()) -> str:
    """A page of its own.

    Args:
        verdict: what is shown.
        title: of the page.
        about: further sections, each a heading and its content.
    """
    head = join(
        [
            Markup('<meta charset="utf-8">'),
            Markup('<meta name="viewport" content="width=device-width, initial-scale=1">'),
            tag("title", title),
            tag("style", Markup(charts.STYLE + STYLE + PAGE_STYLE)),
        ]
    )
    sections = [join([tag("h2", heading), content]) for heading, content in about]
    content = tag("main", join([tag("h1", title), body(verdict), *sections]), class_="trial")
    return f'<!doctype html>\n<html lang="en">{tag("head", head)}{tag("body", content)}</html>\n'


def body(verdict: Shown) -> Markup:
    """Sentences, plot, table, and how it was measured."""
    further = [tag("li", sentence) for sentence in verdict.sentences[1:]]
    notes = [tag("li", note) for note in verdict.notes]
    parts = [
        tag("p", verdict.sentences[0], class_="sentence"),
        tag("ul", join(further)) if further else Markup(""),
        differences(verdict),
        tag("div", scores(verdict), class_="scroll"),
        tag("p", tag("small", verdict.how)),
        tag("ul", join(notes), class_="notes") if notes else Markup(""),
    ]
    return join(parts)


def differences(verdict: Shown) -> Markup:
    """Every arm against `none`."""
    rows = [
        Row(readable(arm), gap, TONES.get(verdict.words[arm], "plain"), verdict.words[arm])
        for arm, gap in verdict.differences.items()
    ]
    return charts.intervals(rows, f"macro-F1 against {NONE}, points")


def scores(verdict: Shown) -> Markup:
    """The table, the recommended arm in bold."""
    rows = [tag("tr", join([tag("th", cell, scope="col") for cell in verdict.head]))]
    for arm, cells in verdict.cells.items():
        chosen = {"class_": "chosen"} if arm == verdict.arm else {}
        rows.append(tag("tr", join([tag("td", cell) for cell in cells]), **chosen))
    return tag("table", join(rows))
