"""The one supervised training loop: any network over any modalities, early stopping on the validation split."""

import copy
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from makeweight.core.params import Section
from makeweight.core.ranges import Count, LearningRate, Size, Weight
from makeweight.data.labelled import Inputs, Labelled
from makeweight.data.scores import score

Augment = Callable[[dict[str, Tensor], torch.Generator], dict[str, Tensor]]
Loss = Callable[[Tensor, Tensor], Tensor]


class TrainingParams(Section):
    """How a classifier is trained; an epoch is one pass over the train rows, or `steps_per_epoch` batches where set."""

    epochs: Count
    patience: Count
    batch_size: Size
    learning_rate: LearningRate
    weight_decay: Weight
    steps_per_epoch: Count | None


@dataclass(frozen=True)
class Fitted:
    """A network with the weights of its best validation epoch, and how it got there."""

    network: nn.Module
    history: list[dict[str, float]]
    steps_per_epoch: int

    @property
    def epochs(self) -> int:
        """How many epochs were run."""
        return len(self.history)

    @property
    def steps(self) -> int:
        """How many gradient steps were taken."""
        return self.epochs * self.steps_per_epoch


def as_tensors(inputs: Inputs, device: torch.device) -> dict[str, Tensor]:
    """Arrays on the device; pictures stay bytes until they are needed."""
    return {name: torch.from_numpy(np.ascontiguousarray(array)).to(device) for name, array in inputs.items()}


