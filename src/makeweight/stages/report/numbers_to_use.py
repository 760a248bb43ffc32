"""The decision rule of the recommended way with its numbers, so that a reader can use it."""

from collections.abc import Sequence

from markupsafe import Markup

from makeweight.balance.arm import NONE
from makeweight.results.decisions import FUSION, ViewRule, view_title
from makeweight.results.markup import join, readable, tag
from makeweight.results.verdict import Verdict
from makeweight.stages.report.sections import details, table_of

ANCHOR = "numbers-to-use"
MOST_CLASSES = 30
"""Rows of the table that are open at once."""


def render_numbers(verdict: Verdict) -> Markup:
    """What to do with the probabilities, and a table of numbers per class and view; nothing where no rule is used."""
    rules = verdict.rules
    if verdict.recommended == NONE or not rules:
        return Markup("")
    title = Markup('<h3 id="{}">{}</h3>').format(ANCHOR, f"The numbers to use: {readable(verdict.recommended)}")
    if all(rule.threshold is not None for rule in rules):
        return join([title, tag("p", thresholds_text(rules), class_="note"), table_of(threshold_lines(rules))])
    numbers = table_of(bias_lines(rules), digits=2)
    few = len(rules[0].biases) <= MOST_CLASSES
    return join([title, tag("p", biases_text(rules), class_="note"), numbers if few else details("Open", numbers)])


def bias_lines(rules: Sequence[ViewRule]) -> list[dict[str, object]]:
    """One line per class, with what each view's rule adds to the log of its probability."""
    return [{"class": label, **{column(rule): rule.biases[label] for rule in rules}} for label in rules[0].biases]


def column(rule: ViewRule) -> str:
    """A view with what it is."""
    return f"{rule.view} ({view_title(rule.view)})"


def threshold_lines(rules: Sequence[ViewRule]) -> list[dict[str, object]]:
    """One line per view of two classes: the threshold, and what is added to the log-odds before views are fused."""
    lines: list[dict[str, object]] = []
    for rule in rules:
        line: dict[str, object] = {
            "view": column(rule),
            f"predict {rule.label} above": rule.threshold,
            "add to its log-odds": rule.log_odds,
        }
        lines.append({**line, "weight when fused": rule.weight} if len(rules) > 1 else line)
    return lines


def biases_text(rules: Sequence[ViewRule]) -> str:
    """How to use the numbers of a table by class."""
    how = (
        "Add the number to the natural logarithm of the probability that the model gives the class, and predict the "
        "class with the largest sum. Only differences between classes count: the smallest number of each column is 0."
    )
    return f"{how} {fusion_text(rules)}".strip()


def thresholds_text(rules: Sequence[ViewRule]) -> str:
    """How to use the thresholds of two classes."""
    label = rules[0].label
    how = f"Predict {label} where the model gives it a probability above the threshold, and the other class elsewhere."
    return f"{how} {fusion_text(rules)}".strip()


def fusion_text(rules: Sequence[ViewRule]) -> str:
    """How the views are fused; nothing where there is one."""
    if not any(rule.view == FUSION for rule in rules):
        return ""
    weights = ", ".join(f"{rule.view} {rule.weight:.2f}" for rule in rules if rule.weight is not None)
    return (
        "One view alone: only its own numbers count. All views together: adjust each view's probabilities by its own "
        "numbers, make them sum to 1 again, add up their logarithms with the weights "
        f"{weights}, make the result sum to 1, and use the numbers of {FUSION}."
    )
