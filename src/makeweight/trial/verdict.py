"""What a trial comes to: a table, sentences, what to use, a plot and a page."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from makeweight.balance.arm import DECISION_RULE, NONE
from makeweight.core import files
from makeweight.core.names import listed
from makeweight.results.values import Interval
from makeweight.trial import page, text, told
from makeweight.trial.claims import Finding
from makeweight.trial.recommended import Advice, Rule

if TYPE_CHECKING:  # slow to import
    from matplotlib.axes import Axes

POINTS = 100


@dataclass(frozen=True)
class Verdict:
    """Whether balancing helps, as `makeweight.compare` found it; scores are points of a hundred."""

    finding: Finding
    """All scores on all splits."""
    sizes: Mapping[str, int]
    """Class -> its rows."""
    classes: tuple[str, ...]
    rare: np.ndarray
    """bool `(classes,)`: the classes that `rare recall` and `average precision` are of."""
    advice: Advice
    notes: tuple[str, ...]
    """What was left out or changed, a line each."""
    seconds: float
    """That the splits took."""

    @property
    def recommended(self) -> Any:
        """What to use: a `Rule` with `predict(probabilities)`, `ClassWeights`, or a fitted sampler.

        A `Rule` for `none` takes the largest probability.
        """
        return self.advice.tool

    @property
    def arm(self) -> str:
        """The name of the recommended arm."""
        return self.advice.arm

    @property
    def rule(self) -> Rule:
        """The decision rule of the recommended arm."""
        return self.advice.rule

    @property
    def splits(self) -> int:
        """How many random splits were made."""
        return self.finding.splits

    @property
    def rare_classes(self) -> list[str]:
        """The classes that the recall is of."""
        return [name for name, is_rare in zip(self.classes, self.rare, strict=True) if is_rare]

    @cached_property
    def sentence(self) -> str:
        """What to use, and how sure that is."""
        return told.sentence(self.finding, self.advice)

    @cached_property
    def sentences(self) -> list[str]:
        """The sentence, the numbers of the rule, and how engines did."""
        return [self.sentence, *told.further(self.finding, self.advice, self.classes)]

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row per arm, in points.

        The columns: `arm`, `macro_f1` with the ends of its interval, `average_precision` and `rare_recall` of the rare
        classes, `difference` of macro-F1 to the decision rule with the ends of its interval, and `words` for it. The
        intervals of the differences hold together.
        """
        claims = self.finding.against(DECISION_RULE)
        rows = []
        for arm in self.finding.arms:
            score, claim = self.finding.score(arm).points(), claims.get(arm)
            gap = None if claim is None else claim.interval.points()
            rows.append(
                {
                    "arm": arm,
                    "macro_f1": score.mean,
                    "low": score.low,
                    "high": score.high,
                    "average_precision": POINTS * self.finding.mean(arm, "average_precision"),
                    "rare_recall": POINTS * self.finding.mean(arm, "rare_recall"),
                    "difference": np.nan if gap is None else gap.mean,
                    "difference_low": np.nan if gap is None else gap.low,
                    "difference_high": np.nan if gap is None else gap.high,
                    "words": told.in_words(claim),
                }
            )
        return pd.DataFrame(rows).round(2)

    def differences(self, reference: str = NONE) -> dict[str, Interval]:
        """Arm -> its difference of macro-F1 to another arm, in points; all intervals hold together."""
        found = {arm: claim.interval.points() for arm, claim in self.finding.against(reference).items()}
        return {arm: Interval(gap.mean, gap.low, gap.high) for arm, gap in found.items()}

    def words(self, reference: str = NONE) -> dict[str, str]:
        """Arm -> `helps`, `inconclusive` or `hurts`, against another arm."""
        return {arm: claim.word for arm, claim in self.finding.against(reference).items()}

    @property
    def shown(self) -> page.Shown:
        """What a page shows."""
        head, *lines = self.rows
        cells = dict(zip(self.finding.arms, lines, strict=True))
        return page.Shown(
            self.sentences, self.arm, self.differences(), self.words(NONE), cells, head, self.how, self.notes
        )

    @property
    def rows(self) -> list[list[str]]:
        """The table as cells of text, its head first."""
        return text.table_rows(self.table, self.rare_classes)

    @property
    def how(self) -> str:
        """How the numbers were measured."""
        sizes = ", ".join(f"{name} {count:,}" for name, count in list(self.sizes.items())[:20])
        return (
            f"Rows by class: {sizes}. {self.splits} random splits in {self.seconds:.0f} s; the same learners for every "
            "way, each with a decision rule chosen on predictions of train rows out of fold; test rows are looked at "
            "once. Intervals of 95 % know that splits share rows; those of differences hold for all ways together."
        )

    def plot(self, ax: "Axes | None" = None) -> "Axes":
        """Draw every arm's difference to `none` with its interval, and return the Axes."""
        from makeweight.trial.plot import plot_differences

        return plot_differences(self.differences(NONE), self.words(NONE), ax)

    def to_html(self, path: Path | str) -> Path:
        """Write one page that needs no network, and return its path."""
        path = Path(path)
        files.write_text(path, page.whole(self.shown))
        return path

    def _repr_html_(self) -> str:
        """The verdict as a notebook shows it."""
        return str(page.short(self.shown))

    def __repr__(self) -> str:
        return f"Verdict({self.sentence!r}, arms: {listed(self.finding.arms)}, {self.splits} splits)"
