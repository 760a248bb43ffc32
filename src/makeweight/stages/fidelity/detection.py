"""Detection: can a classifier separate synthetic rows from real ones?"""

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from makeweight.core.params import Section
from makeweight.core.random import global_seed
from makeweight.core.ranges import Size
from makeweight.data.labelled import Labelled
from makeweight.learn.classifiers import small_resnet
from makeweight.learn.training import TrainingParams, fit_network, predict


class PictureDetectorParams(Section):
    """The network that tells synthetic pictures from real ones by their pixels."""

    width: Size
    """Channels of its first block."""
    training: TrainingParams


def detection_auc(real: np.ndarray, synthetic: np.ndarray, folds: int, seed: int) -> float | None:
    """Area under the ROC curve, cross-validated on `(n, d)` rows: 0.5 not separable, 1 always separated.

    None where one side has fewer rows than folds.
    """
    if min(len(real), len(synthetic)) < folds:
        return None
    rows = np.concatenate([real, synthetic])
    is_synthetic = np.repeat([0, 1], [len(real), len(synthetic)])
    detector = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=300))
    splitter = StratifiedKFold(folds, shuffle=True, random_state=seed)
    scores = cross_val_predict(detector, rows, is_synthetic, cv=splitter, method="decision_function")
    return float(roc_auc_score(is_synthetic, scores))


def picture_detection_accuracy(
    real: np.ndarray, synthetic: np.ndarray, config: PictureDetectorParams, seed: int, device: torch.device
) -> float | None:
    """Balanced accuracy of a network on uint8 pictures `(n, channels, size, size)` that it was not trained on.

    It learns from a random half of each side and is tested on the other: 0.5 it guesses, 1 it always knows. None where
    a side has fewer than four pictures.
    """
    if min(len(real), len(synthetic)) < 4:
        return None
    rng = np.random.default_rng(seed)
    halves = [rng.permutation(len(pictures)) % 2 for pictures in (real, synthetic)]
    known, unknown = (
        Labelled(
            {"image": np.concatenate([real[halves[0] == half], synthetic[halves[1] == half]])},
            np.repeat([0, 1], [(halves[0] == half).sum(), (halves[1] == half).sum()]),
        )
        for half in (0, 1)
    )
    with global_seed(seed):
        network = small_resnet("image", real.shape[1:], 2, config.width)
        # No rows are spared to choose an epoch: by its own rows the last ones are the best.
        fitted = fit_network(network, known, known, config.training, seed, device)
    right = predict(fitted.network, unknown.inputs, device).argmax(1) == unknown.labels
    return float(np.mean([right[unknown.labels == side].mean() for side in (0, 1)]))
