"""Text features, against scikit-learn's vectorisers on their own."""

from pathlib import Path

import numpy as np
import pytest
from scipy.sparse import csr_array, hstack
from sklearn.feature_extraction.text import TfidfVectorizer

from makeweight.learn.words import TextFeatures, WordParams

CONFIG = WordParams(longest_phrase=2, shortest_piece=2, longest_piece=5, min_rows=2, max_terms=1000)
WORDS = ["red", "round", "apple", "boat", "blue", "sailing", "on", "the", "sea", "old", "gear"]


def some_texts(n: int, seed: int = 0) -> list[str]:
    rng = np.random.default_rng(seed)
    return [" ".join(rng.choice(WORDS, rng.integers(1, 6))) for _ in range(n)]


def test_features_are_those_of_scikit_learn() -> None:
    texts = some_texts(60)
    config = CONFIG.model_copy(update={"max_terms": 10**6})
    found = TextFeatures.fit(texts, config).transform(texts[:7] + ["an unseen boat", ""])
    vectorisers = [
        TfidfVectorizer(sublinear_tf=True, min_df=2, ngram_range=(1, 2)),
        TfidfVectorizer(sublinear_tf=True, min_df=2, analyzer="char_wb", ngram_range=(2, 5)),
    ]
    right = hstack([v.fit(texts).transform(texts[:7] + ["an unseen boat", ""]) for v in vectorisers])
    assert isinstance(found, csr_array) and found.dtype == np.float32
    assert found.toarray() == pytest.approx(right.toarray(), abs=1e-6)
    assert found[[-1]].nnz == 0


def test_only_the_most_frequent_terms_are_kept() -> None:
    texts = some_texts(60)
    fitted = TextFeatures.fit(texts, CONFIG.model_copy(update={"max_terms": 5}))
    assert (len(fitted.phrases), len(fitted.pieces)) == (5, 5)
    assert set(fitted.phrases) <= set(WORDS)


def test_few_rows_keep_terms_that_occur_once() -> None:
    fitted = TextFeatures.fit(["one only row"], CONFIG)
    assert fitted.phrases == ("one", "one only", "only", "only row", "row")
    row = fitted.transform(["one only row"])
    assert np.square(row.toarray()).sum() == pytest.approx(2.0, abs=1e-5)


def test_rows_that_share_no_term_keep_them_all() -> None:
    texts = [f"word{index:03d}" for index in range(100)]
    assert len(TextFeatures.fit(texts, CONFIG).phrases) == 100


@pytest.mark.parametrize("texts", [[""], ["", " "], ["!", "?"], []])
def test_texts_without_words_are_rows_without_terms(texts: list[str]) -> None:
    fitted = TextFeatures.fit(texts, CONFIG)
    assert fitted.phrases == ()
    found = fitted.transform(["", "a boat"])
    assert found.shape == (2, len(fitted.pieces)) and found.dtype == np.float32


@pytest.mark.parametrize(
    "text", ["красная лодка в море", "赤い船と青い海", "سفينة حمراء", "लाल नाव", "κόκκινο πλοίο", "🚢🌊"]
)
def test_every_script_has_terms(text: str) -> None:
    fitted = TextFeatures.fit([text, text[::-1], text], CONFIG)
    assert fitted.pieces
    assert fitted.transform([text]).nnz > 0


def test_a_folder_gives_the_features_back(tmp_path: Path) -> None:
    texts = some_texts(30)
    fitted = TextFeatures.fit(texts, CONFIG)
    fitted.save(tmp_path)
    read = TextFeatures.load(tmp_path)
    assert (read.config, read.phrases, read.pieces) == (fitted.config, fitted.phrases, fitted.pieces)
    assert np.array_equal(read.transform(texts).toarray(), fitted.transform(texts).toarray())
