"""A second reading of the test split: its rows of groups (vendors, authors) of which the train split has no row.

Units never straddle splits, but a group may: a vendor's series are several units. A model may know a vendor's style,
so that scores on all test rows are those for vendors of whom some are known. This reading says what is left for
others. Nothing is chosen and nothing is trained for it: the same predictions are compared on fewer rows.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from makeweight.balance.arm import DECISION_RULE, NONE
from makeweight.data import reserved, samples
from makeweight.data.samples import Samples
from makeweight.data.units import units
from makeweight.stages.verdict.bootstrap import bootstrap
from makeweight.stages.verdict.claims import Claim, claims
from makeweight.stages.verdict.interval import Interval
from makeweight.stages.verdict.judge import Verdict
from makeweight.stages.verdict.predictions import align, minority_classes

FEW_ROWS, FEW_CLASS_ROWS, FEW_GROUPS = 100, 5, 20
"""Below these a reader is warned: so many rows, rows of a class, and groups."""


@dataclass(frozen=True)
class Size:
    """How much of the test split is left for this reading."""

    rows: int
    test_rows: int
    groups: int
    test_groups: int
    classes: int
    test_classes: int
    small_classes: int
    """Classes with rows, but with fewer than `FEW_CLASS_ROWS`."""

    @property
    def can_be_scored(self) -> bool:
        """Whether there is anything to resample and to tell apart."""
        return self.groups > 1 and self.classes > 1

    @property
    def is_small(self) -> bool:
        """Whether a reader is warned."""
        return self.rows < FEW_ROWS or self.groups < FEW_GROUPS or self.small_classes > 0


@dataclass(frozen=True)
class NewGroups:
    """The second reading: arms that the first one speaks of, on rows of new groups."""

    group: str
    """What the card calls a group, such as vendor."""
    size: Size
    scores: Mapping[str, Interval]
    """`none`, the decision rule, the best simple arm and every engine -> macro-F1 over the classes that have rows."""
    against_none: Mapping[str, Claim]
    against_rule: Mapping[str, Claim]
    """Empty where the rule is no arm."""
    against_simple: Mapping[str, Claim]


def new_rows(table: pd.DataFrame) -> pd.DataFrame | None:
    """The test rows of groups without a train row; None where groups are not known, or where no group straddles.

    Then this reading would be the first one again. A row without a group is not among them: it may be anyone's.

    Args:
        table: `id, label, mw_split, mw_unit`, and `group` where the card names one.
    """
    if "group" not in table:
        return None
    known = table[table["group"].notna()]
    trained = known.loc[known[reserved.SPLIT] == "train", "group"]
    test = known[known[reserved.SPLIT] == "test"]
    is_new = ~test["group"].isin(trained)
    return None if is_new.all() else test[is_new].reset_index(drop=True)


def measure_size(rows: pd.DataFrame, test: pd.DataFrame) -> Size:
    """How much of the test rows the rows are."""
    counts = rows["label"].value_counts()
    return Size(
        rows=len(rows),
        test_rows=len(test),
        groups=rows["group"].nunique(),
        test_groups=test["group"].nunique(),
        classes=len(counts),
        test_classes=test["label"].nunique(),
        small_classes=int((counts < FEW_CLASS_ROWS).sum()),
    )


def read_new_groups(
    verdict: Verdict,
    tables: Mapping[str, pd.DataFrame],
    split: Samples,
    group: str,
    bootstrap_samples: int,
    seed: int,
) -> NewGroups | None:
    """Compare the arms that the verdict speaks of on the test rows of new groups.

    Groups are resampled, not units: the question is what holds for other vendors. The intervals of differences hold for
    all arms of this reading at once. Without two groups and two classes there are no scores, only the size.

    Args:
        verdict: the first reading.
        tables: the predictions of every arm.
        split: the samples with their groups.
        group: what the card calls a group.
        bootstrap_samples: how many.
        seed: of the bootstrap.
    """
    table = split.table
    rows = new_rows(table)
    if rows is None:
        return None
    size = measure_size(rows, table[table[reserved.SPLIT] == "test"])
    if not size.can_be_scored:
        return NewGroups(group, size, {}, {}, {}, {})
    lines = lines_of(verdict)
    # All arms, since the noise of seeds is pooled over them: the few that are told would know it badly.
    own = {arm: tables[arm][tables[arm]["id"].isin(rows["id"])] for arm in arms_of(verdict)}
    resampled = units(rows.assign(**{reserved.CLUSTER: rows[reserved.UNIT]}), ["group"])
    numbers = pd.Series(pd.factorize(resampled)[0], index=rows["id"])
    predictions = align(own, verdict.view, "test", numbers, samples.classes(split))
    assert predictions is not None
    scores = bootstrap(predictions, minority_classes(split), bootstrap_samples, verdict.scores.family_wise_alpha, seed)
    means = scores.scores("macro_f1")

    def against(reference: str) -> dict[str, Claim]:
        found = claims(scores, reference, set(lines.values()))
        return {line: found[arm] for line, arm in lines.items() if arm in found and arm != NONE}

    return NewGroups(
        group,
        size,
        {line: means[arm] for line, arm in lines.items()},
        against(NONE),
        against(DECISION_RULE) if verdict.has_rule else {},
        against(verdict.choices.best_simple),
    )


def arms_of(verdict: Verdict) -> list[str]:
    """The arms of the first reading, without the lines of whole engines."""
    return [arm for arm in verdict.arms if arm not in verdict.choices.chosen]


def lines_of(verdict: Verdict) -> dict[str, str]:
    """Line -> arm: `none`, the decision rule and the best simple arm under their names, each engine's choice under its.

    An engine of which validation chose to add nothing has no line.
    """
    simple = (NONE, *([DECISION_RULE] if verdict.has_rule else []), verdict.choices.best_simple)
    return {arm: arm for arm in simple} | {engine: arm for engine, arm in verdict.choices.chosen.items() if arm != NONE}
