"""The learners that are networks: a small residual network, and one hidden layer."""

from dataclasses import replace
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from makeweight.balance.train_split import TrainSplit, equal_class_weights
from makeweight.core.ranges import Size
from makeweight.learn import network_files
from makeweight.learn.augment import AUGMENTATIONS
from makeweight.learn.training import Augment, Fitted, Loss, TrainingParams, fit_network, predict
from makeweight.learn.view_models import NETWORK, Model
from makeweight.stages.contest.last_layer import refit
from makeweight.stages.contest.task import Learned, Task, check_finite


class ImageParams(TrainingParams):
    """The small residual network: its training, its first channels, and how every batch of every arm is augmented."""

    width: Size
    augment: tuple[str, ...]


class TabularParams(TrainingParams):
    """The network with one hidden layer: its training, and the width of the layer."""

    hidden_dim: Size


def learn_resnet(task: Task, config: ImageParams) -> Learned:
    """A small residual network on pixels, augmented in every arm."""
    task = replace(task, train=replace(task.train, augmentations=(*config.augment, *task.train.augmentations)))
    return learn_by_network(task, config, "small_resnet", width=config.width)


def learn_mlp(task: Task, config: TabularParams) -> Learned:
    """A network with one hidden layer."""
    return learn_by_network(task, config, "nn", hidden_dim=config.hidden_dim)


def learn_by_network(task: Task, config: TrainingParams, kind: str, **options: Any) -> Learned:
    """Train a network of this kind on the train split."""
    torch.manual_seed(task.seed)
    ((modality, array),) = task.train.rows.inputs.items()
    description = {"kind": kind, "modality": modality, "shape": list(array.shape[1:]), "options": options}
    fitted = train_as_asked(network_files.build(description, task.train.classes), task, config)
    steps = fitted.steps + (refit(fitted.network, task, config) if task.train.refit else 0)
    return Learned(
        lambda rows: check_finite(predict(fitted.network, rows.inputs, task.device)),
        Model(modality, NETWORK, fitted.network, description),
        steps,
    )


def train_as_asked(network: nn.Module, task: Task, config: TrainingParams) -> Fitted:
    """Train with the loss, the augmentations and the mixup that the train split asks for.

    Rows that are to be met first train the network as it is, all classes equally likely; real ones go on from there,
    with statistics of batches of their own.
    """
    first = task.train.first
    if first is not None and len(first):
        level = equal_class_weights(first.labels, task.train.classes)
        augment = augmentation_of(task.train)
        fit_network(network, first, task.validation, config, task.seed, task.device, row_weights=level, augment=augment)
    return fit_network(
        network,
        task.train.rows,
        task.validation,
        config,
        task.seed,
        task.device,
        loss=loss_of(task.train, task.device),
        row_weights=task.train.row_weights,
        augment=augmentation_of(task.train),
        mixup=task.train.mixup,
    )


def loss_of(split: TrainSplit, device: torch.device) -> Loss:
    """Cross-entropy with the split's class weights and its prior added to the logits."""
    weights = (
        None if split.class_weights is None else torch.tensor(split.class_weights, dtype=torch.float32, device=device)
    )
    offsets = None if split.prior is None else torch.tensor(np.log(split.prior), dtype=torch.float32, device=device)

    def loss(logits: Tensor, labels: Tensor) -> Tensor:
        adjusted = logits if offsets is None else logits + offsets
        if weights is None:
            return F.cross_entropy(adjusted, labels)
        # Its own mean would divide by the batch's weights: a rare row would count for less beside other rare ones.
        each = F.cross_entropy(adjusted, labels, weight=weights, reduction="none")
        return each.mean()

    return loss


def augmentation_of(split: TrainSplit) -> Augment | None:
    """The split's augmentations one after the other; None where it has none."""
    if not split.augmentations:
        return None

    def augment(batch: dict[str, Tensor], rng: torch.Generator) -> dict[str, Tensor]:
        for name in split.augmentations:
            batch = AUGMENTATIONS[name](batch, rng)
        return batch

    return augment
