"""Tables of the suite of many tables: what was found in a sentence, every way of balancing, and where it helps."""

from pathlib import Path

from makeweight.results.benchmarks import FOLDER
from makeweight.results.suite import BEST_SIMPLE, CAREFUL, ENGINE, Difference, Suite, SuiteArm, read_suite
from makeweight.results.values import Interval
from makeweight.tools.tables.markdown import markdown_table

NOT_MEASURED = "Not measured yet."
NOTES = {
    "none": "largest probability",
    "decision_rule": "`none` with the tuned rule",
    BEST_SIMPLE: "chosen out of fold",
    ENGINE: "nothing, 25, 50 or 100 %, chosen out of fold",
    CAREFUL: "the same, if better by more than a standard error",
}
PERCENT = 100


def suite(folder: Path = FOLDER) -> str:
    """What the suite found, and its two tables."""
    found = read_suite(folder)
    if found is None:
        return NOT_MEASURED
    arms = markdown_table(
        ["way of balancing", "macro-F1", "argmax", "average precision", "less the tuned rule", "worse on", "better on"],
        [arm_row(arm) for arm in found.arms],
    )
    groups = [[group, *all_cells(one)] for group, one in found.engine_by_group.items()]
    others = {
        "used only if clearly better out of fold": found.careful,
        "against the tuned rule instead": found.less_rule,
        "both: only if clearly better, against the rule": found.careful_less_rule,
    }
    groups += [[name, *all_cells(one)] for name, one in others.items() if one is not None]
    heads = [f"`{ENGINE}` less the best simple way", "points", "worse on", "truly worse on", "better on", "tables"]
    heads += ["chance: worse", "equal", "better"]
    return "\n\n".join([f"> {sentence(found)}", arms, markdown_table(heads, groups)])


def sentence(found: Suite) -> str:
    """What is true of generating rows and of every other way, in plain words with the numbers."""
    parts = [f"On {found.tables} tables of {found.sources} sources ({found.splits} splits; {found.learners})"]
    ways = [arm.arm for arm in found.arms if arm.arm not in (BEST_SIMPLE, CAREFUL) and is_above(arm.less_rule)]
    if ways:
        parts.append(f"better than the tuned decision rule alone: {', '.join(f'`{arm}`' for arm in ways)}")
    else:
        parts.append("nothing is shown to beat the tuned decision rule with the rows as they are")
    text = f"{', '.join(parts)}."
    best, rule = found.engine_by_group.get("all tables"), found.less_rule
    if best is None or rule is None or best.points is None or rule.points is None:
        return text
    return (
        f"{text} Rows of `{ENGINE}`, used where out-of-fold scores say so, are {word(best)} the best simple way "
        f"({signed(best)} points) and {word(rule)} the tuned rule ({signed(rule)} points).{about_harm(found)}"
        f"{about_the_choice(found)}"
    )


def about_harm(found: Suite) -> str:
    """On how many tables either use of the engine is worse by more than half a point, as measured and in truth."""
    best = found.engine_by_group["all tables"]
    text = f" They are worse than that way by more than half a point on {harm(best)}"
    if found.careful is None:
        return f"{text}."
    text += f"; used only where they are clearly better out of fold, else the rule alone, on {harm(found.careful)}"
    if found.careful_less_rule is not None:
        text += f", and worse than the rule on {harm(found.careful_less_rule)}"
    few = " (A measured share counts the noise of few splits as harm, the estimate does not.)"
    return f"{text}.{few if best.truly_worse is not None else ''}"


def harm(difference: Difference) -> str:
    """`30 % of the tables as measured, on an estimated 12 % (3 to 25) in truth`."""
    measured, truth = f"{percent(difference.worse)} of the tables", difference.truly_worse
    return measured if truth is None else f"{measured} as measured, on an estimated {true_share(truth)} in truth"


def true_share(truth: Interval | None) -> str:
    """`12 % (3 to 25)`; nothing where it was not estimated."""
    if truth is None:
        return ""
    return f"{percent(truth.mean)} ({PERCENT * truth.low:.0f} to {PERCENT * truth.high:.0f})"


def about_the_choice(found: Suite) -> str:
    """A further sentence where choosing a simple way out of fold is worse than the rule: what beats it beats little."""
    loss = next((arm.less_rule for arm in found.arms if arm.arm == BEST_SIMPLE), None)
    if loss is None or loss.points is None or loss.points.high >= 0:
        return ""
    return (
        " Choosing among the simple ways out of fold is itself worse than always taking the rule "
        f"({signed(loss)} points), so a gain over that choice need not be one over the rule."
    )


def word(difference: Difference) -> str:
    """Whether the interval is above zero, below it, or neither."""
    if is_above(difference):
        return "better than"
    return "worse than" if difference.points is not None and difference.points.high < 0 else "inconclusive against"


def is_above(difference: Difference | None) -> bool:
    """Whether the whole interval is above zero."""
    return difference is not None and difference.points is not None and difference.points.low > 0


def arm_row(arm: SuiteArm) -> list[str]:
    """One way of balancing as a row."""
    name = f"`{arm.arm}`" + (f" ({NOTES[arm.arm]})" if arm.arm in NOTES else "")
    scores = [f"{score:.1f}" for score in (arm.macro_f1, arm.argmax_macro_f1, arm.average_precision)]
    cells = difference_cells(arm.less_rule)[:3] if arm.less_rule is not None else ["", "", ""]
    return [name, *scores, *cells]


def difference_cells(difference: Difference) -> list[str]:
    """Points with interval, shares of tables that are worse and better by more than half a point, and tables."""
    return [signed(difference), percent(difference.worse), percent(difference.better), str(difference.tables)]


def all_cells(difference: Difference) -> list[str]:
    """Points, shares of tables that are worse, truly worse and better, the number of tables, and chances."""
    points, worse, better, tables = difference_cells(difference)
    return [points, worse, true_share(difference.truly_worse), better, tables, *chances(difference)]


def chances(difference: Difference) -> list[str]:
    """The Bayesian test's three chances."""
    return [f"{chance:.2f}" for chance in difference.chances]


def signed(difference: Difference) -> str:
    """`-0.3 (-1.2 to +0.6)`."""
    points = difference.points
    return "" if points is None else points.as_difference


def percent(share: float) -> str:
    """`12 %`."""
    return f"{PERCENT * share:.0f} %"
