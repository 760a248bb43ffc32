"""New rows for a network on pictures in its own features: pixels between two pictures show neither."""

import numpy as np

from makeweight.balance.feature_flow import FeatureFlow
from makeweight.balance.smote import Smote
from makeweight.balance.train_split import TrainSplit
from makeweight.data.labelled import Labelled
from makeweight.stages.contest.last_layer import features_of, split_last_layer
from makeweight.stages.contest.networks import ImageParams, learn_by_network, learn_resnet
from makeweight.stages.contest.task import Learned, Task

FeatureWay = Smote | FeatureFlow
"""Ways of balancing that act on what a network computes, not on pixels."""


def learn_resnet_by_features(task: Task, config: ImageParams, balancer: FeatureWay, target: np.ndarray) -> Learned:
    """Train the network on the split as it is, then a new last layer on balanced features.

    The features of the train rows are balanced up to the target, and a new last layer learns from them, as in
    decoupled training (Kang et al. 2020). `task.train` is the split before balancing.
    """
    first = learn_resnet(task, config)
    assert first.model is not None
    body, _ = split_last_layer(first.model.fitted)
    train, validation = (features_of(body, rows, task.device) for rows in (task.train.rows, task.validation))
    unbalanced = TrainSplit(train, task.train.classes, task.train.synthetic)
    balanced = balancer.balance(unbalanced, target, np.random.default_rng(task.seed))
    last = learn_by_network(Task(balanced, validation, task.seed, task.device), config, "linear")

    def predict(rows: Labelled) -> np.ndarray:
        return last.predict(features_of(body, rows, task.device))

    return Learned(predict, steps=first.steps + last.steps)
