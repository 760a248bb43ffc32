"""Planted label errors are found."""

import numpy as np
import pandas as pd

from makeweight.data.samples import Roles
from makeweight.stages.clean.label_errors import edge_histograms, feature_matrix, find_label_errors
from makeweight.stages.clean.listings import Listings
from makeweight.stages.clean.rules import labels


def planted() -> tuple[Listings, list[int]]:
    """Two classes that differ in numbers and words; four labels are swapped."""
    rng = np.random.default_rng(0)
    truth = np.array(["boats"] * 80 + ["cups"] * 80)
    words = {"boats": ["sail", "mast", "harbour"], "cups": ["saucer", "handle", "tea"]}
    table = pd.DataFrame(
        {
            "id": [f"{row:03}" for row in range(160)],
            "label": truth,
            "title": [" ".join(rng.choice(words[name], 2)) for name in truth],
            "weight": rng.normal(np.where(truth == "boats", 50.0, 1.0), 0.3),
        }
    )
    wrong = [5, 40, 100, 130]
    table.loc[wrong, "label"] = ["cups", "cups", "boats", "boats"]
    table.loc[7, "weight"] = np.nan
    return Listings(table, Roles(text=("title",), numeric=("weight",))), wrong


def test_planted_label_errors_are_found_and_no_others() -> None:
    listings, wrong = planted()
    found = find_label_errors(
        listings, folds=4, dimensions=10, max_given_probability=0.2, min_suggested_probability=0.7
    )
    assert sorted(found.index) == wrong
    assert found.loc[5, ["given", "suggested"]].tolist() == ["cups", "boats"]


def test_the_rule_reports_or_drops_and_skips_large_tables() -> None:
    listings, wrong = planted()
    options = labels.LabelErrors(
        action="report",
        folds=4,
        dimensions_per_modality=10,
        max_given_label_probability=0.2,
        min_suggested_label_probability=0.7,
        max_rows=1000,
    )
    reported = labels.label_error(listings, options)
    assert sorted(reported.index) == wrong
    assert set(reported["action"]) == {"report"}
    assert reported["detail"][5].startswith("cups, rather boats (")
    assert set(labels.label_error(listings, options.model_copy(update={"action": "drop"}))["action"]) == {"drop"}
    assert not len(labels.label_error(listings, options.model_copy(update={"max_rows": 100})))


def test_edge_histograms_distinguish_vertical_from_horizontal_lines() -> None:
    vertical = np.zeros((1, 32, 32, 3), np.uint8)
    vertical[:, :, 16:] = 255
    horizontal = vertical.transpose(0, 2, 1, 3)
    one, two = edge_histograms(vertical)[0].reshape(8, 16), edge_histograms(horizontal)[0].reshape(8, 16)
    assert one.sum(axis=1).argmax() == 0
    assert two.sum(axis=1).argmax() == 4


def test_the_feature_matrix_has_a_row_for_every_listing_and_no_missing_value() -> None:
    listings, _ = planted()
    features = feature_matrix(listings, 10)
    assert features.shape == (160, 11)
    assert np.isfinite(features).all()
