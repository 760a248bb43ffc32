"""Latent semantic analysis: texts to sentence codes."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_matrix, hstack
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer

from makeweight.data.codecs.text_params import TextParams


@dataclass(frozen=True, slots=True)
class Analysis:
    """Latent semantic analysis: TF-IDF of words and of character n-grams, projected on its main directions."""

    words: tuple[str, ...]
    grams: tuple[str, ...]
    word_idf: np.ndarray
    gram_idf: np.ndarray
    components: np.ndarray
    """float32 `(width, words + grams)`, scaled so that codes have unit variance on average."""

    def codes(self, texts: Sequence[str]) -> np.ndarray:
        """Return the codes, float32 `(n, width)`."""
        return (self.counts(texts) @ self.components.T).astype(np.float32)

    def counts(self, texts: Sequence[str]) -> csr_matrix:
        """Return the TF-IDF weights, `(n, words + grams)`."""
        parts = []
        for kind, vocabulary, idf in (("word", self.words, self.word_idf), ("char_wb", self.grams, self.gram_idf)):
            vectorizer = new_vectorizer(kind, vocabulary=list(vocabulary))
            vectorizer.idf_ = idf.astype(np.float64)
            parts.append(vectorizer.transform(texts))
        return hstack(parts).tocsr()


def new_vectorizer(kind: str, **options: Any) -> TfidfVectorizer:
    """Return a vectoriser of words (`word`) or of character n-grams inside words (`char_wb`)."""
    tokens = {"ngram_range": (3, 4)} if kind == "char_wb" else {"token_pattern": r"(?u)\b\w+\b"}
    return TfidfVectorizer(analyzer=kind, sublinear_tf=True, **tokens, **options)


def fit_analysis(texts: Sequence[str], params: TextParams, seed: int) -> Analysis:
    """Fit vocabulary, weights and projection to the train texts."""
    fitted = [new_vectorizer(kind, max_features=params.max_features).fit(texts) for kind in ("word", "char_wb")]
    counts = hstack([vectorizer.transform(texts) for vectorizer in fitted])
    width = max(1, min(params.latent_dim, min(counts.shape) - 1))
    reduction = TruncatedSVD(width, n_iter=4, random_state=seed).fit(counts)
    scale = np.sqrt(np.mean(np.square(counts @ reduction.components_.T))) or 1.0
    return Analysis(
        words=tuple(fitted[0].get_feature_names_out()),
        grams=tuple(fitted[1].get_feature_names_out()),
        word_idf=fitted[0].idf_.astype(np.float32),
        gram_idf=fitted[1].idf_.astype(np.float32),
        components=(reduction.components_ / scale).astype(np.float32),
    )
