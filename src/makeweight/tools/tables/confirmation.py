"""The table of the confirmation: whether the hypothesis about one arm holds on further draws, and every arm beside."""

from pathlib import Path

from makeweight.balance.arm import CEILING
from makeweight.results.benchmarks import FOLDER
from makeweight.results.confirmation import (
    CONTEST,
    EQUAL,
    HYPOTHESIS,
    MATCHED,
    Confirmation,
    ConfirmedArm,
    read_confirmation,
)
from makeweight.tools.tables.arms import gain_text, score
from makeweight.tools.tables.markdown import markdown_table

NOT_MEASURED = "Not measured yet: `benchmarks/confirm.py`."
KINDS = {"tenth": "Three classes at a tenth", "long-tail": "Long tail, imbalance 100"}
READINGS = {
    CONTEST: "by the contest's rule",
    MATCHED: "by the same rule on test rows in the shares that it expects",
    EQUAL: "by the rule for equal shares",
}
AIM = 1.0
"""Points over the best simple arm."""


def confirmation(folder: Path = FOLDER) -> str:
    """A sentence and a table for each kind of rows."""
    parts = []
    for kind, title in KINDS.items():
        found = read_confirmation(folder, kind)
        if found is not None:
            parts.append(f"**{title}, {found.draws} draws.** {sentence(found)}\n\n{table_of(found)}")
    return "\n\n".join(parts) or NOT_MEASURED


def sentence(found: Confirmation) -> str:
    """What the arm of the hypothesis gains by each reading, and whether that is shown."""
    arm = found.tested
    if arm is None:
        return ""
    return f"`{HYPOTHESIS}` {'; '.join(reading_text(found, arm, reading) for reading in READINGS)}."


def reading_text(found: Confirmation, arm: ConfirmedArm, reading: str) -> str:
    """`by the contest's rule: +1.0 (...) over the rule, +0.7 (...) over the best simple arm: shown to be better`."""
    over_best = arm.over_best_simple[reading]
    text = (
        f"{READINGS[reading]}: {gain_text(arm.over_rule[reading])} over the decision rule, {gain_text(over_best)} over "
    )
    text += "the best simple arm"
    share = arm.headroom_share[reading]
    text += "" if share is None else f", {share:.0f} % of the headroom"
    if not found.holds(reading):
        return f"{text}: {'worse' if over_best is not None and over_best.high < 0 else 'not shown to be better'}"
    short = "" if over_best is not None and over_best.mean >= AIM else ", by less than a point"
    return f"{text}: shown to be better than both{short}"


def table_of(found: Confirmation) -> str:
    """Every arm, the best by the contest's rule first."""
    heads = ["arm", "contest's rule", "over the decision rule", "over the best simple arm", "share of headroom"]
    heads += ["expected shares", "over the best simple arm", "equal shares", "over the best simple arm"]
    return markdown_table(heads, [row_of(one) for one in found.arms])


def row_of(one: ConfirmedArm) -> list[str]:
    """An arm's cells, empty where something was not measured."""
    share = one.headroom_share[CONTEST]
    cells = [f"`{one.arm}`", score(one.score[CONTEST]), gain_text(one.over_rule[CONTEST])]
    cells += [gain_text(one.over_best_simple[CONTEST]), "" if share is None or one.arm == CEILING else f"{share:.0f} %"]
    for reading in (MATCHED, EQUAL):
        cells += [score(one.score[reading]), gain_text(one.over_best_simple[reading])]
    return cells
