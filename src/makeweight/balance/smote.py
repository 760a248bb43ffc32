"""SMOTE: rows between a row of a small class and one of its nearest neighbours (Chawla et al. 2002)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import issparse

from makeweight.balance.resampling import sample_repeats
from makeweight.balance.train_split import TrainSplit
from makeweight.data.codecs.spec import Spec
from makeweight.data.labelled import Labelled, as_vectors


@dataclass(frozen=True)
class Smote:
    """Interpolate every modality by itself: vectors by SMOTE, those with choices by SMOTENC, pictures by pixels.

    A class with fewer than `neighbours` + 1 rows uses the neighbours that it has, one of a single row repeats it; both
    are counted as warnings.
    """

    neighbours: int = 5
    layouts: Mapping[str, Spec] = field(default_factory=dict)
    """Modality -> layout of its vectors; one that is not named holds values only."""

    def balance(self, train: TrainSplit, target: np.ndarray, rng: np.random.Generator) -> TrainSplit:
        """The split with interpolated rows up to the target."""
        counts = train.counts
        missing = train.missing(target)
        single = (counts == 1) & (missing > 0)
        fewer_neighbours = (counts > 1) & (counts <= self.neighbours) & (missing > 0)
        repeated = train.rows.take(sample_repeats(train, np.where(single, target, 0), rng))
        parts = [repeated]
        for neighbours in sorted(
            {min(self.neighbours, int(count) - 1) for count in counts[(missing > 0) & (counts > 1)]}
        ):
            chosen = (missing > 0) & (counts > 1) & (np.minimum(self.neighbours, counts - 1) == neighbours)
            parts.append(self.interpolated(train.rows, np.where(chosen, counts + missing, 0), neighbours, rng))
        for part in parts:
            train = train.with_rows(part)
        return train.with_warnings(
            {
                "smote_classes_with_fewer_neighbours": int(fewer_neighbours.sum()),
                "smote_classes_repeated": int(single.sum()),
            }
        )

    def interpolated(self, rows: Labelled, totals: np.ndarray, neighbours: int, rng: np.random.Generator) -> Labelled:
        """Synthetic rows of the classes whose total is not 0, up to this total with the real ones, class by class."""
        seed = int(rng.integers(2**31))
        counts = {name: int(count) for name, count in enumerate(totals) if count}
        # imbalanced-learn needs two classes at least: all rows are passed, also of classes that get no new ones.
        inputs = {
            name: interpolate(array, rows.labels, counts, neighbours, seed, self.layouts.get(name))
            for name, array in rows.inputs.items()
        }
        have = np.bincount(rows.labels, minlength=len(totals))
        labels = np.concatenate([np.full(count - have[name], name) for name, count in counts.items()])
        return Labelled(inputs, labels.astype(rows.labels.dtype))


def interpolate(
    array: np.ndarray, labels: np.ndarray, counts: Mapping[int, int], neighbours: int, seed: int, layout: Spec | None
) -> np.ndarray:
    """The synthetic rows of one modality, in the order of `counts` and with the array's type."""
    from imblearn.over_sampling import SMOTE, SMOTENC

    plain = SMOTE(sampling_strategy=dict(counts), k_neighbors=neighbours, random_state=seed)
    if issparse(array):
        return plain.fit_resample(array, labels)[0][array.shape[0] :]
    flat = as_vectors(array)
    if layout is None or not layout.choices:
        rows = plain.fit_resample(flat, labels)[0][len(array) :].reshape(-1, *array.shape[1:])
        return np.clip(np.round(rows), 0, 255).astype(np.uint8) if array.dtype == np.uint8 else rows.astype(array.dtype)
    values = [block for block in layout.blocks if block.kind == "value"]
    if not values:
        values = [layout.choices[0]]
    numbers = np.concatenate([flat[:, block.start : block.stop] for block in values], axis=1)
    states = np.stack([flat[:, block.start : block.stop].argmax(1) for block in layout.choices], axis=1)
    sampler = SMOTENC(
        categorical_features=list(range(numbers.shape[1], numbers.shape[1] + states.shape[1])),
        sampling_strategy=dict(counts),
        k_neighbors=neighbours,
        random_state=seed,
    )
    rows = sampler.fit_resample(np.hstack([numbers, states]), labels)[0][len(array) :]
    vectors = np.zeros((len(rows), flat.shape[1]), dtype=array.dtype)
    start = 0
    for block in values:
        vectors[:, block.start : block.stop] = rows[:, start : start + block.width]
        start += block.width
    for column, block in enumerate(layout.choices, start=numbers.shape[1]):
        vectors[:, block.start : block.stop] = np.eye(block.width)[rows[:, column].astype(int)]
    return vectors
