"""Texts to sentence codes: latent semantic analysis, and what tells the classes apart."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy.sparse import csr_matrix, hstack
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import Ridge

from makeweight.data.codecs.text_params import TextParams
from makeweight.data.terms import fit_most_frequent

CLASS_SCALE = 2.0
"""Standard deviation of the dimensions that tell classes apart, where that of the others is about 1: of two train texts
that fit a code equally well, the one of the same class is nearer."""
RIDGE = 10.0
"""Penalty of the directions of the classes: strong enough that train rows do not stand far apart from others."""


@dataclass(frozen=True, slots=True)
class Analysis:
    """TF-IDF of words and character n-grams, projected on its main directions and on those that tell classes apart."""

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


def fit_analysis(texts: Sequence[str], labels: Sequence[object] | None, params: TextParams, seed: int) -> Analysis:
    """Fit vocabulary, weights and projections to the train texts.

    Args:
        texts: of each train row.
        labels: the class of each train row; None where rows have no class.
        params: numbers of terms and dimensions.
        seed: of the analysis.
    """
    fitted = [fit_most_frequent(new_vectorizer(kind), texts, params.max_features) for kind in ("word", "char_wb")]
    counts = hstack([vectorizer.transform(texts) for vectorizer in fitted]).tocsr()
    width = max(1, min(params.latent_dim, min(counts.shape) - 1))
    # Where all texts are the same, scikit-learn divides by their variance, for a number that is not used here.
    with np.errstate(divide="ignore", invalid="ignore"):
        reduction = TruncatedSVD(width, n_iter=4, random_state=seed).fit(counts)
    components = [scaled(counts, reduction.components_)]
    if labels is not None and params.class_dim:
        components.append(class_directions(counts, np.asarray(labels), params.class_dim))
    return Analysis(
        words=tuple(fitted[0].get_feature_names_out()),
        grams=tuple(fitted[1].get_feature_names_out()),
        word_idf=fitted[0].idf_.astype(np.float32),
        gram_idf=fitted[1].idf_.astype(np.float32),
        components=np.concatenate(components).astype(np.float32),
    )


def class_directions(counts: csr_matrix, labels: np.ndarray, most: int) -> np.ndarray:
    """Return at most `most` directions `(k, terms)` that tell classes apart; none for a single class.

    Each class's indicator is regressed on the terms, rare classes weighing more than their rows; the directions are the
    main ones of all these regressions' predictions.
    """
    names, classes = np.unique(labels.astype(str), return_inverse=True)
    count = min(most, len(names) - 1, min(counts.shape) - 1)
    if count < 1:
        return np.zeros((0, counts.shape[1]))
    weights = np.bincount(classes)[classes] ** -0.5
    model = Ridge(alpha=RIDGE, solver="sparse_cg", tol=1e-4).fit(
        counts, np.eye(len(names))[classes], sample_weight=weights / weights.mean()
    )
    scores = counts @ model.coef_.T
    directions = np.linalg.svd(scores - scores.mean(0), full_matrices=False)[2][:count] @ model.coef_
    return CLASS_SCALE * scaled(counts, directions, each=True)


def scaled(counts: csr_matrix, components: np.ndarray, each: bool = False) -> np.ndarray:
    """Return the components so that codes have unit mean square on average, or `each` of them unit variance."""
    codes = counts @ components.T
    scale = codes.std(0, keepdims=True).T if each else np.sqrt(np.mean(np.square(codes)))
    return components / np.maximum(scale, 1e-9)


def join_cells(cells: Sequence[object]) -> str:
    """Return the texts of a row joined by spaces, without missing ones."""
    return " ".join(str(cell) for cell in cells if not pd.isna(cell))


def join_columns(table: pd.DataFrame, columns: Sequence[str]) -> list[str]:
    """Return the texts of each row joined by spaces, without missing ones."""
    return [join_cells(row) for row in table[list(columns)].to_numpy()]
