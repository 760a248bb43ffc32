"""Planted label errors are found."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import issparse

from makeweight.core import params
from makeweight.data.samples import Roles
from makeweight.stages.clean import funnel, label_errors
from makeweight.stages.clean.funnel import Step
from makeweight.stages.clean.label_errors import edge_histograms, feature_matrix, find_label_errors
from makeweight.stages.clean.listings import Listings
from makeweight.stages.clean.near_duplicates import NearDuplicates
from makeweight.stages.clean.rules import labels
from makeweight.stages.clean.rules.registry import RULES
from miniature import ROOT

NEAR_DUPLICATES = params.check(
    NearDuplicates, params.read_yaml(ROOT / "params.yaml")["clean"]["near_duplicates"], params.FILE
)


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


def test_the_rule_reports_or_drops() -> None:
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


def test_of_a_large_table_a_sample_is_searched_and_told(capsys: pytest.CaptureFixture[str]) -> None:
    listings, wrong = planted()
    limits = {"max_given_label_probability": 0.2, "min_suggested_label_probability": 0.7}
    options = labels.LabelErrors(action="report", folds=4, dimensions_per_modality=10, max_rows=120, **limits)
    found = labels.label_error(listings, options)
    assert 0 < len(found) < len(wrong) and set(found.index) < set(wrong)
    assert "label_error: looks at 120 of 160 samples, chosen at random" in capsys.readouterr().err
    again = labels.label_error(listings, options)
    pd.testing.assert_frame_equal(again, found)
    step = Step("label_error", RULES["label_error"], options)
    result = funnel.run(listings, [step], NEAR_DUPLICATES)
    assert result.searched == {"label_error": 120}
    whole = funnel.run(listings, [replace(step, options=options.model_copy(update={"max_rows": 160}))], NEAR_DUPLICATES)
    assert whole.searched == {}


def wide(rows: int, categories: int) -> tuple[Listings, list[int]]:
    """Two classes, told apart by a column of many categories, each of which is mostly of one class."""
    rng = np.random.default_rng(0)
    truth = rng.integers(0, 2, rows)
    own = rng.integers(0, categories // 2, rows) * 2 + truth
    table = pd.DataFrame({"id": range(rows), "label": np.array(["a", "b"])[truth], "kind": [f"k{one}" for one in own]})
    table.loc[3, "kind"] = None
    wrong = [10, 20, 30, 40]
    table.loc[wrong, "label"] = np.array(["a", "b"])[1 - truth[wrong]]
    return Listings(table, Roles(categorical=("kind",))), wrong


def test_many_categories_are_sparse_and_find_what_a_dense_matrix_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    listings, wrong = wide(4000, 200)
    limits = {"folds": 4, "dimensions": 10, "max_given_probability": 0.2, "min_suggested_probability": 0.8}
    assert issparse(feature_matrix(listings, 10)) and feature_matrix(listings, 10).nnz == 3999
    sparse = find_label_errors(listings, **limits)
    assert sorted(sparse.index) == wrong
    monkeypatch.setattr(label_errors, "MOST_DENSE", 1000)
    assert not issparse(feature_matrix(listings, 10))
    dense = find_label_errors(listings, **limits)
    assert sorted(dense.index) == wrong
    assert np.allclose(sparse["probability"], dense["probability"], atol=0.02)


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
