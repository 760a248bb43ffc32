"""Probable label errors, found by confident learning on out-of-fold predictions of a linear classifier."""

import numpy as np
import pandas as pd
from cleanlab.filter import find_label_issues
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import QuantileTransformer, StandardScaler

from makeweight.stages.clean.listings import Listings
from makeweight.stages.clean.perceptual_hashes import EDGE

SEED = 0
"""Of the folds and projections, fixed so that the suspects do not depend on the seed of the run."""


def find_label_errors(
    listings: Listings, folds: int, dimensions: int, max_given_probability: float, min_suggested_probability: float
) -> pd.DataFrame:
    """Return the rows whose label is probably wrong: `given`, `suggested` and its `probability`, in row order.

    Confident learning (Northcutt, Jiang and Chuang 2021) on the probabilities of a logistic regression that has not
    seen the row. The models are discarded, so that nothing fitted here reaches a later stage.

    Args:
        listings: the rows; classes of fewer than `folds` rows are skipped.
        folds: folds of the cross-validation.
        dimensions: principal components kept of each modality.
        max_given_probability: the given label's probability must not exceed this.
        min_suggested_probability: the suggested label's probability must reach this.
    """
    labels = listings.table["label"]
    rows = labels.index[labels.map(labels.value_counts()) >= folds]
    names, classes = np.unique(labels[rows].to_numpy(dtype=str), return_inverse=True)
    if len(names) < 2:
        return pd.DataFrame({"given": [], "suggested": [], "probability": []})
    features = feature_matrix(listings, dimensions)[listings.table.index.get_indexer(rows)]
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=200))
    splitter = StratifiedKFold(folds, shuffle=True, random_state=SEED)
    scores = cross_val_predict(model, features, classes, cv=splitter, method="predict_proba")
    issue = find_label_issues(classes, scores, n_jobs=1)
    best = scores.argmax(axis=1)
    given, suggested = scores[np.arange(len(rows)), classes], scores.max(axis=1)
    likely = (given <= max_given_probability) & (suggested >= min_suggested_probability)
    wrong = issue & (best != classes) & likely
    return pd.DataFrame(
        {"given": names[classes[wrong]], "suggested": names[best[wrong]], "probability": suggested[wrong]},
        index=rows[wrong],
    )


def feature_matrix(listings: Listings, dimensions: int) -> np.ndarray:
    """Return all modalities of each row as numbers, float64 `(n, width)`.

    These are principal components of colours, of edges and of character n-grams, quantiles of the numbers and dates,
    and one-hot categories.
    """
    table, roles = listings.table, listings.roles
    parts: list[np.ndarray] = []
    if roles.image:
        blank = bytes(EDGE * EDGE * 3)
        thumbnails = [content if isinstance(content, bytes) else blank for content in table["mw_thumbnail"]]
        grids = np.frombuffer(b"".join(thumbnails), dtype=np.uint8).reshape(-1, EDGE // 4, 4, EDGE // 4, 4, 3)
        parts.append(projected(grids.mean(axis=(2, 4)).reshape(len(table), -1) / 255.0, dimensions))
        parts.append(projected(edge_histograms(grids.reshape(-1, EDGE, EDGE, 3)), dimensions))
    if roles.text:
        texts = table[list(roles.text)].fillna("").agg(". ".join, axis=1)
        ngrams = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, max_features=20_000)
        parts.append(projected(ngrams.fit_transform(texts), dimensions))
    if roles.quantities:
        numbers = roles.with_numbers(table)[list(roles.quantities)]
        quantiles = QuantileTransformer(n_quantiles=min(100, len(table)), random_state=SEED)
        parts.append(quantiles.fit_transform(numbers.fillna(numbers.median()).fillna(0.0)))
    parts += [pd.get_dummies(table[name], dtype=float).to_numpy() for name in roles.categorical]
    return np.hstack(parts)


def edge_histograms(pictures: np.ndarray) -> np.ndarray:
    """Return histograms of oriented gradients in 4 x 4 cells, `(n, 128)` (Dalal and Triggs 2005)."""
    grey = pictures.astype(np.float32).mean(axis=3)
    down, across = np.gradient(grey, axis=(1, 2))
    strength, direction = np.hypot(down, across), np.arctan2(down, across) % np.pi
    bins = np.minimum((direction / np.pi * 8).astype(int), 7)
    cells = [
        np.where(bins == index, strength, 0).reshape(-1, 4, EDGE // 4, 4, EDGE // 4).sum(axis=(2, 4)).reshape(-1, 16)
        for index in range(8)
    ]
    histograms = np.hstack(cells)
    return np.sqrt(histograms / np.maximum(histograms.sum(axis=1, keepdims=True), 1e-6))


def projected(values: np.ndarray, dimensions: int) -> np.ndarray:
    """Return the leading singular directions of the columns, or the columns themselves where they are few."""
    if values.shape[1] <= dimensions:
        return values if isinstance(values, np.ndarray) else values.toarray()
    return TruncatedSVD(dimensions, random_state=SEED).fit_transform(values)
