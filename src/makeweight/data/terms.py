"""The most frequent terms of texts, the same ones on every kind of processor."""

from collections.abc import Sequence
from zlib import crc32

import numpy as np
from sklearn.base import clone
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer, TfidfVectorizer


def fit_most_frequent(vectoriser: TfidfVectorizer, texts: Sequence[str], most: int) -> TfidfVectorizer:
    """Return the vectoriser fitted to the texts, with at most `most` terms: those that occur most often.

    scikit-learn's own `max_features` leaves it to the order of an unstable sort which of equally frequent terms are
    kept, and that order differs between processors. Here a check sum decides, which prefers no letter.

    Raises:
        ValueError: no term is left, in scikit-learn's words.
    """
    counts = CountVectorizer.fit_transform(vectoriser, texts)
    terms = vectoriser.get_feature_names_out()
    ties = np.array([crc32(term.encode()) for term in terms])
    totals = np.asarray(counts.sum(axis=0)).ravel()
    chosen = np.sort(np.lexsort((ties, -totals))[:most])
    fitted = clone(vectoriser).set_params(vocabulary=terms[chosen].tolist())
    fitted.idf_ = TfidfTransformer().fit(counts[:, chosen]).idf_
    return fitted
