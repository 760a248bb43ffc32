"""SMOTE for pictures: pixels between two pictures show neither, so features are interpolated instead."""

from dataclasses import replace

import numpy as np

from makeweight.balance.smote import Smote
from makeweight.balance.train_split import TrainSplit
from makeweight.stages.contest.last_layer import features_of, split_last_layer
from makeweight.stages.contest.networks import ImageParams, learn_by_network, learn_image
from makeweight.stages.contest.task import Predictions, Task


def learn_image_by_smote(task: Task, config: ImageParams, smote: Smote, target: np.ndarray) -> Predictions:
    """Train the network on the split as it is, then a new last layer on interpolated features.

    The features of the train rows are interpolated up to the target, and a new last layer learns from them, as in
    decoupled training (Kang et al. 2020). `task.train` is the split before balancing.
    """
    first = learn_image(task, config)
    body, _ = split_last_layer(first.network)
    train, validation, test = (
        features_of(body, rows, task.device) for rows in (task.train.rows, task.validation, task.test)
    )
    unbalanced = TrainSplit(train, task.train.classes, task.train.synthetic)
    balanced = smote.balance(unbalanced, target, np.random.default_rng(task.seed))
    last = learn_by_network(Task(balanced, validation, test, task.seed, task.device), config, "linear")
    return replace(last, network=None, description={}, steps=first.steps + last.steps)
