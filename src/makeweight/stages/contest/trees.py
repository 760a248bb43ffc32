"""The learner of tables that is neither linear nor a network: gradient-boosted trees."""

from collections.abc import Mapping

import numpy as np

from makeweight.learn.trees import fit_trees
from makeweight.stages.contest.linear import row_weights
from makeweight.stages.contest.task import Learned, Task, check_finite


def learn_trees(task: Task, chosen: Mapping[str, float]) -> Learned:
    """Fit trees; class weights become row weights, a prior divides the probabilities; mixup means nothing to trees."""
    ((name, x),) = task.train.rows.inputs.items()
    model = fit_trees(
        x,
        task.train.rows.labels,
        task.train.classes,
        learning_rate=chosen["learning_rate"],
        max_leaf_nodes=int(chosen["max_leaf_nodes"]),
        trees=int(chosen["trees"]),
        seed=task.seed,
        row_weights=row_weights(task.train),
    )
    prior = task.train.prior
    return Learned(lambda rows: check_finite(corrected_for_prior(model.predict(rows.inputs[name]), prior)))


def corrected_for_prior(probabilities: np.ndarray, prior: np.ndarray | None) -> np.ndarray:
    """Probabilities divided by the class shares and normalised."""
    if prior is None:
        return probabilities
    adjusted = probabilities / prior
    return (adjusted / adjusted.sum(1, keepdims=True)).astype(np.float32)
