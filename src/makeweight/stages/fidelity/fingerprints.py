"""Vectors in which a copy is a copy: nothing here is learned, so train and held-out rows are on the same footing.

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
    """Thumbnails of 16 x 16 pixels, flat; the distance of two is the root mean square difference in [0, 1]."""
    pictures = torch.from_numpy(rows.codes["image"]).float() / 255
    thumbnails = F.adaptive_avg_pool2d(pictures, THUMBNAIL_EDGE).flatten(1).numpy()
    return thumbnails / np.sqrt(thumbnails.shape[1])


def text_fingerprint(rows: Rows, roles: Roles) -> np.ndarray:
    """Counts of runs of 3 to 5 characters in 2,048 hash buckets, unit length."""
    texts = rows.table[list(roles.text)].fillna("").agg(" ".join, axis=1)
    hashing = HashingVectorizer(analyzer="char_wb", ngram_range=(3, 5), n_features=TEXT_BUCKETS, dtype=np.float32)
    return hashing.transform(texts).toarray()


def table_fingerprint(rows: Rows, roles: Roles) -> np.ndarray:
    """The codec's vector: quantiles and categories hardly know single train rows."""
    return rows.codes["tabular"]


FINGERPRINTS: dict[str, Callable[[Rows, Roles], np.ndarray]] = {
    "image": picture_fingerprint,
    "tabular": table_fingerprint,
    "text": text_fingerprint,
}
