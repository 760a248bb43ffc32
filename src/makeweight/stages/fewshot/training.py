"""Train an embedding network towards a loss; the weights with the best validation accuracy are kept."""

import copy
from collections.abc import Callable, Iterator

import numpy as np
import torch
from torch import nn

from makeweight.core.params import Section
from makeweight.core.ranges import Count, LearningRate, Size, Weight
from makeweight.learn import augment
from makeweight.learn.training import as_picture
from makeweight.stages.fewshot import samplers
from makeweight.stages.fewshot.picture_set import PictureSet


class TrainingParams(Section):
    """How networks are trained; every method sees the same number of pictures."""

    steps: Count
    classes_per_batch: Size
    rows_per_class: Size
    learning_rate: LearningRate
    weight_decay: Weight
    validate_every: Count


def train(
    network: nn.Module,
    loss: nn.Module,
    base: PictureSet,
    validate: Callable[[], float],
    config: TrainingParams,
    seed: int,
) -> Iterator[dict[str, float]]:
    """Train network and loss in place, yielding a record at each validation; the best weights are in place at the end.

    The weights before training are never kept, even where they validate best: the untrained network is a method of its
    own, so that a training that makes it worse shows in the table.

    Augmentation changes batches of base rows only, so that no changed copy can reach another class set.

    Args:
        network: maps scaled pictures to points.
        loss: of (points, classes, random generator).
        base: the rows to train on.
        validate: accuracy of the current network and loss on validation classes.
        config: steps and batches.
        seed: of batches and augmentations.
    """
    device = next(network.parameters()).device
    rng = torch.Generator().manual_seed(seed)
    batches = samplers.class_batches(
        base.classes, base.units, config.classes_per_batch, config.rows_per_class, np.random.default_rng(seed)
    )
    parameters = [*network.parameters(), *loss.parameters()]
    optimiser = torch.optim.AdamW(parameters, lr=config.learning_rate, weight_decay=config.weight_decay)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, config.learning_rate, total_steps=config.steps)
    classes = torch.from_numpy(base.classes).long()
    both = nn.ModuleList([network, loss])
    best, best_score, total = both.state_dict(), -1.0, 0.0
    yield {"step": 0, "validation_accuracy": validate()}
    for step in range(1, config.steps + 1):
        network.train()
        rows = torch.from_numpy(next(batches))
        pictures = as_picture(base.pictures[rows].to(device))
        points = network(augment.classic_pictures(pictures, rng))
        value = loss(points, classes[rows].to(device), rng)
        optimiser.zero_grad(set_to_none=True)
        value.backward()
        optimiser.step()
        schedule.step()
        total += float(value.detach())
        if step % config.validate_every == 0 or step == config.steps:
            score = validate()
            steps_since = (step - 1) % config.validate_every + 1
            yield {"step": step, "train_loss": total / steps_since, "validation_accuracy": score}
            total = 0.0
            if score > best_score:
                best, best_score = copy.deepcopy(both.state_dict()), score
    both.load_state_dict(best)
