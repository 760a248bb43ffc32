"""The first screen: which way of balancing to use, what was compared, who won and how sure that is."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd
from markupsafe import Markup

from makeweight.balance.arm import NONE, Arm
from makeweight.results import charts_old as charts
from makeweight.results.charts_old import Interval, join, number, signed, tag
from makeweight.results.sections import not_made_yet, readable
from makeweight.results.shelf import Shelf

REFITTED = (
    "Refit: once a network has learned, its last layer learns anew from real samples alone, every class drawn alike."
)
TONES = {"helps": "good", "inconclusive": "plain", "hurts": "bad"}
MEANINGS = {
    "helps": "helps: better than doing nothing by more than chance",
    "inconclusive": "inconclusive: the data can't tell it from doing nothing",
    "hurts": "hurts: worse than doing nothing by more than chance",
}


@dataclass(frozen=True)
class Ruling:
    """What the stage `verdict` decided for its headline view."""

    view: str
    recommended: str
    best_simple: str
    uses: Mapping[str, str]
    """Engine -> the arm that validation chose among those of its rows."""
    sentences: Mapping[str, str]
    arms: pd.DataFrame
    """`arm, mean, low, high, verdict` against `none`; `simple_...` against the best simple arm."""

    @property
    def entrants(self) -> list[str]:
        """The arms that were run, in their order; an engine's own line repeats that of its chosen use."""
        return [str(arm) for arm in self.arms["arm"] if arm not in self.uses]

    def words_on(self, arm: str) -> Mapping[str, Any] | None:
        """The arm's line, or None for `none` itself."""
        found = self.arms[self.arms["arm"] == arm]
        return None if found.empty else {str(name): value for name, value in found.iloc[0].items()}


def read_ruling(shelf: Shelf) -> Ruling | None:
    """The verdict, where it has been made."""
    told, arms = shelf.record("verdict", "verdict.json"), shelf.series("verdict", "intervals.csv")
    if told is None or arms is None:
        return None
    return Ruling(told["view"], told["recommended"], told["best_simple"], told["uses"], told["sentences"], arms)


def draw_opening(shelf: Shelf, level: float) -> Markup:
    """Headline, what was compared, the interval chart and the sentences of the verdict."""
    ruling = read_ruling(shelf)
    if ruling is None:
        return join([tag("h1", "Which way of balancing helps is not known yet."), not_made_yet("verdict")])
    sentences = [tag("li", sentence) for sentence in ruling.sentences.values()]
    return join(
        [
            tag("h1", headline(ruling)),
            *(tag("p", told, class_="second") for told in [from_to(shelf, ruling)] if told),
            *(tag("p", engine_line(engine, ruling), class_="second") for engine in ruling.uses),
            tag("p", compared(shelf, ruling), class_="lead"),
            tag("p", how_sure(level), class_="note"),
            interval_chart(ruling, level),
            tag("ul", join(sentences), class_="sentences"),
        ]
    )


def headline(ruling: Ruling) -> str:
    """What to do, in plain words."""
    words = ruling.words_on(ruling.recommended)
    if words is None:
        return "Add nothing: no way of balancing did better than the training data as they are."
    name, points = readable(ruling.recommended), float(words["mean"])
    if words["verdict"] == "inconclusive" and points <= 0:
        return f"No gain is shown: {name}, which validation chose, made {signed(points)} points on the test samples."
    return {
        "helps": f"Use {name}: it helps by {abs(points):.1f} points.",
        "inconclusive": f"Use {name}: {signed(points)} points, though chance alone could explain that.",
        "hurts": f"Validation chose {name}, but on the test samples it hurts by {abs(points):.1f} points: add nothing.",
    }[str(words["verdict"])]


def from_to(shelf: Shelf, ruling: Ruling) -> str:
    """Where the score stood and where the recommended way brings it, and which ways chance can't tell from it."""
    numbers = shelf.numbers("verdict") or {}
    scores = [numbers.get(f"{arm}.macro_f1.mean") for arm in (NONE, ruling.recommended)]
    if ruling.recommended == NONE or None in scores:
        return ""
    before, after = (f"{100 * score:.1f}" for score in scores if score is not None)
    told = f"Macro-F1 goes from {before} to {after} of 100 points."
    if ruling.recommended != ruling.best_simple:
        return told
    others = ruling.arms[ruling.arms["arm"].isin(ruling.entrants) & (ruling.arms["arm"] != ruling.recommended)]
    is_level = others["simple_verdict"] == "inconclusive"
    level, apart = ([readable(str(arm)) for arm in others["arm"][chosen]] for chosen in (is_level, ~is_level))
    if len(level) > max(3, len(apart)):
        rest = f"all but {', '.join(apart)}" if apart else "all of them"
        return f"{told} Of the {len(others)} other ways, {rest} can't be told from it."
    return f"{told} No difference to it is shown for {', '.join(level)}." if level else told


