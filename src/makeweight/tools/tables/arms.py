"""The table of arms that may win: each by itself on CIFAR-10 made imbalanced, and on the built-in catalogue."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from makeweight.balance.arm import Arm
from makeweight.results.benchmarks import FOLDER
from makeweight.results.folders import read_json
from makeweight.results.values import Interval, interval_of
from makeweight.tools.tables.markdown import markdown_table

FILE = "arms.json"
NOT_MEASURED = "Not measured yet: `benchmarks/arms.py`."
KINDS = {
    "tenth": ("CIFAR-10, three classes at a tenth", "equal"),
    "long-tail": ("CIFAR-10, long tail, imbalance 100", "equal"),
    "catalogue": ("The built-in catalogue, all views fused", "contest"),
}
"""Kind of rows -> its title, and the rule by which arms are ordered."""
CEILING = "ceiling"


def arms(folder: Path = FOLDER) -> str:
    """A sentence and a table for each kind of rows that was measured."""
    found = read_json(folder / FILE) if (folder / FILE).is_file() else None
    if not found:
        return NOT_MEASURED
    parts = [part for kind in KINDS if (part := table_of(kind, found))]
    return "\n\n".join(parts) or NOT_MEASURED


def table_of(kind: str, numbers: Mapping[str, Any]) -> str:
    """The table of one kind of rows, the best arm first; nothing where it was not measured."""
    title, rule = KINDS[kind]
    own = {key.removeprefix(f"{kind}."): value for key, value in numbers.items() if key.startswith(f"{kind}.")}
    scores = {key.removesuffix(f".{rule}.score"): value for key, value in own.items() if key.endswith(f".{rule}.score")}
    if not scores:
        return ""
    heads = ["arm", "macro-F1", "gain over the best simple arm", "share of headroom", "recall of small classes"]
    names = sorted(scores, key=lambda name: -scores[name])
    rows = [row_of(name, own, rule) for name in names]
    if rule == "equal":
        heads += ["contest's rule", "its gain"]
        rows = [[*row, score(own.get(f"{name}.contest.score")), gain_text(gain_of(own, name, "contest"))]
                for row, name in zip(rows, names, strict=True)]  # fmt: skip
    return f"**{title}.** {sentence(own, scores, rule)}\n\n{markdown_table(heads, rows)}"


def row_of(name: str, own: Mapping[str, Any], rule: str) -> list[str]:
    """An arm's cells, empty where something was not measured."""
    share = own.get(f"{name}.{rule}.headroom_share")
    recall = own.get(f"{name}.{rule}.recall_of_small_classes")
    known = "" if share is None or name == CEILING else f"{100 * share:.0f} %"
    return [
        f"`{name}`",
        score(own.get(f"{name}.{rule}.score")),
        gain_text(gain_of(own, name, rule)),
        known,
        score(recall),
    ]


def sentence(own: Mapping[str, Any], scores: Mapping[str, float], rule: str) -> str:
    """Whether an engine's arm is shown to gain a point over the best simple one, and how much room there is."""
    best = own.get(f"best_simple.{rule}", "")
    engines = [name for name in scores if name != CEILING and Arm.parse(name).engines]
    shown = [name for name in engines if (gain := gain_of(own, name, rule)) is not None and gain.low > 0]
    won = [name for name in shown if (gain := gain_of(own, name, rule)) is not None and gain.mean >= 1]
    room = own.get(f"headroom.{rule}")
    start = f"The best simple arm is `{best}` with {score(scores.get(best))}"
    start += f", the headroom {100 * room:.1f} points. " if room is not None else ". "
    if won:
        return f"{start}An engine's arms that gain a point or more, shown: {', '.join(f'`{name}`' for name in won)}."
    if shown:
        names = ", ".join(f"`{name}`" for name in shown)
        return f"{start}Engines' arms that are shown to be better, by less than a point: {names}."
    return f"{start}No engine's arm is shown to be better."


def gain_of(own: Mapping[str, Any], name: str, rule: str) -> Interval | None:
    """An arm's gain over the best simple one, in points."""
    return interval_of(own, f"{name}.{rule}.gain", 100)


def gain_text(gain: Interval | None) -> str:
    """`+0.4 (-0.3 to +1.0)`; nothing where there is none."""
    return "" if gain is None else f"{gain.mean:+.1f} ({gain.low:+.1f} to {gain.high:+.1f})"


def score(value: float | None) -> str:
    """A share in points, `61.7`; nothing where it is not known."""
    return "" if value is None else f"{100 * value:.1f}"
