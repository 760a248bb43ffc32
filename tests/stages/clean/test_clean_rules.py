"""Every rule on a small table, with findings computed by hand."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from makeweight.data.samples import Roles
from makeweight.stages.clean.listings import Listings
from makeweight.stages.clean.rules import duplicates, labels, pictures, values
from makeweight.stages.clean.rules.findings import NoOptions
from makeweight.stages.clean.rules.registry import RULES

ROLES = Roles(image="image", text=("title", "description"), numeric=("price",), money={"price": "currency"})


def listings(**columns: Any) -> Listings:
    """Rows that pass every rule, except for these columns."""
    count = len(next(iter(columns.values())))
    table = pd.DataFrame(
        {
            "id": [f"r{row}" for row in range(count)],
            "label": "boats",
            "group": "ann",
            "image": [b"..."] * count,
            "title": "a boat",
            "description": None,
            "price": 5.0,
            "mw_fault": None,
            "mw_unread": None,
            "mw_width": 64,
            "mw_height": 64,
            "mw_contrast": 50.0,
            "mw_digest": [f"d{row}" for row in range(count)],
        }
    )
    return Listings(table.assign(**columns), ROLES)


def with_copies(given: Listings, copies: list[int]) -> Listings:
    numbers = pd.Series(copies, index=given.table.index)
    return Listings(given.table, given.roles, copies=numbers, clusters=numbers)


def details(findings: pd.DataFrame) -> dict[int, str]:
    return dict(zip(findings.index, findings["detail"], strict=True))


def test_missing_field_names_the_fields_and_ignores_unreadable_pictures() -> None:
    given = listings(
        image=[b"...", None, None, b"..."], title=["a", "b", None, None], mw_fault=[None, "broken", None, None]
    )
    options = values.Columns(columns=("image", "title", "colour"))
    assert details(values.missing_field(given, options)) == {2: "image, title", 3: "title"}
    assert details(pictures.unreadable_picture(given, NoOptions())) == {1: "broken"}


def test_small_and_elongated_pictures_are_reported_with_their_size() -> None:
    given = listings(mw_width=[23, 24, 100, 0], mw_height=[90, 24, 24, 0])
    assert details(pictures.small_picture(given, pictures.MinEdge(min_edge_pixels=24))) == {0: "23 x 90"}
    assert details(pictures.extreme_aspect_ratio(given, pictures.MaxAspectRatio(max_aspect_ratio=4))) == {2: "4.2 to 1"}
    blank = listings(mw_contrast=[0.0, 1.99, 2.0])
    assert list(pictures.blank_picture(blank, pictures.MinContrast(min_contrast=2)).index) == [0, 1]


def test_a_text_is_empty_when_no_column_has_a_letter() -> None:
    given = listings(title=["12", None, "x", "?"], description=[None, "!!", None, "y"])
    assert list(values.empty_text(given, NoOptions()).index) == [0, 1]


def test_language_is_judged_on_long_texts_only() -> None:
    italian = "una bella barca a vela rossa nel porto di Genova con il mare calmo e il sole"
    english = "a fine red sailing boat in the harbour of Genoa with a calm sea and the sun"
    given = listings(title=["disquete", italian, english, "card"])
    options = values.Languages(languages=("en",), min_words=12, min_probability=0.95)
    found = values.wrong_language(given, options)
    assert list(found.index) == [1]
    assert found["detail"][1].startswith("it with ")
    assert not len(values.wrong_language(given, options.model_copy(update={"languages": ("en", "it")})))


def test_prices_out_of_range_and_unreadable_numbers() -> None:
    given = listings(price=[0.0, 0.1, 10_000.0, 10_000.5, np.nan], mw_unread=[None, "price: 'ask'", None, None, None])
    found = values.price_out_of_range(given, values.PriceRange(minimum=0.1, maximum=10_000))
    assert details(found) == {0: "0.00", 3: "10000.50"}
    assert details(values.unreadable_number(given, NoOptions())) == {1: "price: 'ask'"}


def test_uninformative_labels() -> None:
    given = listings(label=["boats", "Unsorted", "unsorted"])
    assert list(labels.uninformative_label(given, labels.Labels(labels=("unsorted",))).index) == [1, 2]


def test_a_conflict_keeps_a_clear_majority_and_names_a_copy_under_another_label() -> None:
    given = with_copies(
        listings(label=["a", "a", "b", "a", "b", "c", "c"], id=list("pqrstuv")), copies=[1, 1, 1, 2, 2, 3, 3]
    )
    found = labels.label_conflict(given, labels.Majority(min_majority_share=0.6))
    assert details(found) == {2: "a / b", 3: "a / b", 4: "a / b"}
    assert found["copy_of"].to_dict() == {2: "p", 3: "t", 4: "s"}
    strict = labels.label_conflict(given, labels.Majority(min_majority_share=0.9))
    assert list(strict.index) == [0, 1, 2, 3, 4]


def test_exact_duplicates_need_the_same_label_and_keep_the_most_complete_row() -> None:
    given = listings(
        mw_digest=["x", "x", "x", "y"],
        label=["a", "a", "b", "a"],
        description=[None, "text", None, None],
        id=list("pqrs"),
    )
    found = duplicates.exact_duplicate(given, NoOptions())
    assert found["copy_of"].to_dict() == {0: "q"}


def test_without_pictures_equal_features_are_duplicates() -> None:
    table = pd.DataFrame({"id": list("pqr"), "label": ["a", "a", "b"], "age": [1.0, 1.0, 1.0], "mw_unread": None})
    given = Listings(table, Roles(numeric=("age",)))
    assert duplicates.exact_duplicate(given, NoOptions())["copy_of"].to_dict() == {1: "p"}


def test_near_duplicates_keep_the_vendors_own_picture_not_the_resellers() -> None:
    given = with_copies(
        listings(group=["shop", "ann", "shop", "bob", "ann", "bob"], id=list("pqrstu")), copies=[1, 1, 2, 2, 3, 4]
    )
    found = duplicates.near_duplicate(given, NoOptions())
    assert found["copy_of"].to_dict() == {0: "q", 2: "s"}


def test_a_series_is_capped_per_vendor_and_title() -> None:
    given = listings(
        group=["ann", "ann", "ann", "bob", "ann"], title=["x", "x", "x", "x", "y"], id=["r4", "r0", "r2", "r1", "r3"]
    )
    found = duplicates.series_cap(given, duplicates.SeriesCap(columns=("group", "title"), max_rows=1))
    assert details(found) == {0: "number 3 of its series", 2: "number 2 of its series"}
    assert not len(duplicates.series_cap(given, duplicates.SeriesCap(columns=("maker",), max_rows=1)))


def test_small_classes_are_dropped_or_merged() -> None:
    given = listings(label=["a", "a", "a", "b", "c"])
    gone = labels.small_class(given, labels.MinClassSize(min_rows=2, action="drop", merged_label="other"))
    assert details(gone) == {3: "b: 1", 4: "c: 1"}
    assert set(gone["action"]) == {"drop"}
    merged = labels.small_class(given, labels.MinClassSize(min_rows=2, action="merge", merged_label="other"))
    assert merged[["action", "label"]].to_numpy().tolist() == [["relabel", "other"]] * 2


@pytest.mark.parametrize("name", sorted(RULES))
def test_every_rule_says_in_one_line_what_it_is(name: str) -> None:
    docstring = RULES[name].apply.__doc__
    assert docstring
    assert docstring.splitlines()[0].endswith(".")