def engine_line(engine: str, ruling: Ruling) -> str:
    """One short sentence on the samples of one engine, against doing nothing and against the best simple way."""
    words = ruling.words_on(engine)
    if ruling.uses[engine] == NONE or words is None:
        return f"Samples made by {engine}: validation chose to add none."
    word, points = str(words["verdict"]), signed(float(words["mean"]))
    told = {"helps": "help", "hurts": "hurt", "inconclusive": "show no difference"}[word]
    against, best = str(words["simple_verdict"]), readable(ruling.best_simple)
    difference = {
        "helps": f"are better than {best}",
        "hurts": f"are worse than {best}",
        "inconclusive": f"no difference to {best} is shown",
    }
    first = f"Samples made by the generator {readable(engine)} {told} ({points} points)"
    if against not in difference:
        return f"{first}."
    turn = "but" if word == "helps" and against != "helps" else "and"
    range_ = f"{signed(float(words['simple_low']))} to {signed(float(words['simple_high']))}"
    return f"{first} {turn} {difference[against]} ({signed(float(words['simple_mean']))} points, {range_})."


def compared(shelf: Shelf, ruling: Ruling) -> str:
    """What stood against what, on which data, judged how."""
    none, split = shelf.numbers("contest", NONE) or {}, shelf.numbers("split") or {}
    cleaned = shelf.numbers("clean") or {}
    rows, seeds = none.get("rows.real"), none.get(f"{ruling.view}.seeds")
    told = [f"{len(ruling.entrants)} ways of balancing"]
    told.append(f"the {number(rows)} training samples" if rows else "the training samples")
    told.append(f"of {number(cleaned['classes'])} classes" if "classes" in cleaned else "")
    told.append("were compared with doing nothing")
    told.append(f", each trained {number(seeds)} times from other random starts" if seeds else "")
    judged = number(split["test"]) if "test" in split else "the"
    first = " ".join(part for part in told if part).replace(" ,", ",")
    view = "all modalities together" if ruling.view == "fusion" else ruling.view
    amounts = "A number behind a generator's name is how many percent of what levels all classes it made."
    refitted = REFITTED if any(Arm.parse(arm).refit for arm in ruling.entrants) else ""
    return (
        f"{first}, and judged on {judged} test samples that nothing was fitted to or chosen by. The score is macro-F1 "
        f"of {view}: how well the average class is recognised, rare classes counting as much as common ones, "
        f"from 0 to 100 points. {amounts if ruling.uses else ''} {refitted}"
    ).strip()


def how_sure(level: float) -> str:
    """How to read the bars."""
    return (
        f"Zero: doing nothing. Dot: mean difference. Bar: {100 * (1 - level):.0f} % interval from a paired bootstrap "
        "over test samples and random starts. The words are corrected for how many ways were tried; where a bar "
        "crosses the line, the way can't be told from doing nothing."
    )


def interval_chart(ruling: Ruling, level: float) -> Markup:
    """Every arm's difference to doing nothing, best first, coloured by its verdict."""
    own = ruling.arms[ruling.arms["arm"].isin(ruling.entrants)]
    ordered = own.sort_values("mean", ascending=False, kind="stable")
    rows = [
        Interval(
            readable(str(arm)),
            float(mean),
            float(low),
            float(high),
            TONES[str(word)],
            note(str(arm), str(word), ruling),
        )
        for arm, mean, low, high, word in ordered[["arm", "mean", "low", "high", "verdict"]].itertuples(index=False)
    ]
    words = [tag("li", MEANINGS[word], class_=tone) for word, tone in TONES.items()]
    label = f"macro-F1 against doing nothing, points ({100 * (1 - level):.0f} % interval)"
    return join([tag("ul", join(words), class_="words"), charts.intervals(rows, label)])


def note(arm: str, word: str, ruling: Ruling) -> str:
    """What stands below an arm's name."""
    parts = [word]
    if arm == ruling.recommended:
        parts.append("recommended")
    if arm == ruling.best_simple:
        parts.append("best simple way")
    if arm in ruling.uses.values():
        parts.append("chosen on validation for its generator")
    return ", ".join(parts)
