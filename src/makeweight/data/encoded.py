"""The split samples as arrays, as `preprocess` encoded them: what every stage that trains a network reads."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from makeweight.core import paths
from makeweight.core.errors import InputError
from makeweight.core.reading import AGAIN, read_array
from makeweight.data import reserved, samples
from makeweight.data.codecs import CODECS, Codec, load_present
from makeweight.data.folds import fold_numbers
from makeweight.data.labelled import Labelled


@dataclass(frozen=True)
class Encoded:
    """All samples with one array per modality; row i of the table is row i of every array."""

    table: pd.DataFrame
    """`id`, `label`, `split`, and `unit` and `group` if the samples have them."""
    classes: tuple[str, ...]
    arrays: Mapping[str, np.ndarray]
    codecs: Mapping[str, Codec]

    @property
    def modalities(self) -> tuple[str, ...]:
        """The modalities in alphabetical order."""
        return tuple(sorted(self.arrays))

    def rows(self, split: str) -> np.ndarray:
        """Return the row numbers of a split."""
        return np.flatnonzero(self.table[reserved.SPLIT].to_numpy() == split)

    def split(self, name: str) -> Labelled:
        """Return the arrays and class indices of one split."""
        rows = self.rows(name)
        inputs = {modality: np.asarray(array[rows]) for modality, array in self.arrays.items()}
        return Labelled(inputs, self.labels(name))

    def labels(self, split: str) -> np.ndarray:
        """Return the class index of each row of a split, without reading its arrays."""
        return class_indices(self.table["label"].iloc[self.rows(split)], self.classes)

    def units(self, split: str) -> np.ndarray:
        """Return the unit of each row of a split; each row is one by itself where the samples have no units."""
        rows = self.rows(split)
        return self.table[reserved.UNIT].to_numpy()[rows] if reserved.UNIT in self.table else rows

    def train_folds(self, folds: int, seed: int) -> np.ndarray:
        """Return the fold of each train row, int `(n,)` from 0, by `data.folds`.

        Raises:
            InputError: all train rows are one unit, so that none can be predicted by a model of the others.
        """
        numbers = fold_numbers(self.labels("train"), self.units("train"), folds, seed)
        if not numbers.any():
            raise InputError(
                f"{paths.SPLIT / 'samples.parquet'}: the {len(numbers)} train rows cannot be divided into folds; right "
                f"would be at least two units (rows that stay together, `split.group_by`) and two rows of some class"
            )
        return numbers

    def with_removed_rows(self) -> "Encoded | None":
        """Return the data with all rows back in train that `split.imbalance` took out of it; None where it took none.

        Rows that are unused because they belong together with validation or test rows stay unused.
        """
        split = self.table[reserved.SPLIT]
        removed = split == samples.UNUSED
        if reserved.UNIT in self.table:
            held_out = self.table.loc[split.isin(("validation", "test")), reserved.UNIT]
            removed &= ~self.table[reserved.UNIT].isin(held_out)
        if not removed.any():
            return None
        return replace(self, table=self.table.assign(**{reserved.SPLIT: split.mask(removed, "train")}))

    def encode(self, table: pd.DataFrame, path: Path | None = None) -> Labelled:
        """Encode other rows with the same columns, such as synthetic ones, by the same codecs.

        Args:
            table: the rows.
            path: the file that they were read from, for errors; None: they were made in this process.

        Raises:
            InputError: a class that the train split does not have, or a picture in the file that cannot be read.
        """
        with samples.decoding(path) if path is not None else nullcontext():
            inputs = {modality: codec.encode(table) for modality, codec in self.codecs.items()}
        return Labelled(inputs, class_indices(table["label"], self.classes))


def class_indices(labels: pd.Series, classes: Sequence[str]) -> np.ndarray:
    """Return the index of each label among the class names, int64 `(n,)`.

    Raises:
        InputError: a label that is none of them.
    """
    index = {name: number for number, name in enumerate(classes)}
    unknown = sorted(set(labels) - set(index))
    if unknown:
        raise InputError(f"{paths.SPLIT / 'samples.parquet'}: class {unknown[0]!r} has no sample in the train split")
    return np.array([index[label] for label in labels], dtype=np.int64)


def read_rows(path: Path, codec: Codec, rows: int | None = None) -> np.ndarray:
    """Return encoded rows from the disk, as they are asked for.

    Args:
        path: of the file.
        codec: that wrote it.
        rows: how many there are; None: however many.

    Raises:
        InputError: the file is missing or damaged, has another number of rows, or a codec of another layout wrote it.
    """
    return read_array(path, codec.spec.shape, "uint8" if codec.spec.modality == "image" else "float32", rows)


def check_columns(codecs: Mapping[str, Codec], preprocess: Path, known: Sequence[str]) -> None:
    """Check that the samples have the columns that the codecs read.

    Raises:
        InputError: a codec names another column.
    """
    for modality, codec in codecs.items():
        other = [name for name in codec.column_names if name not in known]
        if other:
            file = preprocess / modality / "codec.json"
            raise InputError(f"{file}: the samples have no column {other[0]!r}, which it names; {AGAIN}")


def read(
    split: Path = paths.SPLIT, preprocess: Path = paths.PREPROCESS, modalities: Iterable[str] = tuple(CODECS)
) -> Encoded:
    """Read the split samples, and the arrays of those of the modalities that the data have.

    Raises:
        InputError: a file is missing, an array has another number of rows than the samples, or there is only one class.
    """
    path = split / "samples.parquet"
    real = samples.read_split(path, (reserved.UNIT, "group"))
    table = real.table
    codecs = load_present(preprocess, modalities)
    check_columns(codecs, preprocess, samples.column_names(path))
    arrays = {name: read_rows(preprocess / name / "encoded.npy", codec, len(table)) for name, codec in codecs.items()}
    classes = tuple(samples.classes(real))
    if len(classes) < 2:
        raise InputError(f"{path}: the train split has only the class {classes[0]!r}; a classifier needs at least two")
    return Encoded(table, classes, arrays, codecs)
