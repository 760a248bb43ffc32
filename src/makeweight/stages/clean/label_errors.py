"""Labels that everything else about the sample speaks against, found by confident learning on out-of-fold scores."""

import numpy as np
import pandas as pd
from cleanlab.filter import find_label_issues
from sklearn.decomposition import TruncatedSVD
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import QuantileTransformer, StandardScaler

from makeweight.stages.clean.hashes import EDGE
from makeweight.stages.clean.listings import Listings

SEED = 0
"""Of the folds and the projections: what is suspected does not depend on the seed of the run."""


def suspects(
    listings: Listings,
    folds: int,
    dimensions: int,
    max_given_label_probability: float,
    min_suggested_label_probability: float,
) -> pd.DataFrame:
    """Rows whose label is probably wrong: `given`, `suggested` and its `probability`, in the order of the rows.

    Confident learning (Northcutt, Jiang and Chuang 2021) on the probabilities of a logistic regression that has not
    seen the row. What is fitted here ends here: nothing of it goes to a later stage.

    Args:
        listings: with at least two classes of `folds` rows.
        folds: how many parts the rows are cut into.
        dimensions: numbers kept of each modality.
        max_given_label_probability: most that the given label may be worth for its row to be suspected.
        min_suggested_label_probability: least that the suggested label must be worth.
    """
    labels = listings.table["label"]
    rows = labels.index[labels.map(labels.value_counts()) >= folds]
    names, classes = np.unique(labels[rows].to_numpy(dtype=str), return_inverse=True)
    if len(names) < 2:
        return pd.DataFrame({"given": [], "suggested": [], "probability": []})
    features = describe(listings, dimensions)[listings.table.index.get_indexer(rows)]
    model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=200))
    parts = StratifiedKFold(folds, shuffle=True, random_state=SEED)
    scores = cross_val_predict(model, features, classes, cv=parts, method="predict_proba")
    issue = find_label_issues(classes, scores, n_jobs=1)
    best = scores.argmax(axis=1)
    given, other = scores[np.arange(len(rows)), classes], scores.max(axis=1)
    sure = (
        issue & (best != classes) & (given <= max_given_label_probability) & (other >= min_suggested_label_probability)
    )
    return pd.DataFrame(
        {"given": names[classes[sure]], "suggested": names[best[sure]], "probability": other[sure]}, index=rows[sure]
    )


def describe(listings: Listings, dimensions: int) -> np.ndarray:
    """All modalities of each row as numbers, `(n, width)`: colours and edges, words and pieces of words, quantiles."""
    table, roles = listings.table, listings.roles
    parts: list[np.ndarray] = []
    if roles.image:
        blank = bytes(EDGE * EDGE * 3)
        known = [content if isinstance(content, bytes) else blank for content in table["_thumbnail"]]
        grids = np.frombuffer(b"".join(known), dtype=np.uint8).reshape(-1, EDGE // 4, 4, EDGE // 4, 4, 3)
        parts.append(projected(grids.mean(axis=(2, 4)).reshape(len(table), -1) / 255.0, dimensions))
        parts.append(projected(edges(grids.reshape(-1, EDGE, EDGE, 3)), dimensions))
    if roles.text:
        texts = table[list(roles.text)].fillna("").agg(". ".join, axis=1)
        pieces = TfidfVectorizer(analyzer="char_wb", ngram_range=(3, 5), sublinear_tf=True, max_features=20_000)
        parts.append(projected(pieces.fit_transform(texts), dimensions))
    if roles.numeric:
        numbers = table[list(roles.numeric)]
        quantiles = QuantileTransformer(n_quantiles=min(100, len(table)), random_state=SEED)
        parts.append(quantiles.fit_transform(numbers.fillna(numbers.median()).fillna(0.0)))
    parts += [pd.get_dummies(table[name], dtype=float).to_numpy() for name in roles.categorical]
    return np.hstack(parts)


def edges(pictures: np.ndarray) -> np.ndarray:
    """Strength of edges by direction in 4 x 4 cells, float64 `(n, 128)`, after Dalal and Triggs (2005)."""
    grey = pictures.astype(np.float32).mean(axis=3)
    down, across = np.gradient(grey, axis=(1, 2))
    strength, direction = np.hypot(down, across), np.arctan2(down, across) % np.pi
    bins = np.minimum((direction / np.pi * 8).astype(int), 7)
    cells = [
        np.where(bins == number, strength, 0).reshape(-1, 4, EDGE // 4, 4, EDGE // 4).sum(axis=(2, 4)).reshape(-1, 16)
        for number in range(8)
    ]
    found = np.hstack(cells)
    return np.sqrt(found / np.maximum(found.sum(axis=1, keepdims=True), 1e-6))


def projected(values: np.ndarray, dimensions: int) -> np.ndarray:
    """The directions that tell most, where there are more."""
    if values.shape[1] <= dimensions:
        return values if isinstance(values, np.ndarray) else values.toarray()
    return TruncatedSVD(dimensions, random_state=SEED).fit_transform(values)
