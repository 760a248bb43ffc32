"""What the first screen says of classes that are gone, and of those with few test samples."""

from collections.abc import Sequence

from markupsafe import Markup

from makeweight.results.cleaning import ClassSize, GoneClass
from makeweight.results.markup import counted, join, number, readable, tag
from makeweight.results.run import Run
from makeweight.stages.report.sections import details

MOST_GONE = 12
"""Classes that the first screen names one by one."""
FEW_TEST_ROWS = 10


def gone_classes(run: Run) -> Markup:
    """Which classes the clean samples lack, with their rows and what keeps them; nothing where none is gone."""
    gone = run.cleaning.gone if run.cleaning else ()
    if not gone:
        return Markup("")
    shown = [f"{one.label} ({rows_of(one)})" for one in gone[:MOST_GONE]]
    if len(gone) > MOST_GONE:
        shown.append(f"and {len(gone) - MOST_GONE} more with {number(sum(one.rows for one in gone[MOST_GONE:]))} rows")
    count = "One class is gone" if len(gone) == 1 else f"{len(gone)} classes are gone"
    lead = f"{count}: the clean samples have no row of {'it' if len(gone) == 1 else 'them'}."
    lines = tag("ul", join([gone_class(one) for one in gone[:MOST_GONE]]))
    parts = [
        tag("p", tag("strong", lead) + f" {', '.join(shown)}."),
        details("What took them, and how to keep them", lines),
    ]
    return tag("div", join(parts), class_="warning")


def gone_class(one: GoneClass) -> Markup:
    """A class with its rows, the rule that took them, and the card's line that keeps them."""
    rule = Markup(", most taken by the rule {}").format(readable(one.rule)) if one.rule else Markup("")
    remedy = Markup("; to keep it, in the card: {}").format(tag("code", one.remedy)) if one.remedy else Markup("")
    return tag("li", Markup("{}: {}{}{}").format(tag("strong", one.label), rows_of(one), rule, remedy))


def rows_of(one: GoneClass) -> str:
    """`1 row`, `33 rows`."""
    return counted(one.rows, "row")


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
