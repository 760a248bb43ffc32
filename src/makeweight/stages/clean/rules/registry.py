"""All rules under the names that params.yaml uses."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import pandas as pd

from makeweight.core.params import Section
from makeweight.stages.clean.listings import Listings
from makeweight.stages.clean.rules import duplicates, labels, pictures, values
from makeweight.stages.clean.rules.findings import NoOptions


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule and what it needs."""

    apply: Callable[[Listings, Any], pd.DataFrame]
    options: type[Section]
    modality: Literal["image", "text", "money"] | None = None
    """What a data set must have for the rule to apply."""
    needs_copies: bool = False
    """Whether near duplicates must have been searched before."""


RULES: dict[str, Rule] = {
    "missing_field": Rule(values.missing_field, values.Columns),
    "unreadable_picture": Rule(pictures.unreadable_picture, NoOptions, "image"),
    "small_picture": Rule(pictures.small_picture, pictures.MinEdge, "image"),
    "extreme_aspect_ratio": Rule(pictures.extreme_aspect_ratio, pictures.MaxAspectRatio, "image"),
    "blank_picture": Rule(pictures.blank_picture, pictures.MinContrast, "image"),
    "empty_text": Rule(values.empty_text, NoOptions, "text"),
    "wrong_language": Rule(values.wrong_language, values.Languages, "text"),
    "unreadable_number": Rule(values.unreadable_number, NoOptions),
    "price_out_of_range": Rule(values.price_out_of_range, values.PriceRange, "money"),
    "uninformative_label": Rule(labels.uninformative_label, labels.Labels),
    "label_conflict": Rule(labels.label_conflict, labels.Majority, needs_copies=True),
    "exact_duplicate": Rule(duplicates.exact_duplicate, NoOptions, needs_copies=True),
    "near_duplicate": Rule(duplicates.near_duplicate, NoOptions, needs_copies=True),
    "series_cap": Rule(duplicates.series_cap, duplicates.SeriesCap),
    "label_error": Rule(labels.label_error, labels.LabelErrors),
    "small_class": Rule(labels.small_class, labels.MinClassSize),
}
