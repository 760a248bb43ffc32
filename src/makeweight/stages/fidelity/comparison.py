"""What every measure works on: the splits, the candidates compared with train rows, and the feature spaces."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import torch

from makeweight.core.params import Section
from makeweight.core.progress import say
from makeweight.core.ranges import Count, Folds, Size, Weight
from makeweight.data.samples import Roles
from makeweight.stages.fidelity.detection import PictureDetectorParams
from makeweight.stages.fidelity.fingerprints import FINGERPRINTS
from makeweight.stages.fidelity.rows import Rows, common_class_counts, sample_rows
from makeweight.stages.fidelity.spaces import PictureNetworkParams, Space, fit_spaces

REAL = "real"
"""The candidate that consists of held-out real rows: what the best possible engine would reach."""


class Params(Section):
    """How many rows are compared, and when a class counts as collapsed."""

    max_rows: Count
    """Rows of one candidate in a comparison, at most."""
    neighbours: Count
    """k of precision, recall, density and coverage."""
    min_class_rows: Count
    """A class with fewer rows on either side has no measures of its own."""
    collapse_threshold: Weight
    """A class has collapsed when its diversity ratio is below this."""
    max_diversity_rows: Count
    """Rows per class in the diversity measure, at most."""
    max_ngram: Size
    """Longest n-gram of distinct-n and self-BLEU."""
    detection_folds: Folds
    figure_classes: Count
    """Classes in the figure of nearest real neighbours, at most."""
    figure_rows_per_class: Count
    network: PictureNetworkParams
    picture_detector: PictureDetectorParams


@dataclass(frozen=True, slots=True)
class Splits:
    """The real rows of each split."""

    train: Rows
    validation: Rows
    test: Rows

    @property
    def held_out(self) -> Rows:
        """Validation and test together: every row that no model was fitted to. Rare classes have too few in one."""
        return self.validation.concatenated(self.test)


@dataclass(frozen=True, slots=True)
class Comparison:
    """The splits, the candidates and the feature spaces, with the parameters and the seed of all measures."""

    splits: Splits
    candidates: Mapping[str, Rows]
    """`real` (held-out rows) first, then each engine's synthetic rows."""
    spaces: Mapping[str, Space]
    roles: Roles
    classes: list[str]
    params: Params
    seed: int
    device: torch.device

    @classmethod
    def prepare(
        cls,
        splits: Splits,
        synthetic: Mapping[str, Rows],
        roles: Roles,
        classes: list[str],
        params: Params,
        seed: int,
        device: torch.device,
    ) -> Self:
        """Fit the feature spaces on the train split and compute every row's vectors in them."""
        say("feature spaces of the train split")
        spaces = fit_spaces(splits.train, splits.validation, len(classes), params.network, seed, device)
        parts = (splits.train, splits.validation, splits.test)
        described = Splits(*(describe(rows, spaces, roles) for rows in parts))
        candidates = {REAL: described.held_out}
        candidates |= {engine: describe(rows, spaces, roles) for engine, rows in synthetic.items()}
        return cls(described, candidates, spaces, roles, classes, params, seed, device)

    @property
    def modalities(self) -> list[str]:
        """The modalities of the data, in name order."""
        return sorted(self.spaces)

    @property
    def engines(self) -> dict[str, Rows]:
        """The candidates that are synthetic."""
        return {name: rows for name, rows in self.candidates.items() if name != REAL}

    def sample(self, rows: Rows, class_counts: np.ndarray) -> Rows:
        """Random rows with these class counts; always from the same seed, so that no measure depends on another."""
        return rows.take(sample_rows(rows.labels, class_counts, np.random.default_rng(self.seed)))

    def common_counts(self, *sets: Rows) -> np.ndarray:
        """How many rows of each class all these sets have, at most about `max_rows` in all."""
        return common_class_counts([rows.labels for rows in sets], len(self.classes), self.params.max_rows)


def describe(rows: Rows, spaces: Mapping[str, Space], roles: Roles) -> Rows:
    """The rows with their features and fingerprints."""
    return replace(
        rows,
        features={modality: space.features(rows.encoded[modality]) for modality, space in spaces.items()},
        fingerprints={modality: FINGERPRINTS[modality](rows, roles) for modality in spaces},
    )
