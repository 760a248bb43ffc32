"""The table of arms that may win: each by itself on CIFAR-10 made imbalanced, and on the built-in catalogue."""

from pathlib import Path

from makeweight.balance.arm import CEILING
from makeweight.results.arms import CONTEST, EQUAL, MeasuredArm, MeasuredArms, read_arms
from makeweight.results.benchmarks import FOLDER
from makeweight.results.values import Interval
from makeweight.tools.tables.markdown import markdown_table

NOT_MEASURED = "Not measured yet: `benchmarks/arms.py`."
KINDS = {
    "tenth": ("CIFAR-10, three classes at a tenth", EQUAL),
    "long-tail": ("CIFAR-10, long tail, imbalance 100", EQUAL),
    "catalogue": ("The built-in catalogue, all views fused", CONTEST),
}
"""Kind of rows -> its title, and the rule by which arms are ordered."""


def arms(folder: Path = FOLDER) -> str:
    """A sentence and a table for each kind of rows that was measured."""
    parts = []
    for kind, (title, rule) in KINDS.items():
        found = read_arms(folder, kind, rule)
        if found is not None:
            parts.append(f"**{title}.** {sentence(found)}\n\n{table_of(found)}")
    return "\n\n".join(parts) or NOT_MEASURED


def table_of(found: MeasuredArms) -> str:
    """The table of one kind of rows, the best arm first."""
    heads = ["arm", "macro-F1", "gain over the best simple arm"]
    if found.rule == CONTEST:
        rows = [[f"`{one.arm}`", score(one.score[CONTEST]), gain_text(one.gain[CONTEST])] for one in found.arms]
        return markdown_table(heads, rows)
    heads += ["share of headroom", "recall of small classes", "contest's rule", "its gain"]
    return markdown_table(heads, [row_of(one) for one in found.arms])


def row_of(one: MeasuredArm) -> list[str]:
    """An arm's cells, empty where something was not measured."""
    share = one.headroom_share[EQUAL]
    known = "" if share is None or one.arm == CEILING else f"{share:.0f} %"
    equal = [f"`{one.arm}`", score(one.score[EQUAL]), gain_text(one.gain[EQUAL]), known, score(one.recall)]
    return [*equal, score(one.score[CONTEST]), gain_text(one.gain[CONTEST])]


def sentence(found: MeasuredArms) -> str:
    """Whether an engine's arm is shown to gain a point over the best simple one, and how much room there is."""
    shown = {one.arm: gain for one in found.arms if one.is_engine and (gain := one.gain[found.rule]) and gain.low > 0}
    won = [arm for arm, gain in shown.items() if gain.mean >= 1]
    best = next((one.score[found.rule] for one in found.arms if one.arm == found.best_simple), None)
    start = f"The best simple arm is `{found.best_simple}` with {score(best)}"
    start += f", the headroom {found.headroom:.1f} points. " if found.headroom is not None else ". "
    if won:
        return f"{start}An engine's arms that gain a point or more, shown: {', '.join(f'`{name}`' for name in won)}."
    if shown:
        names = ", ".join(f"`{name}`" for name in shown)
        return f"{start}Engines' arms that are shown to be better, by less than a point: {names}."
    return f"{start}No engine's arm is shown to be better."


def gain_text(gain: Interval | None) -> str:
    """`+0.4 (-0.3 to +1.0)`; nothing where there is none."""
    return "" if gain is None else gain.as_difference


def score(value: float | None) -> str:
    """`61.7`; nothing where it is not known."""
    return "" if value is None else f"{value:.1f}"
