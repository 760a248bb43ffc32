"""Feature flow: new rows of small classes by a small flow, in the space that the view's learner reads."""

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from scipy.sparse import issparse

from makeweight.balance.feature_space import FeatureSpace, as_in_table
from makeweight.balance.lent_gaussians import LentGaussians
from makeweight.balance.train_split import TrainSplit
from makeweight.data.codecs.spec import Spec
from makeweight.data.labelled import Labelled


@dataclass(frozen=True)
class FeatureFlow:
    """Add rows to small classes by flow matching over the features, trained and sampled for every fit of a learner.

    Rows are reduced to a few components, and each class to a standard normal one by its mean and a covariance that near
    large classes lend (as in distribution calibration). One flow, told where a class lies, learns of all classes how
    their rows differ from Gaussian ones: what large classes have many rows to teach, small ones near to them share.
    Without training the rows are Gaussian. A fold's flow has seen the rows of the fold's train part only.
    """

    steps: int = 400
    """Updates of the flow."""
    lenders: int = 3
    """Large classes that lend to a small one: those whose means are nearest to its mean."""
    layouts: Mapping[str, Spec] = field(default_factory=dict)
    """Modality -> layout of its vectors: new ones have one category each, and numbers that real rows have."""

    def balance(self, train: TrainSplit, target: np.ndarray, rng: np.random.Generator) -> TrainSplit:
        """The split with new rows up to the target; a class without a row stays without."""
        counts = train.counts
        missing = np.where(counts > 0, train.missing(target), 0)
        if not missing.any():
            return train
        labels = np.repeat(np.arange(train.classes), missing)
        spaces = {name: FeatureSpace.fit(array) for name, array in train.rows.inputs.items()}
        codes = np.hstack([space.codes for space in spaces.values()])
        gaussians = LentGaussians.fit(codes, train.rows.labels, train.classes, self.lenders)
        new = self.sampled(gaussians, codes, train.rows.labels, labels, rng)
        base = self.bases(gaussians, train, labels, codes.shape[1], rng)
        ends = np.cumsum([space.codes.shape[1] for space in spaces.values()])[:-1]
        inputs = {
            name: self.decoded(name, space, part, labels, base, train.rows.labels)
            for (name, space), part in zip(spaces.items(), np.split(new, ends, axis=1), strict=True)
        }
        without = sum(not len(gaussians.lenders[name]) for name in np.flatnonzero(missing))
        warnings = {
            "feature_flow_classes_without_lenders": without,
            "feature_flow_classes_of_one_row": int(((counts == 1) & (missing > 0)).sum()),
        }
        return train.with_rows(Labelled(inputs, labels.astype(train.rows.labels.dtype))).with_warnings(warnings)

    def sampled(
        self, gaussians: LentGaussians, codes: np.ndarray, own: np.ndarray, labels: np.ndarray, rng: np.random.Generator
    ) -> np.ndarray:
        """New codes of classes `labels` by a flow that is trained on codes of classes `own`, float32 `(m, k)`."""
        from makeweight.balance.feature_velocity import fit_velocity, sample_velocity

        places, errors = gaussians.places()
        seeds = rng.integers(2**31, size=2)
        white = gaussians.whitened(codes, own)
        network = fit_velocity(white, own, places, errors, self.steps, int(seeds[0]))
        return gaussians.restored(sample_velocity(network, places[labels], int(seeds[1])), labels)

    def bases(
        self, gaussians: LentGaussians, train: TrainSplit, labels: np.ndarray, dimensions: int, rng: np.random.Generator
    ) -> np.ndarray:
        """The real row that each new one takes from what the components leave out: as often a lent one as is lent."""
        sparse = any(issparse(array) for array in train.rows.inputs.values())
        base = np.empty(len(labels), dtype=int)
        for name in np.unique(labels):
            members, own = np.flatnonzero(labels == name), np.flatnonzero(train.rows.labels == name)
            base[members] = rng.choice(own, len(members))
            lent = np.flatnonzero(np.isin(train.rows.labels, gaussians.lenders[name]))
            if len(lent) and not sparse:
                taken = members[rng.random(len(members)) < dimensions / (len(own) + dimensions)]
                base[taken] = rng.choice(lent, len(taken))
        return base

    def decoded(
        self, name: str, space: FeatureSpace, codes: np.ndarray, labels: np.ndarray, base: np.ndarray, own: np.ndarray
    ) -> np.ndarray:
        """New rows of one modality, in the values that its layout allows."""
        rows: np.ndarray = space.decode(codes, labels, base, own)
        layout = self.layouts.get(name)
        return as_in_table(rows, space.array, layout) if layout is not None and layout.blocks else rows
