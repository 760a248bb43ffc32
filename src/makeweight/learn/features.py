"""What linear models read in the place of a generator's codes: patch features of pictures, TF-IDF of texts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from makeweight.core import files
from makeweight.core.reading import read_record, reading
from makeweight.data.codecs.text_analysis import join_columns
from makeweight.learn.patches import PatchFeatures
from makeweight.learn.words import TextFeatures

STORED_AS = np.float16
"""Standardised features need no more digits on disk."""


@dataclass(frozen=True)
class FeaturesFile:
    """What features.json says."""

    text_columns: tuple[str, ...]


@dataclass(frozen=True)
class Features:
    """The features of the modalities that the data have, fitted on train rows without their labels."""

    patches: PatchFeatures | None
    words: TextFeatures | None
    text_columns: tuple[str, ...] = ()

    def of_pictures(self, pictures: np.ndarray) -> np.ndarray:
        """Patch features, float32 `(n, width)`, of pictures uint8 `(n, channels, size, size)`."""
        assert self.patches is not None
        return self.patches.transform(pictures)

    def of_texts(self, table: pd.DataFrame) -> Any:
        """TF-IDF of the rows' texts, a sparse float32 matrix `(n, terms)`."""
        assert self.words is not None
        return self.words.transform(join_columns(table, self.text_columns))

    def save(self, folder: Path) -> None:
        """Write what `load` reads."""
        files.write_json(folder / "features.json", {"text_columns": list(self.text_columns)})
        if self.patches is not None:
            self.patches.save(folder / "patches.npz")
        if self.words is not None:
            self.words.save(folder)

    @classmethod
    def load(cls, folder: Path) -> Features:
        """Read what `save` wrote."""
        columns = read_record(folder / "features.json", FeaturesFile).text_columns
        patches, words = folder / "patches.npz", folder / "words.npz"
        return cls(
            PatchFeatures.load(patches) if patches.is_file() else None,
            TextFeatures.load(folder) if words.is_file() else None,
            columns,
        )


def write_array(path: Path, array: Any) -> None:
    """Write features of rows: sparse ones as `.npz`, others as `.npy` with 16 bits a number; `path` has no ending."""
    from scipy import sparse

    if sparse.issparse(array):
        sparse.save_npz(path.with_name(f"{path.name}.npz"), array.tocsr())
    else:
        files.write_array(path.with_name(f"{path.name}.npy"), array.astype(STORED_AS))


def read_array(path: Path) -> Any:
    """Read what `write_array` wrote, as float32."""
    from scipy import sparse

    dense = path.with_name(f"{path.name}.npy")
    if dense.is_file():
        with reading(dense):
            array: np.ndarray = np.load(dense, allow_pickle=False)
            return as_numbers(array)
    packed = path.with_name(f"{path.name}.npz")
    with reading(packed):
        matrix = sparse.load_npz(packed)
        matrix.check_format()
        return as_numbers(matrix)


def as_numbers(array: Any) -> Any:
    """Return a matrix of floats as float32.

    Raises:
        ValueError: it is no matrix, or has no floats.
    """
    if array.ndim != 2 or array.dtype.kind != "f":
        raise ValueError(f"{array.ndim} dimensions of {array.dtype}; right would be rows of floats")
    return array.astype(np.float32)
