"""The learner of most views: multinomial logistic regression on features that do not change."""

from dataclasses import replace
from typing import Any

import numpy as np
from scipy import sparse

from makeweight.balance.train_split import TrainSplit, equal_class_weights
from makeweight.data.folds import fold_numbers
from makeweight.data.labelled import Labelled
from makeweight.data.scores import log_loss
from makeweight.learn.linear_model import LinearModel
from makeweight.learn.view_models import LINEAR, Model
from makeweight.stages.contest.task import Learned, Task, check_finite

HELD_BACK = (1.0, 0.3, 0.1, 0.03)
"""Of the strength of a fit that starts from nothing: strengths that are tried for one that starts from another fit."""


def learn_linear(task: Task, strength: float) -> Learned:
    """Fit logistic regression; class weights become row weights, a prior divides the probabilities afterwards.

    All rows together weigh as much as the real rows, however many were added: otherwise an arm that adds rows would
    also be regularised less.
    """
    ((modality, x),) = task.train.rows.inputs.items()
    x, labels, weights = x, task.train.rows.labels, row_weights(task.train)
    if task.train.mixup is not None:
        x, labels, weights = mixed(x, labels, weights, task.train.mixup, np.random.default_rng(task.seed))
    if task.train.first is not None and len(task.train.first):
        model = fit_after(task.train.first, Labelled({modality: x}, labels), task.train.classes, strength, weights)
    else:
        model = LinearModel.fit(x, labels, task.train.classes, strength, weights)
    if task.train.prior is not None:
        offsets = np.log(task.train.prior)[model.present]
        model = replace(model, intercepts=(model.intercepts - offsets).astype(np.float32))
    kept = Model(modality, LINEAR, model)
    return Learned(lambda rows: check_finite(kept.predict(rows.inputs[modality])), kept)


def fit_after(first: Labelled, rows: Labelled, classes: int, strength: float, weights: np.ndarray) -> LinearModel:
    """Fit synthetic rows, all classes counting the same, then the real ones with a penalty on the distance to that fit.

    How strongly the second fit is held back is chosen by the log loss of a third of the real rows.
    """
    (synthetic,), (x,) = first.inputs.values(), rows.inputs.values()
    level = equal_class_weights(first.labels, classes) * weights.sum() / len(np.unique(first.labels))
    start = LinearModel.fit(synthetic, first.labels, classes, strength, level)
    held_out = fold_numbers(rows.labels, np.arange(len(rows.labels)), 3, 0) == 0
    best = strength
    if held_out.any() and not held_out.all():
        kept, own = np.flatnonzero(~held_out), weights[~held_out]

        def loss(candidate: float) -> float:
            model = LinearModel.fit_near(x[kept], rows.labels[kept], classes, candidate, start, own)
            return log_loss(model.predict(x[held_out]), rows.labels[held_out])

        best = min((strength * share for share in HELD_BACK), key=loss)
    return LinearModel.fit_near(x, rows.labels, classes, best, start, weights)


def row_weights(split: TrainSplit) -> np.ndarray:
    """The weight of each row, float64 `(n,)`: their sum is the number of real rows."""
    labels = split.rows.labels
    weights = split.weights if split.class_weights is None else split.class_weights[labels] * split.weights
    real = int((~split.synthetic).sum()) or len(labels)
    return weights * real / weights.sum()


def mixed(
    x: Any, labels: np.ndarray, weights: np.ndarray, strength: float, rng: np.random.Generator
) -> tuple[Any, np.ndarray, np.ndarray]:
    """Rows mixed with the rows in another order: each once under its own label and once under the other's, by share."""
    shares, order = rng.beta(strength, strength, len(labels)), rng.permutation(len(labels))
    if sparse.issparse(x):
        rows = (sparse.diags_array(shares) @ x + sparse.diags_array(1 - shares) @ x[order]).tocsr().astype(x.dtype)
        doubled = sparse.vstack([rows, rows], format="csr")
    else:
        rows = (shares[:, None] * x + (1 - shares[:, None]) * x[order]).astype(x.dtype)
        doubled = np.concatenate([rows, rows])
    both = np.concatenate([weights * shares, weights[order] * (1 - shares)])
    return doubled, np.concatenate([labels, labels[order]]), both
