"""The rule about classes of few rows: those that cannot be split go, all others stay and are told."""

from collections.abc import Iterable, Mapping
from typing import Literal

import pandas as pd

from makeweight.core.names import listed
from makeweight.core.params import Section
from makeweight.core.progress import say
from makeweight.core.ranges import CountOrNone
from makeweight.data.values.reading import counted
from makeweight.stages.clean.listings import Listings
from makeweight.stages.clean.rules.findings import findings

EFFECTS = (
    "`split` leaves validation and test a few rows of each, engines and SMOTE learn from those of train alone, "
    "intervals of `contest` and `verdict` are wide, `fewshot` skips a class without enough shots and queries, and "
    "`fidelity` one below its `min_class_rows`"
)
"""What few rows mean for the stages that follow."""


class MinClassSize(Section):
    """What a class needs, and what happens to smaller classes."""

    min_rows: CountOrNone
    min_units: CountOrNone
    """Units (near copies and groups stay together) that a class needs to be split: one in each of the three splits.

    Two in each split would be better, and `split` gives them wherever there are six. But a rare class of four patients
    is what people come for, and data of four sites have no class of more: a line about single units harms less than
    dropped rows. Rows without groups have two in each split by `min_rows`.
    """
    action: Literal["drop", "merge"]
    merged_label: str
    tell_below_rows: CountOrNone
    """Classes of fewer rows stay, with a line about what few rows mean."""


UNSPLITTABLE = "are needed to split"
"""How the detail ends of a class that no threshold keeps."""
ENOUGH_UNITS = 6
"""Classes of fewer units stay, with a line: some split judges them by a single unit."""


def small_class(listings: Listings, options: MinClassSize) -> pd.DataFrame:
    """The class has too few rows, or too few units to be split; `merge` gives its rows another label instead."""
    labels = listings.table["label"]
    units = listings.units()
    too_small = {label: why for label, why in faults(labels, units, options).items() if why}
    rows = labels[labels.isin(list(too_small))]
    merged_label = options.merged_label if options.action == "merge" else None
    if merged_label is not None and len(rows):
        merged = labels.where(~labels.isin(list(too_small)), merged_label)
        why = faults(merged, units, options.model_copy(update={"min_rows": 0})).get(merged_label, "")
        if not why:
            tell_few(merged, units, options)
            detail = [too_small[label] for label in rows]
            return findings(rows.index, detail, action="relabel", label=merged_label)
        rows = labels[labels.isin([*too_small, merged_label])]
        too_small = dict.fromkeys(rows.unique(), f"{why}, merged with other small classes")
    tell_gone(too_small, labels, units, options)
    tell_few(labels.drop(rows.index), units, options)
    return findings(rows.index, [too_small[label] for label in rows])


def faults(labels: pd.Series, units: pd.Series, options: MinClassSize) -> dict[str, str]:
    """Return for each class why it is too small, as part of a sentence; empty where it is not."""
    size, unit_count = labels.value_counts(), units.groupby(labels).nunique()
    found = {}
    for label in sorted(size.index):
        few_units = f"{label}: {held(size[label], unit_count[label])}, {options.min_units} {UNSPLITTABLE}"
        few_rows = f"{label}: {size[label]}"
        found[label] = few_rows if size[label] < options.min_rows else ""
        if unit_count[label] < options.min_units:
            found[label] = few_units
    return found


def keep_line(details: Iterable[str]) -> str:
    """Return what stands under `rules` in a card that keeps the rows with these details, in classes of their own if so.

    Classes that cannot be split stay only as part of one that is merged out of small classes.
    """
    unsplittable = {detail.endswith(UNSPLITTABLE) for detail in details}
    lower, merge = "min_rows: 3", "action: merge"
    return f"small_class: {{{', '.join([lower] * (False in unsplittable) + [merge] * (True in unsplittable))}}}"


def held(rows: int, units: int) -> str:
    """Return rows and units in words."""
    return f"{counted(rows, 'row')} in {counted(units, 'unit')}"


def tell_gone(too_small: Mapping[str, str], labels: pd.Series, units: pd.Series, options: MinClassSize) -> None:
    """Say which classes are dropped, why, and what keeps them: those that cannot be split, and those that could be."""
    size, unit_count = labels.value_counts(), units.groupby(labels).nunique()
    splittable = [label for label in too_small if unit_count[label] >= options.min_units]
    merge = "`small_class: {action: merge}` makes one class of them"
    for names, why, remedy in (
        (
            [label for label in too_small if label not in splittable],
            f"have fewer than {options.min_units} units, and one is needed in each split",
            f"more rows help, a `group_by` of fewer columns may, and {merge}",
        ),
        (
            splittable,
            f"have fewer than the {options.min_rows} rows of its `min_rows`",
            f"a lower `small_class: {{min_rows: ...}}` keeps them, {merge}",
        ),
    ):
        if names:
            named = listed([f"{label} ({held(size[label], unit_count[label])})" for label in names])
            say(f"clean: small_class drops classes that {why}: {named}; {remedy}")


def tell_few(labels: pd.Series, units: pd.Series, options: MinClassSize) -> None:
    """Say which classes stay with few rows or units, and what that means for later stages."""
    size = labels.value_counts()
    few = size[size < options.tell_below_rows].sort_index()
    if len(few):
        named = listed([f"{label} ({count})" for label, count in few.items()])
        say(
            f"clean: small_class: classes of fewer than {options.tell_below_rows} rows stay: {named}; with so few "
            f"{EFFECTS}"
        )
    unit_count = units[labels.index].groupby(labels).nunique()
    single = unit_count[(unit_count < ENOUGH_UNITS) & (size.reindex(unit_count.index) >= ENOUGH_UNITS)]
    if len(single):
        named = listed([f"{label} ({count})" for label, count in single.items()])
        say(
            f"clean: small_class: classes of fewer than {ENOUGH_UNITS} units (groups, or copies of a picture) stay: "
            f"{named}; some split has a single unit of them, so that scores there speak for that one only, and for "
            "other units nobody knows"
        )
