"""The learner of tables that is neither linear nor a network: gradient-boosted trees."""

from collections.abc import Mapping

import numpy as np

from makeweight.learn.trees import fit_chosen_trees
from makeweight.stages.contest.linear import row_weights
from makeweight.stages.contest.task import Learned, Task, check_finite


def learn_trees(task: Task, chosen: Mapping[str, float]) -> Learned:
    """Fit trees; class weights become row weights, a prior divides the probabilities; mixup means nothing to trees."""
    ((name, x),) = task.train.rows.inputs.items()
    rows, classes = task.train.rows, task.train.classes
    model = fit_chosen_trees(x, rows.labels, classes, chosen, task.seed, row_weights(task.train))
    prior = task.train.prior
    return Learned(lambda rows: check_finite(corrected_for_prior(model.predict(rows.inputs[name]), prior)))


def corrected_for_prior(probabilities: np.ndarray, prior: np.ndarray | None) -> np.ndarray:
    """Probabilities divided by the class shares and normalised."""
    if prior is None:
        return probabilities
    adjusted = probabilities / prior
    return (adjusted / adjusted.sum(1, keepdims=True)).astype(np.float32)
