"""Probable label errors, found by confident learning on out-of-fold predictions of a linear classifier."""

import numpy as np
import pandas as pd
from cleanlab.filter import find_label_issues
from scipy.sparse import csr_array, hstack, issparse
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import QuantileTransformer, StandardScaler

from makeweight.data.terms import fit_most_frequent
from makeweight.stages.clean.listings import Listings
from makeweight.stages.clean.perceptual_hashes import EDGE

MOST_DENSE = 128
"""Categories in all columns up to which the features are a dense matrix, which is faster where there are few."""
MOST_NGRAMS = 20_000
SEED = 0
"""Of the folds and projections, fixed so that the suspects do not depend on the seed of the run."""


def sampled(listings: Listings, most: int) -> Listings:
    """Return `most` of the listings, chosen at random whatever the seed of the run, in their order."""
    chosen = np.random.default_rng(SEED).choice(len(listings), most, replace=False)
    return listings.without(listings.table.index.delete(np.sort(chosen)))


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
    # A shift of a column changes nothing but the intercept, so that sparse ones need none.
    model = make_pipeline(StandardScaler(with_mean=not issparse(features)), LogisticRegression(C=0.1, max_iter=200))
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


def feature_matrix(listings: Listings, dimensions: int) -> np.ndarray | csr_array:
    """Return all modalities of each row as numbers, float64 `(n, width)`.

    These are principal components of colours, of edges and of character n-grams, quantiles of the numbers and dates,
    and one-hot categories. With many categories the matrix is sparse, and the other columns are centred.
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
        ngrams = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True)
        parts.append(projected(fit_most_frequent(ngrams, texts, MOST_NGRAMS).transform(texts), dimensions))
    if roles.quantities:
        numbers = roles.with_numbers(table)[list(roles.quantities)]
        quantiles = QuantileTransformer(n_quantiles=min(100, len(table)), random_state=SEED)
        parts.append(quantiles.fit_transform(numbers.fillna(numbers.median()).fillna(0.0)))
    if sum(table[name].nunique() for name in roles.categorical) <= MOST_DENSE:
        return np.hstack([*parts, *(pd.get_dummies(table[name], dtype=float).to_numpy() for name in roles.categorical)])
    dense = [csr_array(part - part.mean(axis=0)) for part in parts]
    return hstack([*dense, *(indicators(table[name]) for name in roles.categorical)], format="csr")


def indicators(cells: pd.Series) -> csr_array:
    """Return one-hot categories in the order of their names, `(n, categories)`; a missing cell has none."""
    codes, names = pd.factorize(cells, sort=True)
    rows = np.flatnonzero(codes >= 0)
    return csr_array((np.ones(len(rows)), (rows, codes[rows])), shape=(len(cells), len(names)))


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
