"""Which terms of texts are kept, and their weights."""

from zlib import crc32

import numpy as np
import pytest
from sklearn.feature_extraction.text import TfidfVectorizer

from makeweight.data.terms import fit_most_frequent

TEXTS = ["red red cup", "red jug", "blue cup", "green bowl"]


def test_the_most_frequent_terms_are_kept_and_a_check_sum_decides_between_equals() -> None:
    once = sorted(["jug", "blue", "green", "bowl"], key=lambda term: crc32(term.encode()))
    assert once != sorted(once), "an order that could be the alphabet's would show nothing"
    for most in range(1, 7):
        fitted = fit_most_frequent(TfidfVectorizer(), TEXTS, most)
        assert fitted.get_feature_names_out().tolist() == sorted(["red", "cup", *once][:most])


def test_weights_are_those_of_scikit_learn_with_the_same_terms() -> None:
    options = {"analyzer": "char_wb", "ngram_range": (2, 3), "sublinear_tf": True, "dtype": np.float32}
    ours = fit_most_frequent(TfidfVectorizer(**options), TEXTS, 12)
    theirs = TfidfVectorizer(**options, vocabulary=ours.get_feature_names_out().tolist()).fit(TEXTS)
    assert ours.idf_.dtype == np.float32 and np.array_equal(ours.idf_, theirs.idf_)
    assert np.array_equal(ours.transform(["red cups"]).toarray(), theirs.transform(["red cups"]).toarray())


def test_no_term_at_all_is_scikit_learns_error() -> None:
    with pytest.raises(ValueError, match="vocabulary"):
        fit_most_frequent(TfidfVectorizer(), ["", "a"], 10)
