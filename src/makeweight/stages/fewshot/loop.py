"""Train an embedding network towards a loss; the weights that answer validation episodes best are kept."""

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from makeweight.core.params import Section
from makeweight.learn import augment
from makeweight.stages.fewshot import samplers


class TrainingParams(Section):
    """Every method sees the same number of pictures."""

    steps: int
    classes_per_batch: int
    rows_per_class: int
    learning_rate: float
    weight_decay: float
    validate_every: int


@dataclass(frozen=True)
class Collection:
    """Rows of one side."""

    pictures: Tensor
    """uint8 `(n, channels, size, size)`."""
    classes: np.ndarray
    """`(n,)` positions in `names`."""
    units: np.ndarray
    """`(n,)` what never stands on two sides."""
    names: list[str]
    held_out: np.ndarray
    """`(n,)` whether the row is outside the train split, so that no generator has seen it."""

    def __len__(self) -> int:
        return len(self.classes)

    @property
    def shape(self) -> tuple[int, int, int]:
        """Channels, height and width of a picture."""
        channels, height, width = self.pictures.shape[1:]
        return channels, height, width


def train(
    network: nn.Module,
    loss: nn.Module,
    base: Collection,
    validate: Callable[[], float],
    config: TrainingParams,
    seed: int,
) -> Iterator[dict[str, float]]:
    """Train network and loss in place; a record at each validation. At the end the best weights are in place.

    The start is no candidate: the untrained network stands in the table by itself, and harm shows as harm.

    The six augmentations change batches of base rows only, so that no changed copy can reach another side.

    Args:
        network: maps scaled pictures to points.
        loss: of (points, classes, random generator).
        base: the rows to learn from.
        validate: how well network and loss do on validation classes now; higher is better.
        config: steps and batch.
        seed: of batches and augmentations; the weights as given are the start.
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
        pictures = base.pictures[rows].to(device).float().div(127.5).sub(1)
        points = network(augment.classic_pictures(pictures, rng))
        value = loss(points, classes[rows].to(device), rng)
        optimiser.zero_grad(set_to_none=True)
        value.backward()
        optimiser.step()
        schedule.step()
        total += float(value.detach())
        if step % config.validate_every == 0 or step == config.steps:
            score = validate()
            since = (step - 1) % config.validate_every + 1
            yield {"step": step, "train_loss": total / since, "validation_accuracy": score}
            total = 0.0
            if score > best_score:
                best, best_score = copy.deepcopy(both.state_dict()), score
    both.load_state_dict(best)
