"""All rules under their names in params.yaml and in cards, in the order in which they run."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from makeweight.core.params import Section
from makeweight.stages.clean.listings import Listings
from makeweight.stages.clean.rules import classes, duplicates, labels, pictures, values
from makeweight.stages.clean.rules.findings import NoOptions

FLATTERS = "the test split loses its contradictions as well, which flatters the scores"


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule and what it needs."""

    apply: Callable[[Listings, Any], pd.DataFrame]
    options: type[Section]
    modality: Literal["image", "text", "money"] | None = None
    """What a data set must have for the rule to apply."""
    columns: Literal["all", "any"] | None = None
    """Whether all of the columns that its option `columns` names must be there, or one of them."""
    needs: Literal["copies", "clusters"] | None = None
    """What must have been searched before: copies, or only which rows belong in one split."""
    keep: str | Callable[[Iterable[str]], str] = "{name}: false"
    """What stands under `rules` in a card that keeps the rows which the rule takes, as it is or by their details."""
    note: str = ""
    """What else a person should know about rows that the rule takes, as a part of a sentence."""

    def card_line(self, name: str, details: Iterable[str]) -> str:
        """Return the line of a card that keeps the rows which the rule of this name takes with these details."""
        return f"rules: {{{self.keep.format(name=name) if isinstance(self.keep, str) else self.keep(details)}}}"

    def lacks(self, listings: Listings, options: Section) -> str:
        """Return what the data lack for this rule, as part of a sentence; empty where it can be applied."""
        roles = listings.roles
        present = {None: True, "image": bool(roles.image), "text": bool(roles.text), "money": bool(roles.money)}
        if not present[self.modality]:
            return {"image": "no pictures", "text": "no texts", "money": "no amounts of money"}[str(self.modality)]
        asked: tuple[str, ...] = getattr(options, "columns", ()) if self.columns else ()
        known = listings.table.columns if self.columns == "all" else roles.features
        absent = [name for name in asked if name not in known]
        enough = not absent if self.columns == "all" else len(absent) < len(asked)
        return "" if enough or not self.columns else f"no column {' or '.join(absent) or 'that it could look at'}"


RULES: dict[str, Rule] = {
    "missing_field": Rule(values.missing_field, values.Columns, columns="any"),
    "unreadable_picture": Rule(pictures.unreadable_picture, NoOptions, "image"),
    "missing_picture": Rule(pictures.missing_picture, NoOptions, "image"),
    "small_picture": Rule(pictures.small_picture, pictures.MinEdge, "image"),
    "extreme_aspect_ratio": Rule(pictures.extreme_aspect_ratio, pictures.MaxAspectRatio, "image"),
    "blank_picture": Rule(pictures.blank_picture, pictures.MinContrast, "image"),
    "empty_text": Rule(values.empty_text, NoOptions, "text"),
    "wrong_language": Rule(values.wrong_language, values.Languages, "text"),
    "unreadable_number": Rule(values.unreadable_number, NoOptions),
    "price_out_of_range": Rule(values.price_out_of_range, values.PriceRange, "money"),
    "uninformative_label": Rule(labels.uninformative_label, labels.Labels),
    "picture_under_two_labels": Rule(
        duplicates.picture_under_two_labels,
        duplicates.TwoLabels,
        "image",
        keep="{name}: {{action: report}}",
        note=FLATTERS,
    ),
    "label_conflict": Rule(labels.label_conflict, labels.Majority, needs="copies", note=FLATTERS),
    "exact_duplicate": Rule(duplicates.exact_duplicate, NoOptions, needs="copies"),
    "near_duplicate": Rule(duplicates.near_duplicate, NoOptions, needs="copies"),
    "series_cap": Rule(duplicates.series_cap, duplicates.SeriesCap, columns="all"),
    "small_class": Rule(classes.small_class, classes.MinClassSize, needs="clusters", keep=classes.keep_line),
    "label_error": Rule(labels.label_error, labels.LabelErrors, keep="{name}: {{action: report}}", note=FLATTERS),
}
"""The order is fixed: a rule looks at the rows that those before it have left."""
