"""The split samples as arrays: what every room that trains a network reads."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from makeweight.core import paths
from makeweight.core.errors import InputError
from makeweight.data import samples
from makeweight.data.codecs import CODECS, Codec, load_present
from makeweight.data.labelled import Labelled


@dataclass(frozen=True)
class Encoded:
    """Samples with one array per modality, in the same row order."""

    table: pd.DataFrame
    """`id`, `label`, `split`, and `unit` and `group` where the split has them."""
    classes: tuple[str, ...]
    arrays: Mapping[str, np.ndarray]
    codecs: Mapping[str, Codec]

    @property
    def modalities(self) -> tuple[str, ...]:
        """In name order."""
        return tuple(sorted(self.arrays))

    def rows(self, split: str) -> np.ndarray:
        """The row numbers of a split."""
        return np.flatnonzero(self.table["split"].to_numpy() == split)

    def split(self, name: str) -> Labelled:
        """One split with class indices."""
        rows = self.rows(name)
        inputs = {modality: np.asarray(array[rows]) for modality, array in self.arrays.items()}
        return Labelled(inputs, class_indices(self.table["label"].iloc[rows], self.classes))

    def encode(self, table: pd.DataFrame) -> Labelled:
        """Other rows with the same columns (synthetic ones), read through the codecs as the real ones were."""
        inputs = {modality: codec.encode(table) for modality, codec in self.codecs.items()}
        return Labelled(inputs, class_indices(table["label"], self.classes))


def class_indices(labels: pd.Series, classes: Sequence[str]) -> np.ndarray:
    """Position of each label among the class names, int64."""
    position = {name: place for place, name in enumerate(classes)}
    strangers = sorted(set(labels) - set(position))
    if strangers:
        raise InputError(f"{paths.SPLIT / 'samples.parquet'}: class {strangers[0]!r} has no sample in the train split")
    return np.array([position[label] for label in labels], dtype=np.int64)


def read(
    split: Path = paths.SPLIT, preprocess: Path = paths.PREPROCESS, modalities: Iterable[str] = tuple(CODECS)
) -> Encoded:
    """The split and the arrays of those of the modalities that the data have.

    Raises:
        InputError: a file is missing, the arrays don't fit the samples, or there is only one class.
    """
    path = split / "samples.parquet"
    whole = samples.read(path)
    table = whole.table[[name for name in ("id", "label", "split", "unit", "group") if name in whole.table]]
    codecs = load_present(preprocess, modalities)
    arrays = {name: np.load(preprocess / name / "encoded.npy", mmap_mode="r") for name in codecs}
    for name, array in arrays.items():
        if len(array) != len(table):
            raise InputError(
                f"{preprocess / name / 'encoded.npy'}: {len(array)} rows, but {path} has {len(table)}; run `dvc repro`"
            )
    classes = tuple(samples.classes(whole))
    if len(classes) < 2:
        raise InputError(f"{path}: the train split has only the class {classes[0]!r}; a classifier needs two at least")
    return Encoded(table, classes, arrays, codecs)
