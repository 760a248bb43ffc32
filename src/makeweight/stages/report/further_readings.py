"""What the verdict read beside its headline: rows of new vendors or other groups, and what could be gained at most."""

from markupsafe import Markup

from makeweight.results.further_readings import Headroom, NewGroups, NewGroupsLine
from makeweight.results.markup import join, readable, tag
from makeweight.results.values import Interval
from makeweight.results.verdict import Verdict
from makeweight.stages.report.sections import table_of, titled

NEW_GROUPS = (
    "The same predictions on test rows whose {group} has no train row, {rows} of {all}; nothing was chosen by them."
)
HEADROOM = (
    "The contest once more with the rows back that were taken out of the train split: macro-F1 {score}, {gain} points "
    "more than doing nothing. Each way's share of that:"
)
NOT_SHOWN = "This gain is inconclusive, so no share of it is given."


def render_new_groups(reading: NewGroups | None) -> list[Markup]:
    """A table of the ways that the verdict speaks of, with a warning where rows are few; nothing without a reading."""
    if reading is None:
        return []
    told = NEW_GROUPS.format(group=reading.group, rows=reading.rows, all=reading.test_rows)
    warning = f" {reading.note[0].upper()}{reading.note[1:]}." if reading.note else ""
    rows = table_of([line_of(line) for line in reading.lines]) if reading.lines else Markup("")
    body = join([tag("p", f"{told}{warning}", class_="note"), rows])
    return [titled(f"Test rows whose {reading.group} has no train row", body)]


def line_of(line: NewGroupsLine) -> dict[str, object]:
    """One way on rows of new groups, in words and points."""
    name = readable(line.line) if line.line == line.arm else f"{readable(line.line)} ({readable(line.arm)})"
    return {
        "way of balancing": name,
        "macro-F1": line.macro_f1.as_score,
        "against none": told(line.against_none, line.words.get("none")),
        "against the decision rule": told(line.against_rule, line.words.get("rule")),
    }


def render_headroom(headroom: Headroom | None, verdict: Verdict) -> list[Markup]:
    """The ceiling's gain and the ways' shares of it; nothing where the ceiling was not trained."""
    if headroom is None:
        return []
    text = HEADROOM.format(score=headroom.score.as_score, gain=headroom.over_none.as_score)
    names = [arm for arm in verdict.arm_names if arm in headroom.shares]
    lines: list[dict[str, object]] = [
        {"way of balancing": readable(arm), "share of the headroom": f"{100 * headroom.shares[arm]:.0f} %"}
        for arm in names
    ]
    shown = table_of(lines) if lines else tag("p", NOT_SHOWN, class_="note")
    return [titled("What could be gained at most", join([tag("p", text, class_="note"), shown]))]


def told(difference: Interval | None, word: str | None) -> str | None:
    """`helps: +3.1 (+1.0 to +5.2)`; None for a way that is not compared."""
    if difference is None or word is None:
        return None
    return f"{word}: {difference.as_difference}"
