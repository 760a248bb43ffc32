"""SMOTE: rows between a row of a small class and one of its nearest neighbours (Chawla et al. 2002)."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from makeweight.balance.resampling import repeats
from makeweight.balance.train_split import TrainSplit
from makeweight.data.codecs.spec import Spec
from makeweight.data.labelled import Labelled


@dataclass(frozen=True)
class Smote:
    """Every modality is interpolated by itself: vectors by SMOTE, with choices by SMOTENC; pictures by pixels.

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
        lonely = (counts == 1) & (missing > 0)
        few = (counts > 1) & (counts <= self.neighbours) & (missing > 0)
        repeated = train.rows.take(repeats(train, np.where(lonely, target, 0), rng))
        parts = [repeated]
        for neighbours in sorted(
            {min(self.neighbours, int(count) - 1) for count in counts[(missing > 0) & (counts > 1)]}
        ):
            chosen = (missing > 0) & (counts > 1) & (np.minimum(self.neighbours, counts - 1) == neighbours)
            parts.append(self.between(train.rows, np.where(chosen, counts + missing, 0), neighbours, rng))
        for part in parts:
            train = train.with_rows(part)
        warnings = {"smote_classes_with_fewer_neighbours": int(few.sum()), "smote_classes_repeated": int(lonely.sum())}
        return train.warned(warnings)

    def between(self, rows: Labelled, wanted: np.ndarray, neighbours: int, rng: np.random.Generator) -> Labelled:
        """Made rows of the classes whose wanted count is not 0, class by class."""
        seed = int(rng.integers(2**31))
        counts = {name: int(count) for name, count in enumerate(wanted) if count}
        # imbalanced-learn wants two classes at least; the others only stand by.
        made = {
            name: interpolate(array, rows.labels, counts, neighbours, seed, self.layouts.get(name))
            for name, array in rows.inputs.items()
        }
        have = np.bincount(rows.labels, minlength=len(wanted))
        labels = np.concatenate([np.full(count - have[name], name) for name, count in counts.items()])
        return Labelled(made, labels.astype(rows.labels.dtype))


def interpolate(
    array: np.ndarray, labels: np.ndarray, counts: Mapping[int, int], neighbours: int, seed: int, layout: Spec | None
) -> np.ndarray:
    """The made rows of one modality, in the order of `counts` and with the array's type."""
    from imblearn.over_sampling import SMOTE, SMOTENC

    flat = array.reshape(len(array), -1).astype(np.float32)
    if layout is None or not layout.choices:
        sampler = SMOTE(sampling_strategy=dict(counts), k_neighbors=neighbours, random_state=seed)
        made = sampler.fit_resample(flat, labels)[0][len(array) :].reshape(-1, *array.shape[1:])
        return np.clip(np.round(made), 0, 255).astype(np.uint8) if array.dtype == np.uint8 else made.astype(array.dtype)
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
    made = sampler.fit_resample(np.hstack([numbers, states]), labels)[0][len(array) :]
    vectors = np.zeros((len(made), flat.shape[1]), dtype=array.dtype)
    start = 0
    for block in values:
        vectors[:, block.start : block.stop] = made[:, start : start + block.width]
        start += block.width
    for place, block in enumerate(layout.choices, start=numbers.shape[1]):
        vectors[:, block.start : block.stop] = np.eye(block.width)[made[:, place].astype(int)]
    return vectors