def scaled(batch: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """Pictures from bytes to [-1, 1], channels last in memory (convolutions take a third less time)."""
    return {name: as_picture(x) if x.dtype == torch.uint8 else x for name, x in batch.items()}


def as_picture(pixels: Tensor) -> Tensor:
    """Bytes `(n, channels, size, size)` to float in [-1, 1]."""
    return pixels.float().div(127.5).sub(1).contiguous(memory_format=torch.channels_last)


def fit_network(
    network: nn.Module,
    train: Labelled,
    validation: Labelled,
    config: TrainingParams,
    seed: int,
    device: torch.device,
    *,
    loss: Loss = F.cross_entropy,
    row_weights: np.ndarray | None = None,
    augment: Augment | None = None,
    mixup: float | None = None,
) -> Fitted:
    """Train with AdamW and a cosine schedule; keep the weights of the epoch with the best validation macro-F1.

    Args:
        network: maps a dict of scaled modality tensors to logits `(n, classes)`.
        train: rows to learn from.
        validation: rows that choose the epoch; never the test split.
        config: epochs, patience (epochs without a better validation score), batch size, step sizes.
        seed: order of the rows and randomness of `augment`; the weights as given are the start.
        device: where to train.
        loss: of (logits, class index), or of (logits, class shares) with `mixup`; its mean is minimised.
        row_weights: `(n,)` how likely each row is to be sampled, with replacement; None: every row once per epoch.
        augment: changes a batch of scaled tensors during training only.
        mixup: both parameters of the Beta distribution that pairs of rows are mixed with (Zhang et al. 2018).

    Raises:
        FloatingPointError: the loss became NaN or infinite.
    """
    network = network.to(device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    rng = torch.Generator().manual_seed(seed)
    mixing = np.random.default_rng(seed)
    inputs = as_tensors(train.inputs, device)
    labels = torch.from_numpy(train.labels).long().to(device)
    weights = None if row_weights is None else torch.from_numpy(row_weights).double()
    steps = config.steps_per_epoch or max(1, -(-len(train) // config.batch_size))
    optimiser = torch.optim.AdamW(network.parameters(), lr=config.learning_rate, weight_decay=config.weight_decay)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, T_max=config.epochs * steps)

    def batch_losses() -> Iterator[Tensor]:
        for rows in sample_batches(len(train), config.batch_size, steps, weights, rng):
            rows = rows.to(device)
            batch = scaled({name: x[rows] for name, x in inputs.items()})
            if augment is not None:
                batch = augment(batch, rng)
            yield mixup_loss(network, batch, labels[rows], loss, mixup, mixing)

    stopping = EarlyStopping(network, config.patience)
    history: list[dict[str, float]] = []
    for epoch in range(1, config.epochs + 1):
        total = train_epoch(network, batch_losses(), optimiser, schedule)
        if not np.isfinite(total):
            raise FloatingPointError(f"the training loss became {total} in epoch {epoch}")
        record = {"epoch": float(epoch), "train_loss": total / steps, **evaluate(network, validation, device)}
        history.append(record)
        if stopping.is_over(record["validation_macro_f1"]):
            break
    network.load_state_dict(stopping.best)
    return Fitted(network.eval(), history, steps)


def train_epoch(
    network: nn.Module,
    losses: Iterable[Tensor],
    optimiser: torch.optim.Optimizer,
    schedule: torch.optim.lr_scheduler.LRScheduler,
) -> float:
    """Take a gradient step for each loss, which is computed only when it is its turn; return the sum of the losses."""
    network.train()
    total = 0.0
    for loss in losses:
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        schedule.step()
        total += float(loss.detach())
    return total


class EarlyStopping:
    """Keeps the weights of the best epoch, and stops after too many epochs without a better one."""

    def __init__(self, network: nn.Module, patience: int) -> None:
        self.network = network
        self.patience = patience
        self.best = copy.deepcopy(network.state_dict())
        self.best_score = -1.0
        self.waited = 0

    def is_over(self, score: float) -> bool:
        """Whether training should stop after an epoch with this score; a higher one than before keeps the weights."""
        if score > self.best_score:
            self.best, self.best_score, self.waited = copy.deepcopy(self.network.state_dict()), score, 0
            return False
        self.waited += 1
        return self.waited >= self.patience


def mixup_loss(
    network: nn.Module,
    batch: dict[str, Tensor],
    labels: Tensor,
    loss: Loss,
    mixup: float | None,
    rng: np.random.Generator,
) -> Tensor:
    """The loss of a batch; with `mixup`, of its rows mixed with the batch's rows in another order."""
    if mixup is None:
        return loss(network(batch), labels)
    share = float(rng.beta(mixup, mixup))
    order = torch.from_numpy(rng.permutation(len(labels))).to(labels.device)
    logits = network({name: share * x + (1 - share) * x[order] for name, x in batch.items()})
    shares = F.one_hot(labels, logits.shape[1]).float()
    return loss(logits, share * shares + (1 - share) * shares[order])


def sample_batches(rows: int, batch: int, steps: int, weights: Tensor | None, rng: torch.Generator) -> Iterator[Tensor]:
    """Row numbers for `steps` batches: shuffled passes, or sampled by weight with replacement."""
    count = steps * batch
    if weights is not None:
        yield from torch.multinomial(weights, count, replacement=True, generator=rng).split(batch)
        return
    one_pass = count - rows < batch
    passes = 1 if one_pass else -(-count // rows)
    order = torch.cat([torch.randperm(rows, generator=rng) for _ in range(passes)])
    yield from order[:count].split(batch)


def predict(network: nn.Module, inputs: Inputs, device: torch.device) -> np.ndarray:
    """Class probabilities, float32 `(n, classes)`."""
    network.eval()
    return apply_in_batches(lambda batch: network(batch).float().softmax(1), inputs, device).numpy()


@torch.no_grad()
def apply_in_batches(function: Callable[[dict[str, Tensor]], Tensor], inputs: Inputs, device: torch.device) -> Tensor:
    """What the function returns for every row, on the CPU, `(n, ...)`; it is given batches of scaled tensors."""
    tensors = as_tensors(inputs, torch.device("cpu"))
    count, batch = len(next(iter(tensors.values()))), 512
    parts = []
    for start in range(0, count, batch):
        part = scaled({name: x[start : start + batch].to(device) for name, x in tensors.items()})
        parts.append(function(part).cpu())
    return torch.cat(parts)


def evaluate(network: nn.Module, rows: Labelled, device: torch.device) -> dict[str, float]:
    """Loss, accuracy, macro-recall and macro-F1 on validation rows."""
    probabilities = predict(network, rows.inputs, device)
    own = probabilities[np.arange(len(rows)), rows.labels]
    scores = score(rows.labels, probabilities.argmax(1), probabilities.shape[1])
    return {
        "validation_loss": float(-np.log(np.maximum(own, 1e-12)).mean()),
        "validation_accuracy": scores.accuracy,
        "validation_macro_recall": scores.macro_recall,
        "validation_macro_f1": scores.macro_f1,
    }
