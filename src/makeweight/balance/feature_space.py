"""The space in which new rows are sampled: a few numbers for each row that a learner reads, and the way back."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.sparse import csr_array, issparse, vstack

from makeweight.balance.calibration import class_means
from makeweight.data.codecs.spec import Spec
from makeweight.data.labelled import as_vectors

DIMENSIONS = 64
"""Principal components that stand for wider rows; narrower ones stand for themselves."""
PART = 256
"""Sparse rows that are written out at once."""


@dataclass(frozen=True)
class FeatureSpace:
    """Codes of the rows of one modality, and how new codes become rows."""

    array: Any
    """The rows `(n, ...)`, dense or sparse."""
    components: np.ndarray | None
    """float32 `(k, width)`, orthonormal; None where a row is its own code."""
    codes: np.ndarray
    """float32 `(n, k)`."""

    @classmethod
    def fit(cls, array: Any) -> "FeatureSpace":
        """Find the components of the rows, without a look at their classes."""
        from sklearn.decomposition import TruncatedSVD

        x = as_vectors(array)
        if x.shape[1] <= DIMENSIONS and not issparse(x):
            return cls(array, None, x)
        count = min(DIMENSIONS, *x.shape)
        model = TruncatedSVD(count, algorithm="randomized", n_iter=3, random_state=0).fit(x)
        components = model.components_.astype(np.float32)
        return cls(array, components, np.asarray(x @ components.T, dtype=np.float32))

    def decode(self, codes: np.ndarray, labels: np.ndarray, base: np.ndarray, own: np.ndarray) -> Any:
        """New rows, of the type and shape of the given ones.

        What the components leave out is that of a real row: less its class's mean and plus that of the new row's
        class, where the real row is of another one. Sparse rows stay as sparse, positive and long as the real row.

        Args:
            codes: `(m, k)`.
            labels: class index of each new row `(m,)`.
            base: number of the real row that each takes the rest from `(m,)`; of its own class where rows are sparse.
            own: class index of each given row `(n,)`.
        """
        if issparse(self.array):
            return self.decode_sparse(codes, base)
        if self.components is None:
            rows = codes
        else:
            means = class_means(as_vectors(self.array), own, np.bincount(own))
            shift = means[labels] - means[own[base]]
            rows = as_vectors(self.array)[base] + shift
            rows += (codes - self.codes[base] - shift @ self.components.T) @ self.components
        if self.array.dtype == np.uint8:
            rows = np.clip(np.round(rows), 0, 255)
        return rows.astype(self.array.dtype).reshape(-1, *self.array.shape[1:])

    def decode_sparse(self, codes: np.ndarray, base: np.ndarray) -> csr_array:
        """New sparse rows: each real row with other codes, without what is below 0 or faintest."""
        change = codes - self.codes[base]
        parts = [self.array[:0]]
        for start in range(0, len(base), PART):
            real = self.array[base[start : start + PART]]
            rows = np.maximum(real.toarray() + change[start : start + PART] @ self.components, 0)
            for row, terms in zip(rows, np.diff(real.indptr), strict=True):
                row[np.argsort(-row, kind="stable")[terms:]] = 0
            length = np.linalg.norm(rows, axis=1, keepdims=True)
            old = np.sqrt(real.multiply(real).sum(1)).reshape(-1, 1)
            parts.append(csr_array((rows * old / np.maximum(length, 1e-12)).astype(self.array.dtype)))
        return csr_array(vstack(parts, format="csr"))


def as_in_table(rows: np.ndarray, real: np.ndarray, layout: Spec) -> np.ndarray:
    """The rows `(m, width)` with one category each where there is a choice, and with numbers that real rows have."""
    found = rows.copy()
    for block in layout.blocks:
        own = slice(block.start, block.stop)
        if block.kind == "choice":
            found[:, own] = np.eye(block.width, dtype=rows.dtype)[rows[:, own].argmax(1)]
            continue
        known = np.unique(real[:, block.start])
        above = np.searchsorted(known, rows[:, block.start]).clip(1, max(1, len(known) - 1))
        pair = known[np.stack([above - 1, above.clip(max=len(known) - 1)])]
        nearer = np.abs(pair - rows[:, block.start]).argmin(0)
        found[:, block.start] = pair[nearer, np.arange(len(rows))]
    return found
