"""Vectors for finding copies. Nothing here is fitted, so train and held-out rows are treated alike.

In a space fitted on the train split, train rows lie elsewhere than held-out rows even without any generator.
"""

from collections.abc import Callable

import numpy as np
import torch
from sklearn.feature_extraction.text import HashingVectorizer
from torch.nn import functional as F

from makeweight.data.samples import Roles
from makeweight.stages.fidelity.rows import Rows

THUMBNAIL_EDGE = 16
TEXT_BUCKETS = 2048


def picture_fingerprint(rows: Rows, roles: Roles) -> np.ndarray:
    """Flattened 16 x 16 thumbnails; the distance of two is their root mean square difference, in [0, 1]."""
    pictures = torch.from_numpy(rows.encoded["image"]).float() / 255
    thumbnails = F.adaptive_avg_pool2d(pictures, THUMBNAIL_EDGE).flatten(1).numpy()
    return thumbnails / np.sqrt(thumbnails.shape[1])


def text_fingerprint(rows: Rows, roles: Roles) -> np.ndarray:
    """Counts of character 3- to 5-grams in 2,048 hash buckets, scaled to unit length."""
    texts = rows.table[list(roles.text)].fillna("").agg(" ".join, axis=1)
    hashing = HashingVectorizer(analyzer="char_wb", ngram_range=(3, 5), n_features=TEXT_BUCKETS, dtype=np.float32)
    return hashing.transform(texts).toarray()


def table_fingerprint(rows: Rows, roles: Roles) -> np.ndarray:
    """The codec's vector: quantiles and categories hardly depend on single train rows."""
    return rows.encoded["tabular"]


FINGERPRINTS: dict[str, Callable[[Rows, Roles], np.ndarray]] = {
    "image": picture_fingerprint,
    "tabular": table_fingerprint,
    "text": text_fingerprint,
}
