"""Class sets of an experiment with a known truth."""

import numpy as np
import torch

from makeweight.learn.patches import PatchParams
from makeweight.stages.fewshot.calibration import CalibrationParams
from makeweight.stages.fewshot.class_split import ClassSplitParams
from makeweight.stages.fewshot.episodes import EpisodeParams
from makeweight.stages.fewshot.experiment import Params, TsneParams
from makeweight.stages.fewshot.losses import LossParams
from makeweight.stages.fewshot.methods import NetworkParams
from makeweight.stages.fewshot.normalisation import NormalisationParams
from makeweight.stages.fewshot.picture_set import PictureSet
from makeweight.stages.fewshot.training import TrainingParams


def params(**changes: object) -> Params:
    """Small values for all parameters."""
    values: dict[str, object] = {
        "repeats": 1,
        "class_split": ClassSplitParams(base_share=0.6, min_base_classes=4, validation_every=3, max_rows_per_class=30),
        "patches": PatchParams(
            side=32, patch_size=6, filters=16, threshold=0.25, pictures_to_learn=200, patches_to_learn=3000
        ),
        "normalisation": NormalisationParams(power=0.5, centre=True, unit_length=True),
        "calibration": CalibrationParams(
            dimensions=16, shrinkage=1.0, base_classes=3, base_weight=0.3, rows=10, strength=1.0, steps=40
        ),
        "network": NetworkParams(picture_size=16, filters=8, embedding_dim=16),
        "training": TrainingParams(
            steps=20, classes_per_batch=6, rows_per_class=4, learning_rate=0.005, weight_decay=0.0, validate_every=10
        ),
        "losses": LossParams(
            pair_sampling="balanced", contrastive_margin=1.0, triplet_margin=0.2, mining="semi_hard", temperature=0.1
        ),
        "episodes": EpisodeParams(
            ways=(3,), shots=(1, 5), queries=4, count=100, validation_count=50, neighbours=(1, 3)
        ),
        "verification_pairs": 400,
        "retrieval_depths": (1, 5),
        "tsne": TsneParams(method="triplet", perplexity=5.0, neighbours=5),
    }
    return Params.model_validate(values | changes)


def stripes(classes: range, rows: int, seed: int, signal: bool = True, noise: float = 20) -> PictureSet:
    """Noisy pictures whose class is the colour and the direction of their stripes; without signal, noise alone."""
    rng = np.random.default_rng(seed)
    labels = np.repeat(np.arange(len(classes)), rows)
    pictures = rng.normal(128, noise, (len(labels), 3, 16, 16))
    across, down = np.meshgrid(np.arange(16), np.arange(16))
    for row, label in enumerate(labels):
        angle, colour = np.pi * classes[label] / 7, np.array([classes[label] % 2, classes[label] % 3, 1])
        wave = np.sin(across * np.cos(angle) + down * np.sin(angle) + rng.uniform(0, 6))
        pictures[row] += signal * 60 * wave * colour[:, None, None]
    data = torch.from_numpy(pictures.clip(0, 255).astype(np.uint8))
    return PictureSet(
        data, labels, np.arange(len(labels)), [f"stripes {one}" for one in classes], np.arange(len(labels)) % 2 == 1
    )
