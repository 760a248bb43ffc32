"""The last layer of a network by itself: refitted on real rows, with all classes equally likely."""

import numpy as np
import torch
from torch import nn

from makeweight.data.labelled import Labelled
from makeweight.learn import classifiers
from makeweight.learn.classifiers import ModalityNetwork
from makeweight.learn.training import TrainingParams, apply_in_batches, fit_network
from makeweight.stages.contest.task import Task

FEATURES = "features"
"""The name under which rows hold what the layers before the last compute."""


def refit(network: nn.Module, task: Task, config: TrainingParams) -> int:
    """Train the last layer again, on the features of real rows, every class equally likely; return the steps taken.

    The layers before it stay as they are; the split's own loss and prior would count the balance twice.
    """
    real = task.train.rows.take(~task.train.synthetic)
    body, last = split_last_layer(network)
    counts = np.bincount(real.labels, minlength=task.train.classes)
    train, validation = (features_of(body, rows, task.device) for rows in (real, task.validation))
    torch.manual_seed(task.seed)
    head = classifiers.linear(FEATURES, train.inputs[FEATURES].shape[1:], task.train.classes)
    classes_equally_likely = 1 / counts[real.labels]
    fitted = fit_network(head, train, validation, config, task.seed, task.device, row_weights=classes_equally_likely)
    last.load_state_dict(split_last_layer(head)[1].state_dict())
    return fitted.steps


def split_last_layer(network: object) -> tuple[ModalityNetwork, nn.Module]:
    """The layers before the last, and the last."""
    assert isinstance(network, ModalityNetwork) and isinstance(network.layers, nn.Sequential)
    return ModalityNetwork(network.modality, network.layers[:-1]), network.layers[-1]


def features_of(body: nn.Module, rows: Labelled, device: torch.device) -> Labelled:
    """The rows as their features (the output of the layers before the last), float32 `(n, width)`."""
    body.eval()
    features = apply_in_batches(lambda batch: body(batch).float(), rows.inputs, device)
    return Labelled({FEATURES: features.numpy()}, rows.labels)
