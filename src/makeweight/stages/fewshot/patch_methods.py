"""Few-shot methods on patch features, whose filters come from base pictures without their labels.

`patch_prototype` needs no training: a network that is no better has learned nothing that helps. The others also use
the base classes' labels: `patch_whitened` for the spread within a class, `patch_calibrated` to generate rows around
each example. `patch_logistic` is the regression of `patch_calibrated` without generated rows.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from makeweight.core import workers
from makeweight.learn.patches import PatchFeatures, PatchParams
from makeweight.stages.fewshot import calibration, episodes
from makeweight.stages.fewshot.calibration import CalibrationParams, Whitening
from makeweight.stages.fewshot.classifiers import REFERENCE, WHITENED
from makeweight.stages.fewshot.episodes import Episodes
from makeweight.stages.fewshot.normalisation import Normalisation, NormalisationParams
from makeweight.stages.fewshot.picture_set import PictureSet

REGRESSION, CALIBRATED = "patch_logistic", "patch_calibrated"

COMPARED = (REFERENCE, WHITENED, REGRESSION)
"""What generated rows are compared with: the normalised prototype, and the same space and regression without rows."""


@dataclass(frozen=True)
class PatchPoints:
    """Points of the class sets by method of prototypes, and the features that they come from."""

    features: tuple[Tensor, Tensor]
    """Of base and novel rows, float32 `(n, 8 * filters)`, none of them negative, not normalised."""
    on_validation: dict[str, Tensor]
    on_novel: dict[str, Tensor]
    base: Tensor
    """Points of base rows in the whitened space, `(n, dimensions)`."""
    classes: np.ndarray
    """Of the base rows."""

    @classmethod
    def compute(
        cls,
        base: PictureSet,
        class_sets: Sequence[PictureSet],
        patches: PatchParams,
        normalisation: NormalisationParams,
        calibrated: CalibrationParams,
        seed: int,
    ) -> "PatchPoints":
        """Learn filters, mean and whitening on base rows; compute the points of all class sets."""
        on_base, on_validation, on_novel = patch_features(base, [base, *class_sets], patches, seed)
        normalise = Normalisation.fit(on_base, normalisation)
        normalised = normalise(on_base)
        whiten = Whitening.fit(normalised, base.classes, calibrated)
        both = [
            {REFERENCE: points, WHITENED: whiten(points)} for points in (normalise(on_validation), normalise(on_novel))
        ]
        return cls((on_base, on_novel), both[0], both[1], whiten(normalised), base.classes)


def patch_features(base: PictureSet, class_sets: Sequence[PictureSet], config: PatchParams, seed: int) -> list[Tensor]:
    """Features of each class set, `(n, 8 * filters)`, with filters and scales learned on base pictures.

    Features are roots of mean answers; they are squared again, so that the power transform is a step that can be left
    out. They are scaled by the base rows' deviations, but the base rows' mean is not taken away: centring is a step.
    """
    features = PatchFeatures.fit(base.pictures.numpy(), config, seed)
    origin = features.means / features.stds
    return [
        torch.from_numpy(features.transform(rows.pictures.numpy()) + origin).clamp(min=0).square()
        for rows in class_sets
    ]


def regression_accuracies(
    patches: PatchPoints, by_setting: Mapping[str, Episodes], config: CalibrationParams, seed: int
) -> dict[str, dict[str, np.ndarray]]:
    """Method -> setting -> accuracy of each episode, by logistic regression with and without generated rows."""
    points, rng = patches.on_novel[WHITENED], torch.Generator().manual_seed(seed)
    generated = calibration.generate_rows(points, patches.base, patches.classes, config, rng)
    added = {CALIBRATED: generated, REGRESSION: None}

    def accuracies(job: tuple[str, str]) -> np.ndarray:
        method, setting = job
        sampled = by_setting[setting]
        return episodes.accuracy(calibration.by_logistic_regression(points, added[method], sampled, config))

    most_examples_first = sorted(by_setting, key=lambda setting: -by_setting[setting].ways * by_setting[setting].shots)
    jobs = [(method, setting) for setting in most_examples_first for method in added]
    found = dict(zip(jobs, workers.run_all(accuracies, jobs, torch.device("cpu")), strict=True))
    return {method: {setting: found[method, setting] for setting in by_setting} for method in (REGRESSION, CALIBRATED)}
