"""The learner that is no network: gradient-boosted trees."""

import numpy as np

from makeweight.core.params import Section
from makeweight.stages.contest.task import Predictions, Task


class TreesParams(Section):
    """Gradient-boosted trees; the number of trees is chosen on validation."""

    max_trees: int
    patience: int
    learning_rate: float
    max_leaf_nodes: int


def learn_trees(task: Task, config: TreesParams) -> Predictions:
    """The predictions of trees on the vectors; trees are added until validation gains no more.

    Class weights become row weights; a prior divides the probabilities afterwards; mixup means nothing to trees.
    """
    from sklearn.ensemble import HistGradientBoostingClassifier

    split = task.train
    (name,) = split.rows.inputs
    model = HistGradientBoostingClassifier(
        max_iter=config.max_trees,
        learning_rate=config.learning_rate,
        max_leaf_nodes=config.max_leaf_nodes,
        early_stopping=True,
        n_iter_no_change=config.patience,
        # Trees draw nothing at random from a split this size: the seed decides on the order of features that tie.
        max_features=0.8,
        random_state=task.seed,
    )
    model.fit(
        split.rows.inputs[name],
        split.rows.labels,
        sample_weight=None if split.class_weights is None else split.class_weights[split.rows.labels],
        X_val=task.validation.inputs[name],
        y_val=task.validation.labels,
    )
    predicted = []
    for rows in (task.validation, task.test):
        probabilities = np.zeros((len(rows), split.classes), dtype=np.float32)
        probabilities[:, model.classes_] = model.predict_proba(rows.inputs[name])
        predicted.append(corrected_for_prior(probabilities, split.prior))
    return Predictions(predicted[0], predicted[1]).check()


def corrected_for_prior(probabilities: np.ndarray, prior: np.ndarray | None) -> np.ndarray:
    """Probabilities divided by the class shares and normalised."""
    if prior is None:
        return probabilities
    adjusted = probabilities / prior
    return (adjusted / adjusted.sum(1, keepdims=True)).astype(np.float32)
